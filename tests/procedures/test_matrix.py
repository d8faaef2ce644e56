"""Every person tries every act in every state: what the law allows succeeds, all else is refused and changes nothing."""

from contextlib import suppress
from datetime import date

import pytest
from django.db import transaction

from tests import lives, tables
from tests.procedures import law_4_3
from workflow import engine, errors
from workflow.actors import Requester
from workflow.models import Appointment, Delegation, LogEntry, User

pytestmark = pytest.mark.django_db

DAY = "2026-10-05 09:00"
STATES = [state for state in law_4_3.STATES if state != "draft"]
ACTS = [event for event in law_4_3.SOURCES if event != "file"]
STRANGERS = {"other_requester", "stranger", "substitute_before", "substitute_after", "administrator", "nobody", "left"}
"""Those who have nothing to do with the case: they never learn its state."""
AS = {"substitute": "head", "authorised": "explainer"}
"""Whose place somebody takes lawfully today."""
PEOPLE = (
    "requester", "receiver", "explainer", "head", "clerk", "officer", "inspector", "superior", *AS, *STRANGERS
)  # fmt: skip


ASKS_ITS_PAST = ("explain_directly", "note_complaint")
ROADS = {*lives.ROADS_FOR, *((state, act) for act in ASKS_ITS_PAST for state in law_4_3.SOURCES[act])}
"""Where an act asks for another past of the case than the shortest."""


class Undo(Exception):
    """Roll a savepoint back."""


def people(office, other):
    """Return every person who tries, by name; substitutes stand in for the head or the explaining person."""
    found = {role: getattr(office, role) for role in (*lives.ROLES, "inspector", "superior", "stranger")}
    spans = {
        "substitute": ("head", date(2026, 10, 1), date(2026, 10, 5)),
        "authorised": ("explainer", date(2026, 10, 5), date(2026, 10, 31)),
        "substitute_before": ("head", date(2026, 10, 6), date(2026, 10, 31)),
        "substitute_after": ("head", date(2026, 9, 1), date(2026, 10, 4)),
    }
    for name, (role, first, last) in spans.items():
        found[name] = User.objects.create(username=name, full_name=name)
        Delegation.objects.create(
            principal=getattr(office, role), substitute=found[name], agency=office.agency, role=role,
            document="02/GUQ", starts_on=first, ends_on=last,
        )  # fmt: skip
    found["nobody"] = User.objects.create(username="nobody", full_name="nobody")
    found["left"] = office.person("head", office.agency, "left")
    Appointment.objects.filter(user=found["left"]).update(ends_on=date(2026, 10, 4))
    return {**found, "other_requester": Requester(other.pk)}


def expected(person, event, state):
    """Return what the law answers: None where the act is allowed, else the kind of the refusal."""
    if person in STRANGERS or (person == "superior" and state != "appealed"):  # only what is before them
        return errors.OutOfScope
    if not law_4_3.may(AS.get(person, person), event):
        return errors.WrongRole
    return None if state in law_4_3.SOURCES[event] else errors.NotFromHere


def attempt(case, event, actor, data):
    """Return the kind of the refusal, or None after a success that is undone."""
    with suppress(Undo), transaction.atomic():
        try:
            engine.fire(case, event, actor=actor, **data)
        except errors.WorkflowError as refused:
            return type(refused)
        raise Undo
    return None


@pytest.mark.parametrize("state", STATES)
def test_only_what_the_law_allows_happens(state):
    office = lives.Office()
    other = lives.explained_before(office)
    actors = people(office, other)
    ready = {}
    for event in ACTS:
        road = event if (state, event) in ROADS else ""
        if road not in ready:
            ready[road] = lives.brought(office, state, DAY, by=road)
        case = ready[road]
        with lives.on(DAY):
            data = lives.given(case, event)
            before = tables.dump(but_security=True)
            refused_before = LogEntry.objects.filter(chain="security").count()
            refused, wrong = 0, []
            for person in PEOPLE:
                actor = Requester(case.pk) if person == "requester" else actors[person]
                fresh = type(case).objects.get(pk=case.pk)
                answer, law = attempt(fresh, event, actor, data), expected(person, event, state)
                refused += law is not None
                if answer is not law:
                    wrong.append(f"{person}: {event} in {state}: {answer} instead of {law}")
            assert wrong == []
            assert tables.changed(before, tables.dump(but_security=True)) == [], event
            assert LogEntry.objects.filter(chain="security").count() - refused_before == refused


@pytest.mark.parametrize("state", STATES)
def test_what_is_offered_is_what_the_law_allows(state):
    office = lives.Office()
    actors = people(office, lives.explained_before(office))
    for road in ("", *(event for there, event in ROADS if there == state)):
        case = lives.brought(office, state, DAY, by=road)
        for person in PEOPLE:
            actor = Requester(case.pk) if person == "requester" else actors[person]
            with lives.on(DAY):
                offers = engine.available(case, actor)
            assert [offer.rule.name for offer in offers] == ACTS
            for offer in offers:
                law = expected(person, offer.rule.name, state)
                if law is None:  # what remains is the matter of the case itself
                    assert offer.allowed or isinstance(offer.refusal, errors.ConditionUnmet), (person, offer.rule.name)
                else:
                    assert type(offer.refusal) is law, (person, offer.rule.name)
                assert offer.law
