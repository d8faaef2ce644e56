"""An act on several cases happens in all of them or in none: whatever fails, whoever is killed, and when."""

import sqlite3
from itertools import count

import pytest
from django.db import connection, transaction

from tests import appeals, crowds, lives, tables
from tests.access import complaints
from tests.crowds import DAY
from tests.procedures.test_complaint_locks import LINKED, ready
from workflow import linked, office, store
from workflow.ledger import chain
from workflow.models import Case, LogEntry

ACTS = [*((procedure, rule.name) for procedure, rule in LINKED), ("complaint", "lodge"), ("complaint_second", "lodge")]
NAMES = [f"{procedure}-{act}" for procedure, act in ACTS]


@pytest.fixture
def where():
    return appeals.Office()


def prepared(where, procedure, act):
    """Return an act on several cases with everything that it needs in the database."""
    if act != "lodge":
        case = ready(where, procedure, act)
        return crowds.prepared(case, where, act, "requester" if act == "withdraw" else "head", 1)[0]
    if procedure == "complaint":
        request = appeals.refused(where, DAY)
        return lambda: appeals.lodged(request, DAY)
    first = complaints.dismissed(where, DAY, "An")
    return lambda: appeals.appealed(first, where, DAY)


# failures ------------------------------------------------------------------------------------------------------------


class Broken(Exception):
    """What a test breaks."""


def breaking(monkeypatch, owner, name, n):
    """Let a function fail the nth time, when it has done its work."""
    real, calls = getattr(owner, name), count(1)

    def once(*args, **kwargs):
        result = real(*args, **kwargs)
        if next(calls) == n:
            raise Broken
        return result

    monkeypatch.setattr(owner, name, once)


@pytest.mark.django_db
@pytest.mark.parametrize(("owner", "name"), [(store, "write"), (office, "follow")], ids=["write", "follow"])
@pytest.mark.parametrize(("procedure", "act"), ACTS, ids=NAMES)
def test_a_failure_anywhere_leaves_nothing_anywhere(where, monkeypatch, procedure, act, owner, name):
    done = prepared(where, procedure, act)
    before = tables.dump()
    for n in count(1):
        with monkeypatch.context() as patch, lives.on(DAY):
            breaking(patch, owner, name, n)
            try:
                done()
            except Broken:
                assert tables.changed(before, tables.dump()) == []
            else:
                break
    assert n > (2 if owner is store else 1), "the act wrote to one case alone"


# crashes -------------------------------------------------------------------------------------------------------------

HALF = """
import sys, django
django.setup()
from django.db import transaction
from tests import appeals, crowds, lives
from workflow import engine, store
from workflow.actors import Requester
from workflow.models import Agency, Case

pk, act, day, stop = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
case, write = store.load(Case.objects.get(pk=pk)), store.write

def half(change):
    global stop
    entry, stop = write(change), stop - 1
    if not stop:
        print("half", flush=True)
        sys.stdin.readline()
    return entry

store.write = half
with lives.on(day), transaction.atomic():
    if act == "lodge":
        how = {"agency": Agency.objects.get(slug="tinh"), "earlier": case, "object": case.object}
        engine.open("complaint_second", actor=Requester(), **appeals.petition(case.attacked, **how))
    else:
        head = case.agency.appointments.get(role="head").user
        engine.fire(case, act, actor=Requester(pk) if act == "withdraw" else head, **crowds.given(case, act))
"""
"""An act that stops when it has written to some of its cases, before its transaction ends."""

KILLED = [("complaint", "decide", 1), ("complaint", "decide", 2), ("complaint", "withdraw", 1),
          ("complaint_second", "decide", 1), ("complaint_second", "lodge", 1), ("complaint_second", "lodge", 2)]  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("procedure", "act", "stop"), KILLED)
def test_a_process_killed_between_two_cases_leaves_nothing_and_holds_nothing(where, tmp_path, procedure, act, stop):
    case = complaints.dismissed(where, DAY, "An") if act == "lodge" else ready(where, procedure, act)
    file = crowds.as_file(tmp_path) if connection.vendor == "sqlite" else None
    before = dump(file)
    with crowds.process(HALF, str(case.pk), act, DAY, str(stop), file=file) as half:
        assert half.stdout.readline() == "half\n"
        half.kill()
        half.wait()
    assert dump(file) == before

    def again():
        if act == "lodge":
            return appeals.appealed(case, where, DAY)
        (one,) = crowds.prepared(case, where, act, "requester" if act == "withdraw" else "head", 1)
        return one()

    if file:
        assert crowds.in_processes(file, [again]) == crowds.in_processes(file, [verified]) == ["won"]
    else:
        with transaction.atomic():
            linked.lock(Case.objects.values_list("pk", flat=True))  # once the server has seen that nobody is there
        assert len(crowds.won([crowds.elsewhere(again)])) == 1
        verified()


def verified():
    for case in Case.objects.all():
        assert chain.verify_case(case) == []


def dump(file):
    """Return everything in the database: on PostgreSQL this test's, on SQLite the file."""
    if file is None:
        return tables.dump()
    with sqlite3.connect(file) as opened:
        return list(opened.iterdump())


# processes on one file -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_processes_on_one_file_move_the_pair_together(where, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("this is SQLite's way of waiting")
    complaint = ready(where, "complaint", "decide")
    request = store.load(Case.objects.get(pk=complaint.attacked_id))
    tries = [
        *crowds.prepared(complaint, where, "decide", "head", 2),
        *crowds.prepared(complaint, where, "withdraw", "requester", 2),
        *crowds.prepared(request, where, "accept", "head", 2),
    ]
    file = crowds.as_file(tmp_path)
    answers = crowds.in_processes(file, tries)
    assert answers[:4].count("won") == 1
    assert answers[:4].count("NotFromHere") == 3
    assert set(answers[4:]) <= {"won", "NotFromHere"}
    ended = {True: "annul_refusal", False: "end_complaint"}["won" in answers[:2]]

    def followed():
        told = LogEntry.objects.filter(chain=request.chain, seq__gt=request.seq, actor="system")
        assert list(told.values_list("transition", flat=True)) == [ended]

    assert crowds.in_processes(file, [verified, followed]) == ["won", "won"]
