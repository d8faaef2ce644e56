"""Cases of the engine, each beside its second reading of the law, and what may be tried on them.

A world opens its files on a day and knows what can be tried; `test_any_path` tries it.
"""

from datetime import datetime, time, timedelta
from itertools import product

from django.db import connection
from hypothesis import note

from tests import appeals, lives
from tests.procedures import complaint_model, law_4_3, law_7
from tests.procedures.complaint_model import Complaint
from tests.procedures.model import COMPLAINT_ENDS, Request
from workflow import clock, engine, errors, escalation
from workflow.actors import Requester
from workflow.clock import LEGAL_ZONE
from workflow.ledger import chain, replay, stream
from workflow.models import Agency

ENDING = {"withdraw", "terminate", "not_accept", "refuse", "redirect"}
"""Acts after which little can happen; they are tried less often than others."""


class File:
    """A case of the engine beside the same case in a second reading of the law.

    acts: what is tried on it
    by: who does what, for each act
    held_by: the appointments that carry each role
    """

    def __init__(self, world, case, law):
        self.world, self.case, self.law = world, case, law
        self.verified = None

    def who(self, act):
        """Return the person who does an act, by the name the tests give them."""
        role = self.by[act][0]
        return {"explainer": "head", "settler": "head", "verifier": "officer", "resolver": "superior"}.get(
            role, "requester" if role == "complainant" else role
        )

    def may(self, act, days):
        """Return whether the law allows an act today with these particulars."""
        return self.law.may(act) and self.law.fits(act, days)

    def fire(self, act, days):
        """Do an act in the engine."""
        actor = self.world.office.actor(self.who(act), self.case)
        engine.fire(self.case, act, actor=actor, **self.data(act, days))

    def offered(self, person):
        """Return which acts the engine offers to a person now, and which the law allows them."""
        offers = engine.available(self.case, self.world.office.actor(person, self.case), clock.now())
        allowed = {offer.rule.name for offer in offers if offer.allowed}
        held = {act for act, by in self.by.items() if any(person in self.held_by[role] for role in by)}
        return allowed & self.compared, {act for act in self.compared & held if self.law.may(act)}

    def agree(self):
        """Hold the case to its second reading."""
        case, law, today = type(self.case).objects.get(pk=self.case.pk), self.law, self.world.moment.date()
        assert case.state == law.state
        dues = [(one.rule, one.due_on) for one in case.clocks if one.state != "stopped"]
        assert sorted(dues, key=str) == self.dues()
        assert case.is_late(today) == law.late
        assert self.marks(case) == self.marks_by_law()
        if case.head != self.verified:
            assert chain.verify_case(case) == []
        self.verified = case.head

    def marks(self, case):
        """Return what the engine noted on the case beside its state and clocks."""
        return ()

    def marks_by_law(self):
        """Return what the law says of the same."""
        return ()


class RequestFile(File):
    """A request for explanation, moved by the acts of its own procedure."""

    by, held_by = law_4_3.BY, law_4_3.HELD_BY
    acts = sorted(set(law_4_3.SOURCES) - {"file", "provide_copy"})
    compared = set(acts) - {"complain_open"}

    def data(self, act, days):
        change = {"extend": {"days": days}, "complain_open": {"object": "silence"}}.get(act, {})
        return lives.given(self.case, act, **change)

    def dues(self):
        return sorted(self.law.dues.items(), key=str)


class RequestComplainedAbout(RequestFile):
    """The same, where the way to complain is to lodge a complaint."""

    acts = [*(act for act in RequestFile.acts if act not in {"complain", "complain_open", "note_complaint"}), "lodge"]
    compared = RequestFile.compared - COMPLAINT_ENDS

    def may(self, act, days):
        if act in COMPLAINT_ENDS and any(one.state in law_7.OPEN for one in self.law.complaints):
            return False  # its own decision acts on the request, and nobody else
        if act != "lodge":
            return super().may(act, days)
        return complaint_model.complainable(self.law, self.about(days)) and self.reading(days).fits("lodge", days)

    def about(self, days):
        """Return what a number complains about: more often than not what fits how the request ended."""
        fitting = {"refused": "refusal", "terminated": "termination"}.get(self.law.ended, "procedure")
        return (fitting, "procedure", "silence", fitting, "contents", "refusal", "termination")[days % 7]

    def who(self, act):
        return "requester" if act == "lodge" else super().who(act)

    def reading(self, days):
        """Return the first complaint that a number stands for, as the law sees it before it is lodged."""
        about, today = self.about(days), self.law.today
        return self.world.reading("first", self.law, about, days, complaint_model.known_first(self.law, about, today))

    def fire(self, act, days):
        if act == "lodge":
            self.world.lodge("complaint", self.reading(days), days, self.case, agency=self.world.office.agency)
        else:
            super().fire(act, days)


