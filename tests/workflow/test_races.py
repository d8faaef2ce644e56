"""Many at once on one case: one wins, one entry, the others are told."""

import pytest
from django.db import connection

from tests import crowds, lives
from tests.crowds import CROWD, DAY, at_once, prepared, won
from workflow import errors
from workflow.ledger import chain
from workflow.models import Case, Chain, LogEntry


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_twenty_conflicting_acts_one_wins():
    office = lives.Office()
    case = lives.brought(office, "received", DAY)
    per_act = CROWD // 5
    tries = [
        *prepared(case, office, "accept", "head", per_act),
        *prepared(case, office, "refuse", "explainer", per_act),
        *prepared(case, office, "redirect", "receiver", per_act),
        *prepared(case, office, "withdraw", "requester", per_act),
        *prepared(case, office, "request_supplement", "receiver", per_act),
    ]
    answers = at_once(tries)
    case = type(case).objects.get(pk=case.pk)
    winners = won(answers)
    # a case that was accepted first may still be withdrawn: what follows must itself be lawful from there
    assert [one.seq for one in sorted(winners, key=lambda one: one.seq)] == list(range(2, 2 + len(winners)))
    assert len(winners) <= 2
    assert LogEntry.objects.filter(chain=case.chain).count() == 1 + len(winners)
    assert chain.verify_case(case) == []
    security = list(LogEntry.objects.filter(chain="security").order_by("seq"))
    assert len(security) == sum(isinstance(one, errors.Refused) for one in answers)
    assert list(chain.failures(security)) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_loser_sees_what_the_winner_did():
    """Two extensions at once: the second must find the first, though it was read before it."""
    office = lives.Office()
    case = lives.brought(office, "accepted", DAY)
    answers = at_once(prepared(case, office, "extend", "head", CROWD, days=5))
    assert len(won(answers)) == 1
    assert all("extended" in str(one) for one in answers if isinstance(one, errors.ConditionUnmet))
    clock = type(case).objects.get(pk=case.pk).clock("explain")
    assert (clock.extension, clock.extensions) == (5, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_acts_that_do_not_conflict_all_stand_in_one_chain():
    office = lives.Office()
    case = lives.brought(office, "sent", DAY)
    before = case.seq
    answers = at_once(prepared(case, office, "respond", "requester", CROWD))
    assert len(won(answers)) == CROWD
    case = type(case).objects.get(pk=case.pk)
    assert case.seq == before + CROWD
    assert chain.verify_case(case) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_filings_at_once_have_twenty_codes():
    office = lives.Office()
    cases = at_once([lambda: lives.filed(office, DAY) for _ in range(CROWD)])
    assert len({case.code for case in cases}) == CROWD
    assert all(chain.verify_case(Case.objects.get(pk=case.pk)) == [] for case in cases)


@pytest.mark.django_db(transaction=True)
def test_processes_on_one_file_wait_for_each_other(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("this is SQLite's way of waiting")
    office = lives.Office()
    case = lives.brought(office, "accepted", DAY)
    tries = prepared(case, office, "extend", "head", 4, days=5)
    found = sorted(crowds.in_processes(crowds.as_file(tmp_path), tries))
    assert found == ["ConditionUnmet"] * 3 + ["won"]


@pytest.mark.django_db
def test_a_copy_that_is_behind_is_no_way_round():
    office = lives.Office()
    case = lives.brought(office, "received", DAY)
    old = type(case).objects.get(pk=case.pk)
    lives.act(office, case, "redirect", DAY, "receiver")
    with pytest.raises(errors.NotFromHere):
        lives.act(office, old, "accept", DAY, "head")
    assert old.state == "received", "the caller's copy is as it was"
    assert Chain.objects.get(name="security").seq == 1
