"""The office level: open tasks are exactly those that the legal state allows."""

import threading

import pytest
from django.db import connection, connections
from viewflow.workflow.models import Process, Task

from tests import lives
from workflow import clock, engine, errors, office
from workflow.actors import Requester
from workflow.models import Case, OfficeWork


def names(case):
    """Return the names of the tasks that wait on a case."""
    return sorted(task.flow_task.name for task in office.open_tasks(case))


def is_consistent(case):
    """Hold the open tasks and processes of a case against what its state allows."""
    case = Case.objects.get(pk=case.pk)
    allowed = office.allowed_tasks(case.procedure_name, case.state)
    open_names = set(names(case))
    assert open_names <= allowed, (case.state, open_names)
    assert bool(open_names) == bool(allowed), (case.state, open_names)
    running = OfficeWork.objects.filter(case=case, finished__isnull=True)
    assert running.count() == (1 if allowed else 0)
    unfinished = Task.objects.filter(process__officework__case=case, finished__isnull=True)
    assert set(unfinished.values_list("process_id", flat=True)) <= set(running.values_list("pk", flat=True))


def task(case, name):
    return next(one for one in office.open_tasks(case) if one.flow_task.name == name)


def carried(off, case, act, at, role):
    """Fire an act from the task that carries it, as the official's page does."""
    with lives.on(at), office.carrying(case, act, off.actor(role, case)) as activation:
        engine.fire(case, act, actor=off.actor(role, case), within=activation, **lives.given(case, act))
    return activation


@pytest.fixture
def off(db):
    return lives.Office()


@pytest.fixture
def accepted(off):
    case = lives.filed(off, "2026-03-02 09:00")
    lives.act(off, case, "accept", "2026-03-03 09:00", "head")
    return case


def departments(off, n):
    return [lives.agency(f"phong-{i}", f"Phòng {i}", "department", off.agency) for i in range(n)]


def assigned(off, case, asked=()):
    office.complete(
        task(case, "assign"), off.head, {"handler": off.officer, "departments": list(asked), "asked": "Đúng không?"}
    )


def test_a_filed_request_waits_at_the_counter(off):
    case = lives.filed(off, "2026-03-02 09:00")
    assert names(case) == ["check"]
    is_consistent(case)


def test_an_act_within_its_task_completes_the_flow(off):
    case = lives.filed(off, "2026-03-02 09:00")
    carried(off, case, "accept", "2026-03-03 09:00", "head")
    intake = Process.objects.get(officework__case=case, flow_class="explanation/flows.IntakeFlow")
    assert (intake.status, intake.finished is not None) == ("DONE", True)
    done = Task.objects.get(process=intake, flow_task_type="HUMAN")
    assert (done.status, done.owner) == ("DONE", off.head)
    assert names(case) == ["assign"]
    is_consistent(case)


def test_an_act_outside_its_task_cancels_it(off):
    case = lives.filed(off, "2026-03-02 09:00")
    lives.act(off, case, "refuse", "2026-03-03 09:00", "head")
    assert Process.objects.get(officework__case=case).status == "CANCELED"
    assert names(case) == []
    is_consistent(case)


@pytest.mark.parametrize("asked", [0, 1, 3])
def test_departments_are_consulted_side_by_side(off, accepted, asked):
    rooms = departments(off, asked)
    people = [off.person("officer", room, f"chuyen-vien-{room.pk}") for room in rooms]
    assigned(off, accepted, rooms)
    assert names(accepted) == (["consult"] * asked or ["draft"])
    is_consistent(accepted)
    for person in people:
        mine = next(one for one in office.open_tasks(accepted) if office.why_not(one, accepted, person) is None)
        office.complete(mine, person, {"opinion": "Đồng ý."})
        is_consistent(accepted)
    assert names(accepted) == ["draft"]
    assert task(accepted, "draft").owner == off.officer
    assert Case.objects.get(pk=accepted.pk).handler == off.officer


def test_the_whole_preparation_ends_with_a_finished_flow(off, accepted):
    assigned(off, accepted)
    office.complete(task(accepted, "draft"), off.officer, {"legal_basis": "Luật", "answers": [], "session": ""})
    assert names(accepted) == ["sign"]
    carried(off, accepted, "sign", "2026-03-10 09:00", "head")
    assert names(accepted) == ["send"]
    is_consistent(accepted)
    carried(off, accepted, "send", "2026-03-11 09:00", "clerk")
    assert names(accepted) == []
    assert Process.objects.get(officework__case=accepted, flow_class__endswith="PreparationFlow").status == "DONE"


@pytest.mark.parametrize("asked", [0, 2])
def test_signing_past_the_office_leaves_only_the_sending(off, accepted, asked):
    assigned(off, accepted, departments(off, asked))
    lives.act(off, accepted, "sign", "2026-03-10 09:00", "head")
    assert names(accepted) == ["send"]
    is_consistent(accepted)


def test_a_withdrawal_cancels_what_is_open(off, accepted):
    assigned(off, accepted, departments(off, 2))
    with lives.on("2026-03-04 09:00"):
        engine.fire(accepted, "withdraw", actor=Requester(accepted.pk), statement="Tôi rút.")
    assert names(accepted) == []
    is_consistent(accepted)


def test_a_suspended_case_keeps_its_tasks_and_nobody_can_do_them(off, accepted):
    before = names(accepted)
    lives.act(off, accepted, "suspend", "2026-03-04 09:00", "head")
    assert names(accepted) == before
    is_consistent(accepted)
    with pytest.raises(office.TaskRefused, match="suspended"):
        assigned(off, accepted)
    lives.act(off, accepted, "resume", "2026-03-05 09:00", "head")
    assigned(off, accepted)
    assert names(accepted) == ["draft"]


