"""A small second reading of the law: how a request for explanation moves and when each thing is due.

Written from the law file alone (4.3, 5, 8) and the table of days in the worked examples. It knows nothing of the engine:
no import from `workflow` or `procedures`, its own calendar and its own arithmetic.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
OFF = {
    date.fromisoformat(text)
    for text in [
        "2026-01-01",
        "2026-02-16",
        "2026-02-17",
        "2026-02-18",
        "2026-02-19",
        "2026-02-20",
        "2026-04-26",
        "2026-04-30",
        "2026-05-01",
        "2026-09-01",
        "2026-09-02",
        "2026-11-24",
        "2027-01-01",
        "2026-04-27",
        "2026-01-02",
        "2026-08-31",
        "2027-04-16",
        "2027-04-30",
        "2027-05-01",
        "2027-05-03",
        "2027-09-02",
        "2027-11-24",
    ]
}
MADE_UP = {date(2026, 1, 10), date(2026, 8, 22)}
OPEN = {"received", "supplement_requested", "accepted", "suspended", "explained_written"}
COMPLAINT_ENDS = {"annul_refusal", "annul_termination", "explain_again", "end_complaint", "note_complaint"}
EXPLAINING_DAYS = 15
FINAL = {"redirected", "copy_provided", "refused", "explained_direct", "sent", "terminated"}


def works(day):
    return day in MADE_UP or (day.weekday() < 5 and day not in OFF)


def working_days_after(start, n):
    """Return the n-th working day after a day."""
    day = start
    while n:
        day += DAY
        n -= works(day)
    return day


def rolled(day):
    """Return the day, or the next working day."""
    while not works(day):
        day += DAY
    return day


@dataclass
class Term:
    """A time in days: when it began, how long it is, what was added, and when it rested."""

    begun: date
    n: int
    added: int = 0
    rested: int = 0
    rests_since: date | None = None
    again: date | None = None

    def rest(self, day):
        self.rests_since = day

    def go_on(self, day):
        self.rested, self.rests_since = self.rested + (day - self.rests_since).days, None

    @property
    def due(self):
        if self.rests_since:
            return None
        last = rolled(self.begun + timedelta(days=self.n + self.added + self.rested))
        # nobody is late for a day on which the time rested
        return max(last, rolled(self.again)) if self.again else last


@dataclass
class Request:
    """One request as the law sees it."""

    today: date
    in_person: bool = False
    lacking: set = field(default_factory=set)
    questions: int = 2
    state: str = "received"
    decide: date | None = None
    decide_since: date | None = None
    explaining: Term | None = None
    termination: date | None = None
    complain: date | None = None
    receipt: date | None = None
    asked: set = field(default_factory=set)
    ended: str = ""
    ended_on: date | None = None
    ended_from: str = ""
    left: tuple = ()
    appealed_from: str = ""
    complained: bool = False
    missed: list = field(default_factory=list)
    complaints: list = field(default_factory=list)

    def __post_init__(self):
        self._decide_anew()

    def _decide_anew(self):
        self.decide, self.decide_since = working_days_after(self.today, 5), self.today

    @property
    def dues(self):
        """Return the last day of everything that runs now; None for what rests."""
        found = {"decide": self.decide, "termination": self.termination, "complain": self.complain}
        found = {name: day for name, day in found.items() if day}
        if self.explaining:
            found["explain"] = self.explaining.due
        return found

    @property
    def late(self):
        return any(day and day < self.today for name, day in self.dues.items() if name != "complain")

    @property
    def unanswered(self):
        """Return the last days that passed while the citizen was owed an answer."""
        owed = (self.dues.get("decide"), self.dues.get("explain"))
        return [*self.missed, *(day for day in owed if day and day < self.today)]

    def may(self, act):
        """Return whether the law allows an act now, with otherwise lawful particulars."""
        s, e = self.state, self.explaining
        in_time = bool(e and not e.rests_since and self.today <= e.due)
        return {
            "request_supplement": s == "received" and not self.in_person and bool(self.lacking - self.asked),
            "supplement": s == "supplement_requested",
            "redirect": s == "received",
            "refuse": s == "received",
            "accept": s == "received",
            "explain_directly": s in ("received", "accepted") and self.in_person,
            "hold_session": s == "accepted",
            "extend": s == "accepted" and in_time and not e.added,
            "suspend": s == "accepted" and in_time,
            "resume": s == "suspended",
            "terminate": s in OPEN,
            "withdraw": s in OPEN,
            "issue_termination": s == "terminated" and self.termination is not None,
            "withdraw_part": s in OPEN and self.questions > 1,
            "sign": s == "accepted",
            "send": s == "explained_written",
            "record_receipt": s in FINAL and self.receipt is None,
            "respond": s in ("sent", "explained_direct"),
            "close": s in FINAL and self.termination is None,
            "complain": s in ("refused", "terminated", "explained_direct", "sent")
            or (s == "closed" and self.ended not in ("redirected", "copy_provided")),
            "complain_open": s in OPEN and self.late,
            "annul_refusal": s == "appealed" and self.ended == "refused",
            "annul_termination": s == "appealed" and self.ended == "terminated",
            "explain_again": s == "appealed" and self.ended in ("sent", "explained_direct"),
            "end_complaint": s == "appealed",
            "note_complaint": s != "draft" and self.complained,
        }[act]

    def fits(self, act, days):
        """Return whether the law allows an act that is allowed with this number of days."""
        return act != "extend" or 1 <= days <= EXPLAINING_DAYS

    def do(self, act, days=0):
        """Let an act happen today."""
        was, late = self.state, self.unanswered
        getattr(self, f"_{act}", lambda: None)() if act != "extend" else self._extend(days)
        if act in ("complain", "complain_open"):
            self.complained = True
        elif act in COMPLAINT_ENDS:
            self.complained = False
        if self.state in FINAL and was in OPEN:
            self.ended, self.ended_on, self.ended_from = self.state, self.today, was
            self.left = (self.decide, self.explaining)
            self.decide = self.explaining = None
        if was == "appealed" and self.state in OPEN:
            self.receipt, self.ended = None, ""
        self.missed = late

    def _request_supplement(self):
        self.state, self.decide = "supplement_requested", None
        self.asked |= self.lacking

    def _supplement(self):
        self.state, self.lacking = "received", set()
        self._decide_anew()

    def _redirect(self):
        self.state = "redirected"

    def _refuse(self):
        self.state = "refused"

    def _accept(self):
        self.state, self.decide, self.explaining = "accepted", None, Term(self.today, EXPLAINING_DAYS)

    def _explain_directly(self):
        self.state = "explained_direct"

    def _extend(self, days):
        self.explaining.added = days

    def _suspend(self):
        self.state = "suspended"
        self.explaining.rest(self.today)

    def _resume(self):
        self.state = "accepted"
        self.explaining.go_on(self.today)

    def _terminate(self):
        self.state = "terminated"

    def _withdraw(self):
        self.state, self.termination = "terminated", working_days_after(self.today, 1)

    def _issue_termination(self):
        self.termination = None

    def _withdraw_part(self):
        self.questions -= 1

    def _sign(self):
        self.state = "explained_written"

    def _send(self):
        self.state = "sent"

    def _record_receipt(self):
        self.receipt, self.complain = self.today, rolled(self.today + timedelta(days=90))

    def _close(self):
        self.state = "closed"

    def _complain(self):
        self.appealed_from, self.state, self.complain = self.state, "appealed", None

    def _annul_refusal(self):
        self.state = "received"
        self._decide_anew()

    def _annul_termination(self):
        """Back to where it was, with the days that were left: the days in between never counted."""
        self.state, self.termination = self.ended_from, None
        decide, explaining = self.left
        if decide:
            self.decide = self._moved(decide)
        if explaining:
            if not explaining.rests_since:
                explaining.rested += (self.today - self.ended_on).days
                explaining.again = self.today
            self.explaining = explaining

    def _moved(self, due):
        """Return a last day after the working days between end and return have been left out."""
        left, day = 0, max(self.ended_on, self.decide_since + DAY)  # the day of the event is not counted
        if due < self.ended_on:
            return rolled(self.today)  # it was late already, but nobody is late for a day on which the time rested
        while day <= due:
            left += works(day)
            day += DAY
        # the days from the end until today are not counted; today counts again
        return working_days_after(self.today - DAY, left) if left else rolled(self.today)

    def _explain_again(self):
        self.state, self.explaining = "accepted", Term(self.today, EXPLAINING_DAYS)

    def _end_complaint(self):
        self.state = self.appealed_from