class ComplaintFile(File):
    """A complaint of either instance; its complainant goes further by lodging a second one."""

    held_by = law_7.HELD_BY

    def __init__(self, world, case, law):
        super().__init__(world, case, law)
        self.by = {act: by for _, act, by, _ in law_7.rows(law.instance)}
        further = {"appeal", "appeal_silence"} & set(self.by)
        self.acts = sorted(set(self.by) - {"lodge"} - further) + ["go_further"] * bool(further)
        self.compared = set(self.by) - {"lodge"}

    def may(self, act, days):
        if act != "go_further":
            return super().may(act, days)
        return (self.law.may("appeal") or self.law.may("appeal_silence")) and self.reading(days).fits("lodge", days)

    def who(self, act):
        return "requester" if act == "go_further" else super().who(act)

    def reading(self, days):
        """Return the second complaint that a number stands for, as the law sees it before it is lodged."""
        known = complaint_model.known_second(self.law, self.law.today)
        return self.world.reading("second", self.law.request, self.law.about, days, known, self.law)

    def fire(self, act, days):
        if act != "go_further":
            return super().fire(act, days)
        office, first = self.world.office, self.case
        self.world.lodge(
            "complaint_second", self.reading(days), days, first.attacked, agency=office.province, earlier=first
        )

    def data(self, act, days):
        case, day = self.case, self.world.moment.date() + timedelta(days=days)
        result, conclusion = complaint_model.outcome(days)
        wanted = [field for field in case.missing if field not in case.asked_for]
        told = appeals.given(case, act).get("recipients", []) if act in ("send", "send_notice_copies") else []
        change = {
            "request_supplement": {"fields": wanted or ["name"]},
            "send": {"recipients": [*told, *["sender"] * bool(case.sender)]},
            "send_notice_copies": {"recipients": [*told, *["sender"] * bool(case.sender)]},
            "report": {"differs": bool(days % 2)},
            "call_dialogue": {"held_on": day},
            "hold_dialogue": {"absent": ("with_reason", "nobody", "without_reason")[days % 3]},
            "decide": {"outcome": result, "conclusion": conclusion},
        }.get(act, {})
        return appeals.given(case, act, **change)

    def dues(self):
        return self.law.dues

    def marks(self, case):
        return case.late, case.in_force_on, case.suspended_from, bool(case.complexity)

    def marks_by_law(self):
        return self.law.was_late, self.law.effect, self.law.suspended_from, self.law.complex


