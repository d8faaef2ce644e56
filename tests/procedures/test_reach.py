"""From filing, through the real engine, every state is reached and none is a trap."""

from contextlib import suppress

import pytest
from django.db import transaction

from tests import lives
from tests.procedures import law_4_3
from tests.procedures.model import COMPLAINT_ENDS
from workflow import checks, engine, errors, registry
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db

DAY = "2026-10-05 09:00"
DECLARED = registry.get("explanation")
OFFICE_PERIODS = {"decide", "explain", "termination"}


class Undo(Exception):
    """Roll a savepoint back."""


def running(case):
    return frozenset(clock.rule for clock in case.clocks if clock.state == "running")


def situation(case):
    return case.state, running(case)


def memory(case):
    """Return what decides where a case may go: its situation, and the past that its conditions ask about."""
    clocks = frozenset((clock.rule, clock.state) for clock in case.clocks if clock.state != "stopped")
    askable = set(case.missing) - set(case.asked_for)
    complained = case.appealed_from if case.state == "appealed" else ""
    ended_from = case.ended_from if case.ended_in == "terminated" else ""
    said = set(LogEntry.objects.filter(chain=case.chain).values_list("transition", flat=True))
    open_complaint = "complain_open" in said and not said & COMPLAINT_ENDS
    return case.state, clocks, case.ended_in, ended_from, complained, bool(askable), case.channel, open_complaint


def doer(office, case, rule):
    """Return somebody who may do this act."""
    role = rule.by[0].code
    return office.actor({"explainer": "head", "resolver": "superior"}.get(role, role), case)


def explore(office):
    """Return every situation reached and the moves between them, by firing every act everywhere."""
    seen, moves = {}, set()

    def walk(case):
        seen[memory(case)] = situation(case)
        for rule in DECLARED.rules.values():
            if case.state not in rule.sources:
                continue
            with suppress(Undo), transaction.atomic(), suppress(errors.Refused):
                fresh = type(case).objects.get(pk=case.pk)
                data = lives.given(fresh, rule.name, **({"days": 1} if rule.name == "extend" else {}))
                engine.fire(fresh, rule.name, actor=doer(office, fresh, rule), **data)
                moves.add((situation(case), rule.name, situation(fresh)))
                if memory(fresh) not in seen:
                    walk(fresh)
                raise Undo

    with lives.on(DAY):
        walk(lives.filed(office, DAY, **lives.WRITTEN))
        walk(lives.filed(office, DAY, **lives.oral()))
    return set(seen.values()), moves


@pytest.fixture(scope="module")
def explored(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), suppress(Undo), transaction.atomic():
        office = lives.Office()
        lives.explained_before(office)
        found = explore(office)
        yield found
        raise Undo


def test_every_state_of_the_law_is_reached_and_no_other(explored):
    situations, _ = explored
    assert {state for state, _ in situations} | {"draft"} == set(law_4_3.STATES) == set(DECLARED.states)


def test_every_act_of_the_law_happens_somewhere(explored):
    _, moves = explored
    assert {name for _, name, _ in moves} | {"file"} == set(law_4_3.SOURCES)


def test_from_everywhere_the_file_can_be_closed(explored):
    situations, moves = explored
    ending = {one for one in situations if one[0] == "closed"}
    ordinary = [(a, b) for a, _, b in moves if b[0] != "appealed"]
    while more := {a for a, b in ordinary if b in ending} - ending:
        ending |= more
    assert situations - ending == set()


def test_whoever_waits_has_a_deadline_or_a_stated_reason(explored):
    situations, _ = explored
    unexplained = {state for state, clocks in situations if not clocks & OFFICE_PERIODS} - {*DECLARED.waits, "closed"}
    assert unexplained == set()


def test_the_office_always_owes_something_while_a_request_is_open(explored):
    """The reason given for a wait is not an excuse: where the office must act, its clock runs."""
    situations, _ = explored
    for state, clocks in situations:
        owed = {"received": "decide", "accepted": "explain", "explained_written": "explain"}.get(state)
        assert owed is None or owed in clocks, (state, clocks)


def test_what_is_reached_is_what_the_start_up_check_expects(explored):
    situations, _ = explored
    assert situations <= checks.situations(DECLARED)


def test_a_state_with_nothing_to_do_has_no_clock_of_the_office_but_the_withdrawal_s(explored):
    situations, _ = explored
    for state, clocks in situations:
        if state not in ("received", "accepted", "explained_written"):
            assert clocks & {"decide", "explain"} == set(), (state, clocks)
        if "termination" in clocks:
            assert state in ("terminated", "appealed"), (state, clocks)
