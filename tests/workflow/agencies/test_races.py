"""Two at once: successions beside acts, beside one another, beside new cases, on a real database."""

import pytest
from django.db import connection

from tests import lives
from tests.crowds import at_once
from tests.workflow.agencies.support import offices
from tests.workflow.agencies.test_succession import AT, BEFORE, case_now, entries, facts, other_person
from workflow import clock, engine
from workflow.agencies import moving, succession, tree
from workflow.agencies.succession import Kind, Part
from workflow.ledger import chain
from workflow.models import Agency, Appointment

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office():
    office = offices()
    office.cases = [
        lives.filed(office, f"2026-10-07 10:{n:02}", requester={**other_person(), "name": f"Người {n}"})
        for n in range(6)
    ]
    with lives.on(BEFORE):
        made = succession.propose(Kind.MERGED, [Part(office.agency, [office.other])], by=office.keeper, **facts())
        succession.confirm(made, by=office.second)
    return office


def together(*acts):
    """Do acts at once on the day of the succession; return what each gave or raised."""
    return at_once(acts, AT)


def settle():
    return moving.settle(clock.now())


def holds(office):
    settle_once_more = together(settle)
    assert not isinstance(settle_once_more[0], Exception)
    for case in office.cases:
        assert case_now(case).agency == office.other
        assert [entry.transition for entry in entries(case.chain)].count(moving.MOVED) == 1
        assert chain.verify_case(case_now(case)) == []
    for slug in ("xa-tan-hoa", "xa-khac"):
        assert list(chain.failures(entries(f"agency:{slug}"))) == []
    assert Agency.objects.find_problems() == ([], [], [], [], [])


def test_two_workers_move_each_case_once_and_each_power_once(office):
    done = together(settle, settle, settle)
    assert not [one for one in done if isinstance(one, Exception)]
    assert sum(one.cases for one in done) == 6
    assert sum(one.begun for one in done) == 1
    assert Appointment.objects.filter(user=office.receiver, agency=office.other).count() == 1
    holds(office)


def test_acts_on_the_cases_and_their_move_follow_one_another(office):
    def act(case):
        return lambda: engine.fire(case, "withdraw", actor=lives.Requester(case.pk), **lives.given(case, "withdraw"))

    done = together(settle, *(act(case) for case in office.cases[:3]))
    assert not [one for one in done if isinstance(one, Exception)]
    holds(office)


def test_changes_of_the_tree_and_a_succession_leave_a_sound_tree(office):
    department = lives.agency("phong", "Phòng Kinh tế", "department", office.agency)
    done = together(
        settle,
        lambda: tree.move(department, office.province, by=office.keeper, decision="7/QĐ"),
        lambda: tree.add(office.province, "xa-moi", {"name": "UBND xã Mới", "level": "commune"}, by=office.second),
        lambda: tree.add(office.province, "xa-nua", {"name": "UBND xã Nữa", "level": "commune"}, by=office.keeper),
    )
    assert not [one for one in done if isinstance(one, Exception) and not isinstance(one, tree.Impossible)]
    assert {"xa-moi", "xa-nua"} <= set(Agency.objects.values_list("slug", flat=True))
    assert connection.vendor == "postgresql"
    holds(office)
