"""Many at once on one case: one wins, one entry, the others are told."""

import multiprocessing
import threading

import pytest
from django.db import connection, connections

from tests import lives
from workflow import engine, errors, store
from workflow.ledger import chain
from workflow.models import Case, Chain, LogEntry

CROWD = 20
DAY = "2026-10-05 09:00"


def at_once(tries):
    """Run every try in a thread of its own at the same instant and return what each answered."""
    gate, answers = threading.Barrier(len(tries)), []

    def go(one):
        try:
            with lives.on(DAY):
                gate.wait()
                answers.append(one())
        except Exception as error:
            answers.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(one,)) for one in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def prepared(case, office, act, role, n, **changes):
    """Return n tries of an act, each with papers of its own and its own copy of the case."""
    with lives.on(DAY):
        papers = [lives.given(case, act, **changes) for _ in range(n)]
    copies = [type(case).objects.get(pk=case.pk) for _ in range(n)]
    actor = office.actor(role, case)
    return [
        lambda copy=copy, data=data: engine.fire(copy, act, actor=actor, **data)
        for copy, data in zip(copies, papers, strict=True)
    ]


def won(answers):
    unclear = [one for one in answers if not isinstance(one, LogEntry | errors.Refused | errors.Conflict)]
    assert unclear == []
    return [one for one in answers if isinstance(one, LogEntry)]


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


def _fire_alone(database, case_id, user_id, act, data, gate, answers):
    """Fire one act in a process of its own on a file database."""
    # the parent's database lives in memory and came along with the fork: leave it and open the file
    connection.connection, connection.settings_dict["NAME"] = None, database
    from workflow.models import Document, User

    case = Case.objects.get(pk=case_id)
    case = store.load(case)
    given = {name: Document.objects.get(pk=value) if name == "notice" else value for name, value in data.items()}
    gate.wait()
    with lives.on(DAY):
        try:
            engine.fire(case, act, actor=User.objects.get(pk=user_id), **given)
            answers.put("won")
        except errors.WorkflowError as error:
            answers.put(type(error).__name__)
        except Exception as error:
            answers.put(repr(error))
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_processes_on_one_file_wait_for_each_other(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("this is SQLite's way of waiting")
    office = lives.Office()
    case = lives.brought(office, "accepted", DAY)
    with lives.on(DAY):
        data = [{"days": 5, "reason": "Phức tạp.", "notice": lives.paper(case, "T10").pk} for _ in range(4)]
    file = tmp_path / "cases.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(len(data)), context.Queue()
    processes = [
        context.Process(target=_fire_alone, args=(str(file), case.pk, office.head.pk, "extend", one, gate, answers))
        for one in data
    ]
    for process in processes:
        process.start()
    found = sorted(answers.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
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
