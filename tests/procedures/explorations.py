"""What is explored by firing: from the opening, every act everywhere, until nothing new is seen.

An exploration says where it begins, what is tried and what of its cases decides where they may go. `explore` walks it.
"""

from contextlib import suppress

from django.db import transaction

from tests import appeals, lives
from tests.procedures import law_4_3, law_7
from tests.procedures.model import COMPLAINT_ENDS
from workflow import clock, engine, errors, registry
from workflow.actors import Requester
from workflow.models import LogEntry


class Undo(Exception):
    """Roll a savepoint back."""


def again(case):
    """Return a case as it stands now."""
    return type(case).objects.get(pk=case.pk)


def running(case):
    return frozenset(one.rule for one in case.clocks if one.state == "running")


def standing(case):
    """Return the clocks of a case that are not over, with how they stand."""
    return frozenset((one.rule, one.state) for one in case.clocks if one.state != "stopped")


def explore(exploration):
    """Return every situation reached and the moves between them, by firing every act everywhere."""
    seen, moves = {}, set()

    def walk(files, moment):
        before = seen[exploration.memory(*files)] = exploration.situation(*files)
        for name, wait, fire in exploration.tries(*files):
            with suppress(Undo), transaction.atomic(), suppress(errors.Refused):
                then = lives.days(moment, wait)
                with clock.simulated(then):
                    files_after = [again(case) for case in fire(*map(again, files))]
                then = max(then, *(case.acted_at for case in files_after))
                moves.add((before, name, exploration.situation(*files_after)))
                if exploration.memory(*files_after) not in seen:
                    walk(files_after, then)
                raise Undo

    moment = lives.local(exploration.day)
    for files in exploration.openings():
        walk(files, moment)
    return set(seen.values()), moves


def explored_by(kind, django_db_blocker):
    """Yield an exploration with what it found, and leave nothing behind."""
    with django_db_blocker.unblock(), suppress(Undo), transaction.atomic():
        exploration = kind(appeals.Office())
        exploration.situations, exploration.moves = explore(exploration)
        yield exploration
        raise Undo


class Single:
    """One case, moved by the acts of its own procedure.

    rows: the law's table
    owed: the clock by which the office owes something in a state
    at_home: the states in which a clock may run
    never: acts that the table has in states where their past makes them impossible
    """

    day = "2026-10-05 09:00"
    never = frozenset()

    def __init__(self, office):
        self.office, self.declared = office, registry.get(self.name)

    def situation(self, case):
        return case.state, running(case)

    def tries(self, case):
        for rule in self.declared.rules.values():
            if case.state in rule.sources:
                for wait, changes in self.ways(rule.name):
                    yield rule.name, wait, lambda fresh, rule=rule, changes=changes: self.fire(fresh, rule, changes)

    def fire(self, case, rule, changes):
        data = self.given(case, rule.name, **changes)
        engine.fire(case, rule.name, actor=self.office.actor(self.who(rule.by[0].code), case), **data)
        return [case]

    def ways(self, act):
        """Yield how long to wait and what to say, for each way in which an act is tried."""
        yield 0, {}


class Requests(Single):
    """A request for explanation."""

    name, rows = "explanation", law_4_3.ROWS
    owed = {"received": "decide", "accepted": "explain", "explained_written": "explain"}
    at_home = {
        "decide": {"received"},
        "explain": {"accepted", "explained_written"},
        "termination": {"terminated", "appealed"},
    }
    given = staticmethod(lives.given)

    def openings(self):
        lives.explained_before(self.office)
        with lives.on(self.day):
            oral = lives.oral()
        yield [lives.filed(self.office, self.day, **lives.WRITTEN)]
        yield [lives.filed(self.office, self.day, **oral)]

    def memory(self, case):
        """Return what decides where a case may go: its situation, and the past that its conditions ask about."""
        askable = set(case.missing) - set(case.asked_for)
        complained = case.appealed_from if case.state == "appealed" else ""
        ended_from = case.ended_from if case.ended_in == "terminated" else ""
        said = set(LogEntry.objects.filter(chain=case.chain).values_list("transition", flat=True))
        waiting = "complain_open" in said and not said & COMPLAINT_ENDS
        return case.state, standing(case), case.ended_in, ended_from, complained, bool(askable), case.channel, waiting

    def ways(self, act):
        yield 0, {"days": 1} if act == "extend" else {}

    def who(self, role):
        return {"explainer": "head", "resolver": "superior"}.get(role, role)


class FirstComplaints(Single):
    """A first complaint that the Fatherland Front forwarded, whose petition lacks a signature."""

    name, rows = "complaint", law_7.rows("first")
    owed = {
        **dict.fromkeys(law_7.RECEIVED, "accept"), **dict.fromkeys(law_7.WORKING, "decide"),
        "decided": "send",
    }  # fmt: skip
    at_home = {
        "accept": set(law_7.RECEIVED),
        "decide": set(law_7.WORKING),
        "evidence": {*law_7.WORKING, "suspended"},
        "termination": {"terminated"},
        "send": {"decided"},
    }
    never = frozenset({("send_order", "not_accepted")})  # nothing was ordered before
    WAYS = {
        "hold_dialogue": ((14, {}),),
        "take_effect": ((40, {}),),
        "appeal_silence": ((100, {}),),
        "sue_silence": ((100, {}),),
        "report": ((0, {"differs": True}), (0, {"differs": False})),
        "decide": ((0, {"outcome": "keep", "conclusion": "wrong"}),),
    }
    FORWARDED = {"kind": "front", "name": "Ủy ban MTTQ xã"}

    def openings(self):
        attacked = appeals.refused(self.office, "2026-09-28 09:00")
        yield [appeals.lodged(attacked, self.day, signature="", channel="written", sender=self.FORWARDED)]

    def memory(self, case):
        """Return what decides where it may go; before its end, whether the copies of its notice left does not."""
        waits_for_dialogue = not case.dialogues and (case.instance == "second" or case.differs is True)
        left = {"notice_copies"} if case.is_open else set()
        clocks = frozenset(one for one in standing(case) if one[0] not in left)
        came_from = case.suspended_from if case.state == "suspended" else ""
        answered = bool(case.decided_on) if case.state == "closed" else None
        return case.state, clocks, waits_for_dialogue, came_from, bool(case.asked_for), case.appealed, answered

    def ways(self, act):
        yield from self.WAYS.get(act, ((0, {}),))

    def given(self, case, act, **changes):
        if act in ("send", "send_notice_copies"):
            changes["recipients"] = [*appeals.given(case, act)["recipients"], "sender"]
        return appeals.given(case, act, **changes)

    def who(self, role):
        return {"settler": "head", "verifier": "officer", "complainant": "requester"}.get(role, role)


