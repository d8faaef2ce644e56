"""Every way to an act on several cases takes them all in one order, first of all: nobody waits in a circle."""

import pytest
from django.db import transaction
from django.test import Client

from tests import appeals, crowds, lives
from tests.access import complaints
from tests.crowds import DAY
from tests.procedures.test_citizen_pages import moment
from workflow import breaches, engine, escalation, linked, office, registry
from workflow.ledger import chain
from workflow.models import Breach, Case

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PEOPLE = {"complainant": "requester", "settler": "head"}
LINKED = [
    (declared.name, rule) for declared in registry.procedures().values() for rule in declared.rules.values()
    if rule.link and rule.name != declared.opening
]  # fmt: skip


@pytest.fixture
def where():
    return appeals.Office()


def ready(where, procedure, act):
    """Return a complaint on which an act may be done."""
    if act == "decide":
        return (
            complaints.heard(where, "An")
            if procedure == "complaint_second"
            else complaints.first(where, "verified", "An")
        )
    return complaints.BRING[procedure](where, "lodged", "An")


def by_the_engine(where, case, rule):
    """The act by itself."""
    (one,) = crowds.prepared(case, where, rule.name, PEOPLE[rule.by[0].code], 1)
    return one


def from_the_desk(where, case, rule):
    """The act as the page of the office does it, with the task that it completes."""
    actor = where.actor(PEOPLE[rule.by[0].code], case)
    with lives.on(DAY):
        data = crowds.given(case, rule.name)

    def carried():
        with office.carrying(case, rule.name, actor) as within:
            return engine.fire(case, rule.name, actor=actor, within=within, **data)

    return carried


def from_the_page(where, case, rule):
    """The act as the citizen's page does it."""
    browser = Client()
    with lives.on(DAY):
        assert browser.post("/theo-doi/", {"code": case.code, "secret": case.secret}).status_code == 302
        form = {"moment": moment(browser, case, rule.name), "statement": "Tôi rút.", "sure": "on"}

    def sent():
        assert browser.post(f"/ho-so/{case.code}/{rule.name}/", form).status_code == 302
        return case

    return sent


WAYS = [
    (way, procedure, rule)
    for procedure, rule in LINKED
    for way in (by_the_engine, from_the_page if all(role.outside for role in rule.by) else from_the_desk)
]


@pytest.mark.parametrize(("way", "procedure", "rule"), WAYS, ids=[f"{w.__name__}-{p}-{r.name}" for w, p, r in WAYS])
def test_who_waits_for_a_case_holds_none_that_comes_after_it(where, way, procedure, rule):
    case = ready(where, procedure, rule.name)
    in_order(linked.together(case, rule.name), way(where, case, rule))


def test_lodging_a_second_complaint_takes_request_and_first_complaint_in_order(where):
    first = complaints.sent(where, DAY, "An")
    in_order([first.attacked_id, first.pk], lambda: appeals.appealed(first, where, DAY))


def in_order(cases, act):
    """Hold the first of some cases: an act on all of them must wait for it without holding another."""
    first, *others = sorted(cases)
    assert others
    with transaction.atomic():
        linked.lock([first])
        waiting = crowds.stuck(act)
        list(Case.objects.select_for_update(nowait=True).filter(pk__in=others))
    assert len(crowds.won([waiting.result(60)])) == 1
    for case in Case.objects.all():
        assert chain.verify_case(case) == []


def test_what_only_refers_to_a_case_waits_for_no_act(where):
    """Its share of the row's key would else be one more lock, taken in the order of the log."""
    case = complaints.lodged(where, DAY, "An")
    with lives.on("2026-12-01 09:00"):
        escalation.sweep(lives.local("2026-12-01 09:00"))
    with transaction.atomic():
        linked.lock(linked.together(case, "withdraw"))
        crowds.begun(breaches.read_log).result(60)
        assert Breach.objects.filter(case_id=case.pk).exists()
