"""A small second reading of the law: how a complaint moves, when each thing is due, and what it does to a request.

Written from the law file alone (7, 8 and the rule table of 11, assumptions A8 to A11, A18 and A21) and the table of acts
in `law_7`. It knows nothing of the engine: no import from `workflow` or `procedures`.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.procedures.law_7 import OPEN, RECEIVED, WORKING, rows
from tests.procedures.model import DAY, Request, Term, rolled, working_days_after, works

NEW_LAW = date(2026, 7, 1)  # L136, NĐ155
SOURCES = {instance: {act: sources for sources, act, _, _ in rows(instance)} for instance in ("first", "second")}
SETTLING = {
    # days for the decision: ordinary, complex, remote, both (LKN Đ.28, Đ.37)
    "first": (30, 45, 45, 60),
    "second": (45, 60, 60, 70),
}
FILING, FILING_AGAIN, FILING_AGAIN_REMOTE = 90, 30, 45
EFFECT, EFFECT_REMOTE = 30, 45
OUTCOMES = ("keep", "cancel", "amend", "supplement", "cancel_part", "stop")
CONCLUSIONS = ("wrong", "right", "partly_right")
TO = {"verify": "verifying", "send": "sent", "take_effect": "in_force", "close": "closed"}
STOPS = {
    "not_accept": "accept",
    "accept": "accept",
    "send_notice_copies": "notice_copies",
    "give_evidence": "evidence",
    "issue_termination": "termination",
    "send_order": "orders",
    "send": "send",
    "answer_front": "answer_front",
    "publish": "publish",
}
OF_THE_CITIZEN = {"appeal", "lawsuit", "evidence"}


def days_after(start, n):
    """Return the last day of n days."""
    return rolled(start + timedelta(days=n))


def early_enough(today, event):
    """Return whether a dialogue is notified in time: five days before since the new law, earlier over rest days."""
    latest = event - timedelta(days=5) if today >= NEW_LAW else event
    while today >= NEW_LAW and not works(latest):
        latest -= DAY
    return today <= latest


def outcome(days):
    """Return which decision a number stands for, and what it concludes."""
    return OUTCOMES[days % len(OUTCOMES)], CONCLUSIONS[days % len(CONCLUSIONS)]


@dataclass
class Complaint:
    """One complaint as the law sees it."""

    today: date
    instance: str
    about: str
    request: Request
    known: date
    obstacle: int = 0
    earlier: "Complaint | None" = None
    remote: bool = False
    of_the_front: bool = False
    lacking: set = field(default_factory=set)
    asked: set = field(default_factory=set)
    demands: int = 2
    state: str = "lodged"
    running: list = field(default_factory=list)
    settling: Term | None = None
    complex: bool = False
    urgent: bool = False
    differs: bool = False
    heard: bool = False
    dialogue: date | None = None
    suspended_from: str = ""
    decided: date | None = None
    effect: date | None = None
    outcome: str = ""
    answered: date | None = None
    receipt: date | None = None
    appealed: bool = False
    sued: bool = False
    holds: bool = False
    was_late: bool = False

    # lodging -----------------------------------------------------------------------------------------------------

    @property
    def limit(self):
        again = FILING_AGAIN_REMOTE if self.remote else FILING_AGAIN
        return days_after(self.known, (FILING if self.instance == "first" else again) + self.obstacle)

    def is_lodged(self):
        """Let it be lodged today: its own time begins, the request and the first complaint learn of it."""
        self.was_late = self.today > self.limit
        accept = days_after(self.today, 10) if self.today < NEW_LAW else working_days_after(self.today, 7)
        self.running = [("accept", accept)]
        if self.request.may("complain"):
            self.request.do("complain")
        self.holds = self.request.state == "appealed"
        if self.earlier:
            self.earlier._is_taken_further()

    def _is_taken_further(self):
        if self.state in (*RECEIVED, *WORKING):
            self.state = "superseded"
            self._stop_settling()
        self._stop("appeal")
        self.appealed = True

    # time --------------------------------------------------------------------------------------------------------

    @property
    def dues(self):
        """Return the last day of everything that runs now, in order; None for what rests."""
        return sorted([*self.running, *([("decide", self.settling.due)] if self.settling else [])], key=str)

    @property
    def late(self):
        return any(day and day < self.today for name, day in self.dues if name not in OF_THE_CITIZEN)

    @property
    def silent(self):
        return any(day and day < self.today for name, day in self.dues if name in ("accept", "decide"))

    def _owes(self, name):
        return any(name == one for one, _ in self.running)

    def _start(self, name, day):
        self.running.append((name, day))

    def _stop(self, *names):
        self.running = [one for one in self.running if one[0] not in names]

    def _stop_settling(self):
        self._stop("accept", "evidence")
        self.settling = None

    # acts --------------------------------------------------------------------------------------------------------

    def may(self, act):
        """Return whether the law allows an act now, with otherwise lawful particulars."""
        if self.state not in SOURCES[self.instance].get(act, ()):
            return False
        in_time = bool(self.settling and self.settling.due and self.today <= self.settling.due)
        owed = {name for name, _ in self.dues} - OF_THE_CITIZEN
        return {
            "request_supplement": lambda: bool(self.lacking - self.asked),
            "send_notice_copies": lambda: "notice_copies" in owed,
            "request_evidence": lambda: not self._owes("evidence"),
            "give_evidence": lambda: self._owes("evidence"),
            "record_complexity": lambda: in_time and not self.complex,
            "order_measure": lambda: not self.urgent,
            "hold_dialogue": lambda: self.today >= self.dialogue,
            "suspend": lambda: in_time and self.today >= NEW_LAW,
            "terminate": lambda: self.today >= NEW_LAW,  # before, a complaint ended without decision by withdrawal only
            "issue_termination": lambda: "termination" in owed,
            "withdraw_part": lambda: self.demands > 1,
            "send_order": lambda: "orders" in owed,
            "answer_front": lambda: "answer_front" in owed,
            "note_lawsuit": lambda: not self.sued,
            "take_effect": lambda: self.today >= self.effect and not self.appealed,
            "close": lambda: not owed and (self.state != "sent" or self.appealed),
            "decide": lambda: self.heard or (self.instance == "first" and not self.differs),
            "record_receipt": lambda: self.receipt is None,
            # what was withdrawn is not considered again (LKN Đ.10)
            "appeal": lambda: not self.appealed and bool(self.answered),
            "appeal_silence": lambda: self.silent,
            "sue_silence": lambda: self.silent,
            "publish": lambda: "publish" in owed,
        }.get(act, lambda: True)()

    def fits(self, act, days):
        """Return whether the law allows an act that is allowed with these particulars."""
        if act == "call_dialogue":
            return early_enough(self.today, self.today + timedelta(days=days))
        if act == "decide":
            result, conclusion = outcome(days)
            return (result == "keep") == (conclusion == "wrong")
        return True

    def do(self, act, days=0):
        """Let an act happen today."""
        was = self.state
        self.state = TO.get(act, self.state)
        self._stop(STOPS.get(act))
        getattr(self, f"_{act}", lambda days: None)(days)
        if self.state in ("not_accepted", "decided", "terminated") and self.state != was:
            self._ends()

    def _request_supplement(self, days):
        self.state = "deficient"
        self.asked |= self.lacking

    def _supplement(self, days):
        self.state, self.lacking = "lodged", set()

    def _not_accept(self, days):
        self.state, self.answered = "not_accepted", self.today
        self._start("notice_copies", working_days_after(self.today, 1))

    def _accept(self, days):
        self.state = "accepted"
        self.settling = Term(self.today, SETTLING[self.instance][2 if self.remote else 0])
        self._start("notice_copies", working_days_after(self.today, 1))

    def _request_evidence(self, days):
        self._start("evidence", days_after(self.today, 7))

    def _report(self, days):
        self.state, self.differs = "verified", bool(days % 2)

    def _record_complexity(self, days):
        self.complex, self.settling.n = True, SETTLING[self.instance][3 if self.remote else 1]

    def _order_measure(self, days):
        self.urgent = True

    def _call_dialogue(self, days):
        self.state, self.dialogue = "dialogue", self.today + timedelta(days=days)

    def _hold_dialogue(self, days):
        """Whoever stays away with a sound reason is called again."""
        self.state, self.heard = "verified", self.heard or days % 3 != 0

    def _order(self):
        """Three working days to send an order, since the new law."""
        if self.today >= NEW_LAW:
            self._start("orders", working_days_after(self.today, 3))

    def _suspend(self, days):
        self.suspended_from, self.state = self.state, "suspended"
        self.settling.rest(self.today)
        self._order()

    def _resume(self, days):
        self.state = self.suspended_from
        self.settling.go_on(self.today)
        self._order()

    def _terminate(self, days):
        self.state = "terminated"
        self._stop_settling()
        self._order()

    def _withdraw(self, days):
        self.state = "terminated"
        self._stop_settling()
        self._start("termination", working_days_after(self.today, 1))

    def _issue_termination(self, days):
        self._order()

    def _withdraw_part(self, days):
        self.demands -= 1

    def _decide(self, days):
        self.state, self.decided, self.answered = "decided", self.today, self.today
        self.outcome, _ = outcome(days)
        self.effect = self.today + timedelta(days=(EFFECT_REMOTE if self.remote else EFFECT) + 1)
        self._stop_settling()
        if self.instance == "first":
            self._start("send", working_days_after(self.today, 3))
        else:
            self._start("send", days_after(self.today, 7))
            self._start("publish", days_after(self.today, 15))
        if self.of_the_front:
            self._start("answer_front", days_after(self.today, 7))

    def _record_receipt(self, days):
        self.receipt = self.today
        self._start("lawsuit", rolled(self.today.replace(year=self.today.year + 1)))
        if self.instance == "first":
            again = FILING_AGAIN_REMOTE if self.remote else FILING_AGAIN
            self._start("appeal", days_after(self.today, again))

    def _note_lawsuit(self, days):
        self.sued = True

    def _sue_silence(self, days):
        """The court goes on with it; the request stays as it is."""
        self.state, self.sued = "superseded", True
        self._stop_settling()

    # what it does to the request (A21) ---------------------------------------------------------------------------

    def _ends(self):
        if self.holds and self.request.state == "appealed":
            others = any(one.holds and one.state in OPEN for one in self.request.complaints if one is not self)
            effect = self._effect()
            if effect != "end_complaint" or not others:
                self.request.do(effect)

    def _effect(self):
        """Return what an upheld complaint brings about; nothing changes by another end or outcome."""
        if self.state != "decided" or self.outcome == "keep" or self.about in ("silence", "contents"):
            return "end_complaint"
        ended, about = self.request.ended, self.about
        if ended == "refused" and about in ("refusal", "procedure"):
            return "annul_refusal"
        if ended == "terminated" and about in ("termination", "procedure"):
            return "annul_termination"
        if ended in ("sent", "explained_direct") and about == "procedure":
            return "explain_again"
        return "end_complaint"