def test_a_task_is_for_its_role_at_its_agency(off, accepted):
    waiting = task(accepted, "assign")
    for person in (off.stranger, off.superior, off.clerk, off.receiver, off.administrator, off.inspector):
        assert office.why_not(waiting, accepted, person) is not None
        assert not waiting.flow_task.can_assign(person, waiting)
        assert not waiting.flow_task.can_execute(person, waiting)
        with pytest.raises(office.TaskRefused):
            office.take(waiting, person)
    assert office.why_not(waiting, accepted, off.explainer) is None


def test_a_taken_task_is_nobody_elses(off, accepted):
    waiting = task(accepted, "assign")
    office.take(waiting, off.explainer)
    with pytest.raises(office.TaskRefused, match="taken"):
        assigned(off, accepted)
    office.release(task(accepted, "assign"), off.explainer)
    assigned(off, accepted)


def test_a_task_that_was_done_cannot_be_done_again(off, accepted):
    old = task(accepted, "assign")
    assigned(off, accepted)
    with pytest.raises(office.TaskRefused, match="closed"):
        office.complete(old, off.head, {})


def test_a_refused_act_leaves_its_task_open(off, accepted):
    assigned(off, accepted)
    office.complete(task(accepted, "draft"), off.officer, {"legal_basis": "", "answers": [], "session": ""})
    with pytest.raises(errors.ConditionUnmet), lives.on("2026-03-10 09:00"), office.carrying(accepted, "sign", off.head) as within:
        data = lives.given(accepted, "sign", legal_basis="")
        engine.fire(accepted, "sign", actor=off.head, within=within, **data)
    assert names(accepted) == ["sign"]
    assert Case.objects.get(pk=accepted.pk).state == "accepted"
    assert not accepted.documents.filter(kind="T9").exists()


def test_a_case_that_comes_back_gets_its_tasks_back(off, accepted):
    lives.act(off, accepted, "sign", "2026-03-10 09:00", "head")
    lives.act(off, accepted, "withdraw", "2026-03-11 09:00", "requester")
    is_consistent(accepted)
    lives.act(off, accepted, "complain", "2026-03-12 09:00", "requester", object="termination")
    is_consistent(accepted)
    lives.act(off, accepted, "annul_termination", "2026-03-13 09:00", "head")
    assert names(accepted) == ["send"]
    is_consistent(accepted)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", range(5))
def test_a_withdrawal_and_a_completion_at_the_same_instant(times):
    off = lives.Office()
    case = engine.open("explanation", actor=Requester(None), **lives.filing(off.agency))
    start, ends = threading.Barrier(2), {}

    def run(name, what):
        try:
            mine = Case.objects.get(pk=case.pk)
            mine = type(case).objects.get(pk=mine.pk)
            start.wait()
            what(mine)
            ends[name] = None
        except Exception as error:
            ends[name] = error
        finally:
            connections.close_all()

    def withdraw(mine):
        engine.fire(mine, "withdraw", actor=Requester(mine.pk), statement="Tôi rút.")

    def refuse(mine):
        with office.carrying(mine, "refuse", off.head) as within:
            engine.fire(mine, "refuse", actor=off.head, within=within, **lives.given(mine, "refuse"))

    threads = [threading.Thread(target=run, args=pair) for pair in (("withdraw", withdraw), ("refuse", refuse))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    lost = [error for error in ends.values() if error is not None]
    assert len(ends) == 2
    assert len(lost) == 1, ends
    assert isinstance(lost[0], errors.NotFromHere | office.TaskRefused), ends
    is_consistent(case)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_and_a_task_without_an_act_at_the_same_instant():
    off = lives.Office()
    case = engine.open("explanation", actor=Requester(None), **lives.filing(off.agency))
    engine.fire(case, "accept", actor=off.head, **lives.given(case, "accept"))
    waiting, start, ends = task(case, "assign"), threading.Barrier(2), {}

    def run(name, what):
        try:
            start.wait()
            what()
            ends[name] = None
        except Exception as error:
            ends[name] = error
        finally:
            connections.close_all()

    def withdraw():
        engine.fire(case, "withdraw", actor=Requester(case.pk), statement="Tôi rút.")

    def assign():
        office.complete(waiting, off.head, {"handler": off.officer, "departments": [], "asked": ""})

    threads = [threading.Thread(target=run, args=pair) for pair in (("withdraw", withdraw), ("assign", assign))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert ends["withdraw"] is None, ends
    assert ends["assign"] is None or isinstance(ends["assign"], office.TaskRefused), ends
    is_consistent(case)


def test_what_the_office_costs_is_known(off, django_assert_max_num_queries, capsys):
    """Statements of viewflow beside the engine's own; printed, so that a change is seen."""
    case = lives.filed(off, "2026-03-02 09:00")
    with lives.on("2026-03-03 09:00"):
        data = lives.given(case, "accept")
        with django_assert_max_num_queries(60) as opening:
            engine.fire(case, "accept", actor=off.head, **data)
    with lives.on("2026-03-04 09:00"), django_assert_max_num_queries(40) as leaving:
        engine.fire(case, "withdraw", actor=Requester(case.pk), statement="Tôi rút.")
    with capsys.disabled():
        print(f"\n  {connection.vendor}: accept (closes one flow, opens one) {len(opening)}, withdraw (closes one) {len(leaving)}")
    assert clock.simulated_now() is None
