"""A procedure declared outside the engine runs without a change in it."""

import pytest
from django.apps import apps
from django.db import connection

from tests import lives
from workflow import checks, engine, errors, registry
from workflow.actors import Requester
from workflow.calendar import shipped
from workflow.ledger import chain

DAY = "2026-10-05 09:00"


@pytest.fixture(scope="module")
def toy():
    """The toy's module, known to the engine while this file runs."""
    known = apps.all_models["workflow"].copy()
    from tests.workflow import toy

    registry.register(toy.Loan)
    yield toy
    registry.unregister("loan")
    apps.all_models["workflow"].clear()
    apps.all_models["workflow"].update(known)
    apps.clear_cache()


@pytest.fixture
def office(toy, db):
    if connection.vendor == "sqlite":
        connection.disable_constraint_checking()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE toy_loan (case_ptr_id bigint PRIMARY KEY, book varchar(100), readers "
            + ("jsonb)" if connection.vendor == "postgresql" else "text)")
        )
    yield lives.Office()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE toy_loan")


def asked(office, **more):
    with lives.on(DAY):
        return engine.open("loan", actor=Requester(), agency=office.agency, book="Truyện Kiều", **more)


def test_its_declaration_holds(toy):
    assert checks.check(registry.get("loan")) == []


def test_it_lives(office):
    case = asked(office)
    assert (case.state, case.code[:3], case.clock("answer").due_on.isoformat()) == ("asked", "LN-", "2026-10-08")
    with lives.on("2026-10-06 09:00"):
        engine.fire(case, "lend", actor=office.officer)
        entry = engine.fire(case, "bring_back", actor=office.officer, days_late=2)
    assert (case.state, entry.data["days_late"], entry.data["law"]) == ("returned", 2, "Rule 4")
    again = type(case).objects.get(pk=case.pk)
    assert chain.verify_case(again) == []
    assert again.book == "Truyện Kiều"


def test_it_says_what_may_be_done(office):
    case = asked(office)
    with lives.on(DAY):
        offers = {offer.rule.name: offer for offer in engine.available(case, office.officer)}
    assert [name for name, offer in offers.items() if offer.allowed] == ["lend", "refuse"]
    assert isinstance(offers["bring_back"].refusal, errors.NotFromHere)


def test_it_refuses_by_its_own_rules(office):
    case = asked(office)
    with lives.on(DAY):
        with pytest.raises(errors.WrongRole, match="librarian or director"):
            engine.fire(case, "refuse", actor=office.clerk, ground="L1")
        with pytest.raises(errors.ConditionUnmet, match=r"name a ground of the rules \(Rule 3\)"):
            engine.fire(case, "refuse", actor=office.head, ground="L9")
        engine.fire(case, "refuse", actor=office.head, ground="L1")
    assert case.state == "refused"


def test_an_interested_person_is_barred_where_the_declaration_says_so(office):
    case = asked(office, reader=office.officer.pk)
    with lives.on(DAY):
        with pytest.raises(errors.OwnActBlocked, match="A colleague must act"):
            engine.fire(case, "lend", actor=office.officer)
        entry = engine.fire(case, "refuse", actor=office.officer, ground="L1")
    assert entry.own_act


def test_its_silence_is_late(office):
    case = asked(office)
    due = case.clock("answer").due_on
    assert shipped().is_working(due)
    assert (case.is_late(due), case.is_late(lives.local("2026-10-09 00:00").date())) == (False, True)