class SecondComplaints(FirstComplaints):
    """A second complaint that the Fatherland Front forwarded, after a first one that was dismissed."""

    name, rows = "complaint_second", law_7.rows("second")
    WAYS = {**FirstComplaints.WAYS, "report": ((0, {"differs": True}),)}
    never = FirstComplaints.never | {
        ("close", "sent"),  # nobody takes it further: it is closed in force
        ("note_lawsuit", "superseded"),  # the lawsuit that ended it is on file
    }

    def openings(self):
        attacked = appeals.refused(self.office, "2026-09-22 09:00")
        first = appeals.lodged(attacked, "2026-09-22 10:00")
        appeals.through(self.office, first, "2026-09-22 11:00", ("accept", "head"), *appeals.VERIFIED)
        appeals.act(self.office, first, "decide", "2026-09-22 12:00", "head", outcome="keep", conclusion="wrong")
        appeals.act(self.office, first, "send", "2026-09-22 13:00", "clerk")
        yield [appeals.appealed(first, self.office, self.day, signature="", channel="written", sender=self.FORWARDED)]


class Pairs:
    """A request and its complaint, and the second complaint after it: lodged, settled in every way, taken further.

    OPENINGS: how a request stands, and what is complained about
    """

    day = "2026-10-05 09:00"
    OPENINGS = (
        (("refuse",), "refusal"),
        (("accept", "terminate"), "termination"),
        (("accept", "sign", "send"), "procedure"),
        (("accept", "sign", "send"), "contents"),
        (("accept", "sign", "send", "close"), "procedure"),
        ((), "procedure"),
    )
    SETTLING = ("accept", "verify", "report", "call_dialogue", "hold_dialogue", "decide", "send")
    ROLE = {"send": "clerk", "report": "officer", "sign": "head", "close": "officer"}
    BY_HAND = tuple(sorted(COMPLAINT_ENDS - {"note_complaint"}))

    def __init__(self, office):
        self.office, self.stood = office, {}

    def openings(self):
        for road, about in self.OPENINGS:
            request = lives.filed(self.office, self.day)
            for act in road:
                lives.act(self.office, request, act, self.day, self.ROLE.get(act, "head"))
            self.stood[request.pk] = request.state
            with lives.on(self.day):
                how = appeals.petition(again(request), object=about)
                first = engine.open("complaint", actor=Requester(), **how)
            yield [again(request), first]

    def situation(self, request, *complaints):
        told = tuple((one.object, one.state, one.outcome) for one in complaints)
        return self.stood[request.pk], request.state, told

    def memory(self, request, *complaints):
        return self.situation(request, *complaints), request.ended_in

    def tries(self, request, *complaints):
        last = complaints[-1]
        if last.is_open:
            for act, by in (("not_accept", "head"), ("withdraw", "requester"), ("terminate", "head")):
                yield act, 0, lambda *files, act=act, by=by: self.acted(files, act, by)
            for outcome, conclusion in (("keep", "wrong"), ("cancel", "right"), ("amend", "partly_right")):
                changes = {"outcome": outcome, "conclusion": conclusion}
                yield outcome, 0, lambda *files, changes=changes: self.settled(files, changes)
        if last.instance == "first":
            yield "go_further", 0 if last.state != "lodged" else 100, self.taken_further
        else:
            yield "sue_silence", 100, lambda *files: self.acted(files, "sue_silence", "requester")
        for act in self.BY_HAND:
            yield act, 0, lambda *files, act=act: self.ended_by_hand(files, act)

    def acted(self, files, act, by):
        case = files[-1]
        engine.fire(case, act, actor=self.office.actor(by, case), **appeals.given(case, act))
        return files

    def settled(self, files, changes):
        case = files[-1]
        for act in self.SETTLING:
            if "dialogue" in act and case.instance == "first":
                continue
            change = {"decide": changes, "call_dialogue": {"held_on": lives.days(clock.now(), 10).date()}}.get(act, {})
            with clock.simulated(lives.days(clock.now(), 10 if act in ("hold_dialogue", "decide", "send") else 0)):
                data = appeals.given(case, act, **change)
                engine.fire(case, act, actor=self.office.actor(self.ROLE.get(act, "head"), case), **data)
        return files

    def taken_further(self, request, first):
        how = appeals.petition(
            request, agency=self.office.province, earlier=first, object=first.object, late_reason="Ốm."
        )
        return [request, first, engine.open("complaint_second", actor=Requester(), **how)]

    def ended_by_hand(self, files, act):
        engine.fire(files[0], act, actor=self.office.superior, **lives.given(files[0], act))
        return files
