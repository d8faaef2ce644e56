"""Cases of the engine, each beside its second reading of the law, and what may be tried on them.

A world opens its files on a day and knows what can be tried; `test_any_path` tries it.
"""

from datetime import datetime, time, timedelta
from itertools import product

from django.db import connection
from hypothesis import note

from tests import appeals, lives
from tests.procedures import complaint_model
from tests.procedures.beside import ComplaintFile, RequestComplainedAbout, RequestFile
from tests.procedures.complaint_model import Complaint
from tests.procedures.model import Request
from workflow import clock, engine, errors, escalation
from workflow.actors import Requester
from workflow.clock import LEGAL_ZONE
from workflow.ledger import replay, stream
from workflow.models import Agency

ENDING = {"withdraw", "terminate", "not_accept", "refuse", "redirect"}
"""Acts after which little can happen; they are tried less often than others."""


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
