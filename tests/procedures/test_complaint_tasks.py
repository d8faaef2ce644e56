"""What an office owes on a complaint lies in somebody's inbox, until it is done."""

import pytest

from tests import appeals, lives
from workflow import clock, engine, inbox, office, permissions
from workflow.actors import Requester
from workflow.models import Agency

pytestmark = pytest.mark.django_db

SUSPENDED = (("accept", "head"), *appeals.VERIFIED, ("suspend", "head"))


@pytest.fixture
def off():
    return appeals.Office()


def complaint(off, *acts):
    """Return a first complaint after acts of one day."""
    case = appeals.lodged(appeals.refused(off, "2026-10-05 09:00"), "2026-10-06 09:00")
    return appeals.through(off, case, "2026-10-07 09:00", *acts)


def titles(case):
    return sorted(str(task.title) for task in office.open_tasks(case) if task.flow_task.name != "copies")


def done(off, case, act, at, role, **changes):
    """Do an act from the task that carries it, as the official's page does."""
    user = off.actor(role, case)
    with lives.on(at), office.carrying(case, act, user) as activation:
        assert activation is not None, f"no task carries {act}"
        engine.fire(case, act, actor=user, within=activation, **appeals.given(case, act, **changes))


def waits_for(user, case):
    """Return what lies in the inbox of a person on a case, with its last day."""
    rows = inbox.task_rows(inbox.waiting(permissions.posts_of(user, clock.now())), user, clock.legal_day(clock.now()))
    return {str(row.task.title): row.due.on.isoformat() for row in rows if row.case.pk == case.pk and row.due}


def test_a_suspended_complaint_that_goes_on_puts_the_continuation_before_the_clerk(off):
    case = complaint(off, *SUSPENDED)
    assert titles(case) == ["Send the decision of suspension"]
    done(off, case, "send_order", "2026-10-08 09:00", "clerk")
    assert titles(case) == []
    appeals.act(off, case, "resume", "2026-10-20 09:00", "head")
    assert titles(case) == ["Call the dialogue, or decide", "Send the decision of continuation"]
    with lives.on("2026-10-20 10:00"):
        assert waits_for(off.clerk, case)["Send the decision of continuation"] == "2026-10-23"
    done(off, case, "send_order", "2026-10-21 09:00", "clerk")
    assert titles(case) == ["Call the dialogue, or decide"]


def test_the_continuation_is_still_owed_after_the_decision(off):
    case = complaint(off, *SUSPENDED)
    appeals.through(off, case, "2026-10-08 09:00", ("resume", "head"), ("decide", "head"))
    assert titles(case) == ["Send the decision and its copies", "Send the decision of continuation"]
    done(off, case, "send", "2026-10-08 10:00", "clerk")
    assert titles(case) == ["Send the decision of continuation"]


def test_a_complaint_that_was_never_suspended_has_no_order_to_send(off):
    assert titles(complaint(off, ("accept", "head"))) == ["Assign the verification"]


def test_a_termination_after_a_sent_suspension_is_sent_as_well(off):
    case = complaint(off, *SUSPENDED)
    done(off, case, "send_order", "2026-10-08 09:00", "clerk")
    appeals.act(off, case, "terminate", "2026-10-09 09:00", "head")
    assert titles(case) == ["Send the decision of termination"]


def test_a_withdrawal_puts_the_decision_before_the_head_and_then_its_sending_before_the_clerk(off):
    case = complaint(off, ("withdraw", "requester"))
    assert titles(case) == ["Issue the decision of termination"]
    done(off, case, "issue_termination", "2026-10-07 10:00", "head")
    assert titles(case) == ["Send the decision of termination"]
    done(off, case, "send_order", "2026-10-07 11:00", "clerk")
    assert titles(case) == []


def test_after_a_minister_no_second_complaint_is_offered_and_no_limit_for_one_runs(off):
    ministry = lives.agency("bo", "Bộ Xây dựng", "central", Agency.objects.add_root(
        instance=Agency(slug="chinh-phu", name="Chính phủ", level="central", receives=False)))  # fmt: skip
    people = {role: off.person(role, ministry, f"bo_{role}") for role in ("head", "clerk", "officer")}
    request = lives.filed(off, "2026-10-05 09:00", agency=ministry)

    def done(case, name, at, role, given, **changes):
        with lives.on(at):
            engine.fire(case, name, actor=people[role], **given(case, name, **changes))

    done(request, "refuse", "2026-10-05 10:00", "head", lives.given)
    case = appeals.lodged(request, "2026-10-06 09:00")
    for act, role in (("accept", "head"), *appeals.VERIFIED):
        done(case, act, "2026-10-07 09:00", role, appeals.given)
    done(case, "decide", "2026-10-07 10:00", "head", appeals.given, outcome="keep", conclusion="wrong")
    done(case, "send", "2026-10-07 11:00", "clerk", appeals.given)
    done(case, "record_receipt", "2026-10-09 09:00", "clerk", appeals.given)
    assert {one.rule for one in case.clocks if one.state == "running"} >= {"lawsuit"}
    assert case.clock("appeal") is None
    with lives.on("2026-10-12 09:00"):
        offers = {one.rule.name: one for one in engine.available(case, Requester(case.pk))}
    assert "LKN Đ.7 k.2" in str(offers["appeal"].refusal)
    assert offers["note_lawsuit"].allowed