class World:
    """Files that move together, and the day it is."""

    most_complaints = 3

    def __init__(self, start, numbers):
        self.office, self.moment = appeals.Office(), datetime.combine(start, time(8), LEGAL_ZONE)
        self.numbers, self.files = list(numbers), []
        self.open()

    def number(self):
        """Return the next of the numbers that decide how things begin."""
        return self.numbers.pop(0) if self.numbers else 0

    def tried(self):
        """Return everything that can be tried: files with acts."""
        full = sum(isinstance(one, ComplaintFile) for one in self.files) >= self.most_complaints
        return [
            (file, act) for file in self.files for act in file.acts if not (full and act in ("lodge", "go_further"))
        ]

    def pass_time(self, days):
        """Let days and a minute pass."""
        self.moment += timedelta(days=days, minutes=1)
        for file in self.files:
            file.law.today = self.moment.date()

    def attempt(self, file, act, days):
        """Try an act in the engine, and hold the answer to that of the law."""
        allowed, state = file.may(act, days), file.law.state
        with clock.simulated(self.moment):
            person = file.who(act)
            if person != "superior":
                offered, lawful = file.offered(person)
                assert offered == lawful, f"{person} in {state}: {offered ^ lawful}"
            try:
                file.fire(act, days)
            except errors.Refused as refused:
                assert not allowed, f"{act} in {state}: {refused}"  # noqa: PT017
            else:
                assert allowed, f"{act} in {state} was not lawful"
                if act not in ("lodge", "go_further"):
                    file.law.do(act, days)
            escalation.sweep(self.moment)
        note(f"{self.moment:%Y-%m-%d} {type(file).__name__} {act} {days}: {state} → {file.law.state}, {allowed}")

    def agree(self):
        """Hold every case to its second reading."""
        for file in self.files:
            file.agree()

    def end(self):
        """Hold every deadline as it stands to its history in the log."""
        assert [str(one) for one in replay.check(stream.Source(connection, 0))] == []

    # what a world begins with ------------------------------------------------------------------------------------

    def request(self, kind, oral):
        """Return a request that is filed now, incomplete or in person."""
        with clock.simulated(self.moment):
            how = {**lives.oral(), "questions": lives.TWO_QUESTIONS} if oral else lives.WRITTEN
        case = lives.filed(self.office, f"{self.moment:%Y-%m-%d %H:%M}", **how)
        law = Request(self.moment.date(), in_person=oral, lacking=set() if oral else {"contact"})
        self.files.append(kind(self, case, law))
        return self.files[-1]

    def reading(self, instance, request, about, days, known, earlier=None):
        """Return a complaint that is about to be lodged, as the law sees it; a number says in which form."""
        today, on_paper = self.moment.date(), days % 3 == 0
        lacking = {"signature"} | ({"id_number"} if today >= complaint_model.NEW_LAW else set())
        return Lodging(
            today, instance, about, request, known, obstacle=days % 4, earlier=earlier, remote=self.remote,
            of_the_front=days % 7 == 1, lacking=lacking if on_paper else set(),
        )  # fmt: skip

    def lodge(self, procedure, law, days, attacked, **where):
        """Lodge a complaint in the engine and, if it was, in the second reading."""
        how = {"channel": "written", "signature": "", "id_number": ""} if law.lacking else {}
        if law.of_the_front:
            how["sender"] = {"kind": "front", "name": "Ủy ban MTTQ xã"}
        case = engine.open(
            procedure,
            actor=Requester(),
            **appeals.petition(
                attacked, object=law.about, obstacle_days=law.obstacle, late_reason="" if days % 2 else "Ốm.",
                **where, **how,
            ),
        )  # fmt: skip
        law.request.complaints.append(law)
        law.is_lodged()
        self.files.append(ComplaintFile(self, case, law))


class Lodging(Complaint):
    """A complaint that names a reason for being late with even numbers only."""

    def fits(self, act, days):
        if act == "lodge":
            return self.today <= self.limit or days % 2 == 0
        return super().fits(act, days)


class Requests(World):
    """A request for explanation alone."""

    remote = False

    def open(self):
        self.request(RequestFile, oral=self.number() % 2 == 1)


class Appeals(World):
    """Complaints about a request that ended, or about silence; nothing else happens to the request.

    complaints: how many are lodged at once
    """

    ROADS = (("refuse",), ("accept", "terminate"), ("accept", "sign", "send"), ())
    FIRST = ("accept", "verify", "report", "call_dialogue", "hold_dialogue", "decide", "send", "record_receipt")
    own_acts, complaints = False, 1

    def open(self):
        self.remote = self.number() % 3 == 0
        Agency.objects.filter(pk=self.office.agency.pk).update(remote=self.remote)
        self.office.agency.refresh_from_db()
        steps = self.number()
        request = self.request(RequestComplainedAbout, oral=False)
        self.walk(request, self.ROADS[self.number() % len(self.ROADS)])
        if steps or not self.own_acts:
            for _ in range(self.complaints):
                self.walk(request, ["lodge"])
            for first in self.files[1:]:
                self.walk(first, [*self.FIRST, "go_further"][:steps])
            self.walk(self.files[-1], self.FIRST[: max(0, steps - len(self.FIRST) - 1)])
        if not self.own_acts:
            request.acts = []

    def walk(self, file, road):
        """Go along a road as far as the law allows it, with the first number that fits each step."""
        for act in road:
            number = self.number()
            self.pass_time(number % 5)
            for wait, n in product((0, 10, 20), range(number, number + 21)):
                if wait == 0 or n == number:
                    self.pass_time(wait)
                if file.may(act, n % 21):
                    self.attempt(file, act, n % 21)
                    self.agree()
                    break


class Pairs(Appeals):
    """A request and the complaints about it, each moved by its own acts."""

    own_acts, complaints = True, 2
