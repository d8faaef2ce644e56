"""Every person tries every act in every state of both complaints: what the law allows succeeds, all else changes nothing.

The attempt, the answer and the comparison of tables are those of `test_matrix`.
"""

from datetime import date

import pytest

from tests import appeals, lives, tables
from tests.procedures import law_7
from tests.procedures.test_matrix import attempt
from workflow import checks, engine, errors, registry
from workflow.actors import Requester
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db

START, DAY = "2026-09-14 09:00", "2026-10-05 09:00"
NAMES = {"first": "complaint", "second": "complaint_second"}
PEOPLE = ("requester", "head", "receiver", "clerk", "officer", "inspector", "explainer", "stranger", "other_requester")
STRANGERS = {"stranger", "other_requester"}
VERIFIED = [("accept", "head"), *appeals.VERIFIED]
HEARD = [*VERIFIED, ("call_dialogue", "head"), ("hold_dialogue", "head")]
DECIDED = [*HEARD, ("decide", "head")]
ROADS = {
    "lodged": [],
    "deficient": [("request_supplement", "receiver")],
    "not_accepted": [("not_accept", "head")],
    "accepted": VERIFIED[:1],
    "verifying": VERIFIED[:2],
    "verified": HEARD,
    "dialogue": HEARD[:-1],
    "suspended": [*VERIFIED[:1], ("suspend", "head")],
    "decided": DECIDED,
    "sent": [*DECIDED, ("send", "clerk")],
    "in_force": [*DECIDED, ("send", "clerk"), ("take_effect", "officer")],
    "terminated": [("withdraw", "requester")],
    "closed": [("withdraw", "requester"), ("issue_termination", "head"), ("send_order", "clerk"), ("close", "officer")],
}
"""The shortest lawful way to every state but the one that silence leads to."""


def lodged(office, instance):
    """Return a complaint of an instance, lodged at its start, whose petition lacks a signature."""
    attacked = appeals.refused(office, "2026-08-03 09:00")
    how = {"signature": "", "channel": "written"}
    if instance == "first":
        return appeals.lodged(attacked, START, late_reason="Ốm.", **how)
    first = appeals.lodged(attacked, "2026-08-04 09:00")
    acts = (("accept", "head"), *appeals.VERIFIED)
    appeals.through(office, first, "2026-08-05 09:00", *acts)
    appeals.act(office, first, "decide", "2026-08-05 09:00", "head", outcome="keep", conclusion="wrong")
    appeals.act(office, first, "send", "2026-08-05 09:00", "clerk")
    return appeals.appealed(first, office, START, late_reason="Ốm.", **how)


def brought(office, instance, state):
    """Return a complaint brought to a state by real acts."""
    case = lodged(office, instance)
    if state == "superseded":
        if instance == "first":
            appeals.appealed(case, office, "2026-12-01 09:00", late_reason="Ốm.")
        else:
            appeals.act(office, case, "sue_silence", "2026-12-01 09:00", "requester")
        return type(case).objects.get(pk=case.pk)
    for act, role in ROADS[state]:
        moment = {"take_effect": "2026-12-01 09:00"}.get(act, "2026-09-25 09:00" if act == "hold_dialogue" else None)
        after = any(name == "hold_dialogue" for name, _ in ROADS[state][: ROADS[state].index((act, role))])
        change = {"held_on": date(2026, 9, 25)} if act == "call_dialogue" else {}
        appeals.act(office, case, act, moment or ("2026-09-28 09:00" if after else "2026-09-15 09:00"), role, **change)
    return case


def expected(instance, person, event, state):
    """Return what the law answers: None where the act is allowed as far as role and state go."""
    rows = {row[1]: row for row in law_7.rows(instance)}
    sources, _, by, _ = rows[event]
    if person in STRANGERS or (person == "explainer" and instance == "second"):
        return errors.OutOfScope
    if not any(person in law_7.HELD_BY[role] for role in by):
        return errors.WrongRole
    return None if state in sources else errors.NotFromHere


@pytest.mark.parametrize("instance", NAMES)
@pytest.mark.parametrize("state", [*ROADS, "superseded"])
def test_only_what_the_law_allows_happens(instance, state):
    office = appeals.Office()
    case = brought(office, instance, state)
    other = Requester(lives.filed(office, "2026-08-03 09:00").pk)
    now = "2026-12-01 10:00" if state in ("in_force", "superseded") else DAY
    happened = set()
    with lives.on(now):
        for event in registry.get(NAMES[instance]).rules:
            if event == "lodge":
                continue
            data = appeals.given(case, event)
            before, wrong = tables.dump(but_security=True), []
            for person in PEOPLE:
                actor = {"other_requester": other, "explainer": office.explainer, "stranger": office.stranger}.get(
                    person
                )
                actor = actor or office.actor(person, case)
                answer = attempt(type(case).objects.get(pk=case.pk), event, actor, data)
                law = expected(instance, person, event, state)
                if answer is None:
                    happened.add(event)
                # what remains where role and state allow is the matter of the case itself
                if answer is not law and not (law is None and answer is errors.ConditionUnmet):
                    wrong.append(f"{person}: {event} in {state}: {answer} instead of {law}")
            assert wrong == []
            assert tables.changed(before, tables.dump(but_security=True)) == [], event
    moves = {row[1] for row in law_7.rows(instance) if state in row[0]}
    assert happened <= moves
    assert happened or state == "closed"


@pytest.mark.parametrize("instance", NAMES)
def test_from_everywhere_the_file_can_be_closed_and_every_wait_is_explained(instance):
    procedure = registry.get(NAMES[instance])
    assert checks.check(procedure) == []
    reached = {state for state, _running in checks.situations(procedure)}
    assert reached == set(procedure.states)


@pytest.mark.parametrize("instance", NAMES)
def test_what_is_refused_to_a_stranger_leaves_a_trace_in_the_security_chain(instance):
    office = appeals.Office()
    case = lodged(office, instance)
    before = LogEntry.objects.filter(chain="security").count()
    with lives.on(DAY), pytest.raises(errors.OutOfScope):
        engine.fire(case, "accept", actor=office.stranger, **appeals.given(case, "accept"))
    assert LogEntry.objects.filter(chain="security").count() == before + 1
