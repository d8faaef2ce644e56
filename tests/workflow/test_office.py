"""The office level: open tasks are exactly those that the legal state allows."""

import threading
from contextlib import suppress

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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
    assert len(open_names) <= 1, "only consultations run side by side"
    running = OfficeWork.objects.filter(case=case, finished__isnull=True)
    assert running.count() == (1 if allowed else 0)
    unfinished = Task.objects.filter(process__officework__case=case, finished__isnull=True)
    assert set(unfinished.values_list("process_id", flat=True)) <= set(running.values_list("pk", flat=True))


def task(case, name):
    return next(one for one in office.open_tasks(case) if one.flow_task.name == name)


def carried(off, case, act, at, role, **changes):
    """Fire an act from the task that carries it, as the official's page does."""
    with lives.on(at), office.carrying(case, act, off.actor(role, case)) as activation:
        engine.fire(case, act, actor=off.actor(role, case), within=activation, **lives.given(case, act, **changes))
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


def test_only_its_owner_or_the_head_clears_a_desk(off, accepted):
    office.take(task(accepted, "assign"), off.explainer)
    second = off.person("explainer", off.agency, "pho-chu-tich")
    with pytest.raises(office.TaskRefused, match="head"):
        office.release(task(accepted, "assign"), second)
    with pytest.raises(office.TaskRefused):
        office.release(task(accepted, "assign"), off.stranger)
    office.release(task(accepted, "assign"), off.head)
    assert task(accepted, "assign").owner is None


def test_a_task_that_was_done_cannot_be_done_again(off, accepted):
    old = task(accepted, "assign")
    assigned(off, accepted)
    with pytest.raises(office.TaskRefused, match="closed"):
        office.complete(old, off.head, {})


def test_a_refused_act_leaves_its_task_open(off, accepted):
    assigned(off, accepted)
    office.complete(task(accepted, "draft"), off.officer, {"legal_basis": "", "answers": [], "session": ""})
    with pytest.raises(errors.ConditionUnmet):
        carried(off, accepted, "sign", "2026-03-10 09:00", "head", legal_basis="")
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


ACTS = [
    "request_supplement", "supplement", "redirect", "refuse", "accept", "extend", "suspend", "resume", "terminate",
    "withdraw", "withdraw_part", "sign", "send", "record_receipt", "complain", "annul_refusal", "annul_termination",
    "explain_again", "end_complaint", "close",
]  # fmt: skip
BY = {
    "request_supplement": "receiver", "redirect": "receiver", "send": "clerk", "record_receipt": "clerk", "close": "officer",
    **dict.fromkeys(["supplement", "withdraw", "withdraw_part", "complain"], "requester"),
}  # fmt: skip


class Undone(Exception):
    """Ends an example without a trace."""


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_done_open_tasks_are_those_the_state_allows(db, data):
    with suppress(Undone), transaction.atomic():
        off = lives.Office()
        rooms = departments(off, 2)
        helpers = [off.person("officer", room, f"h{room.pk}") for room in rooms]
        case = engine.open("explanation", actor=Requester(None), **lives.filing(off.agency, **_two_questions()))
        is_consistent(case)
        for _ in range(data.draw(st.integers(3, 14), label="steps")):
            fresh = type(case).objects.get(pk=case.pk)
            everybody = [*[off.actor(role, fresh) for role in ("requester", *lives.ROLES)], *helpers]
            can = []
            for role in ("requester", "receiver", "clerk", "officer", "head"):
                offers = engine.available(fresh, off.actor(role, fresh))
                can += [
                    o.rule.name
                    for o in offers
                    if o.allowed and o.rule.name in ACTS and BY.get(o.rule.name, "head") == role
                ]
            doable = [
                (one, who) for one in office.open_tasks(fresh) if not one.flow_task.acts
                for who in everybody if not isinstance(who, Requester) and office.why_not(one, fresh, who) is None
            ]  # fmt: skip
            what = data.draw(
                st.sampled_from([*can, *(["task"] * 3 if doable else [])]) if can or doable else st.just("")
            )
            if what == "task":
                one, who = data.draw(st.sampled_from(doable))
                asked = rooms[: data.draw(st.integers(0, 2))]
                office.complete(one, who, _said(one, off, asked))
            elif what:
                actor = off.actor(BY.get(what, "head"), fresh)
                with suppress(errors.Refused):
                    if data.draw(st.booleans(), label="from its task") and not isinstance(actor, Requester):
                        with office.carrying(fresh, what, actor) as within:
                            engine.fire(fresh, what, actor=actor, within=within, **_data(fresh, what))
                    else:
                        with transaction.atomic():
                            engine.fire(fresh, what, actor=actor, **_data(fresh, what))
            is_consistent(case)
        raise Undone


def _two_questions():
    return {"questions": [{"text": t, "content_types": ["content"]} for t in ("Vì sao?", "Khi nào?")]}


def _said(waiting, off, asked):
    return {
        "assign": {"handler": off.officer, "departments": asked, "asked": "?"},
        "consult": {"opinion": "!"},
        "draft": {"legal_basis": "", "answers": [], "session": ""},
    }[waiting.flow_task.name]


def _data(case, act):
    changes = {"complain": {"object": {"refused": "refusal", "terminated": "termination"}.get(case.state, "contents")}}
    return lives.given(case, act, **changes.get(act, {}))


@pytest.mark.parametrize(
    ("tasks", "sentence"),
    [({"received": {"dance"}}, "“dance”, which is no task"), ({"nowhere": {"check"}}, "undeclared state “nowhere”")],
)
def test_a_flow_that_names_what_does_not_exist_does_not_start(monkeypatch, tasks, sentence):
    from procedures.explanation.flows import IntakeFlow

    monkeypatch.setattr(IntakeFlow, "TASKS", tasks)
    with pytest.raises(errors.DeclarationError, match=sentence):
        office.register("explanation", IntakeFlow)


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
        print(
            f"\n  {connection.vendor}: accept (closes one flow, opens one) {len(opening)}, withdraw (closes one) {len(leaving)}"
        )
    assert clock.simulated_now() is None
