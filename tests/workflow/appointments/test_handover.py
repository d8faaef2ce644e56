"""Handing over everything a person holds: in one act, with an entry each, or not at all."""

from datetime import date

import pytest

from tests import lives
from workflow import appointments, office, permissions
from workflow.appointments import errors, holdings
from workflow.ledger import audit
from workflow.models import Appointment, Case, Delegation, LogEntry, User

pytestmark = pytest.mark.django_db
D = date.fromisoformat
NOW = "2026-10-07 09:00"


@pytest.fixture
def off():
    """An office where the case officer handles a case, drafts, and stands in for the head."""
    off = lives.Office()
    off.keeper = off.person("administrator", off.province, "keeper")
    off.newcomer = User.objects.create(username="newcomer", full_name="Lê Thị Mới")
    off.case = lives.brought(off, "accepted", "2026-10-05 09:00")
    other = lives.filed(
        off, "2026-10-05 10:00", requester={**lives.filing(off.agency)["requester"], "name": "Lê Văn Chín"}
    )
    lives.act(off, other, "accept", "2026-10-06 09:00", "explainer")
    with lives.on(NOW):
        task = next(one for one in office.open_tasks(off.case) if one.flow_task.name == "assign")
        office.complete(task, off.head, {"handler": off.officer, "departments": [], "asked": ""})
        appointments.delegate(
            off.head, off.officer, off.agency, "head",
            by=off.head, document="5/UQ", starts_on=D("2026-10-07"), ends_on=D("2026-10-30"),
        )  # fmt: skip
        yield off


def hand_over(off, person=None, *, by=None, worker=None, successor=None, **how):
    person, by = person or off.officer, by or off.keeper
    own = Appointment.objects.filter(user=person)
    how = {"decision": "20/QĐ-UBND", "from_on": D("2026-10-08"), **how}
    followers = {one.pk: successor for one in own} if successor else {}
    paths = permissions.administered(by, lives.local(NOW))
    return appointments.hand_over(person, by=by, paths=paths, successors=followers, worker=worker, **how)


def drafting(off):
    return next(one for one in office.open_tasks(off.case) if one.flow_task.name == "draft")


def test_everything_is_listed_before(off):
    held = holdings.of(off.officer, [off.province.path], lives.local(NOW))
    assert [one.role for one in held.appointments] == ["officer"]
    assert [one.role for one in held.lent] == ["head"]
    assert [one.code for one in held.cases] == [off.case.code]
    assert [one.flow_task.name for one in held.tasks] == ["draft"]
    assert held.elsewhere == 0
    outside = holdings.of(off.officer, [off.other.path], lives.local(NOW))
    assert outside.empty
    assert outside.elsewhere == 4


def test_letters_that_wait_for_the_office_are_listed(off):
    lives.filed(off, NOW)
    held = holdings.of(off.head, [off.province.path], lives.local(NOW))
    assert [one.flow_task.name for one in held.letters] == ["check"]
    assert [one.substitute for one in held.given] == [off.officer]


def test_everything_moves_in_one_act(off):
    moved = hand_over(off, successor=off.newcomer, worker=off.newcomer)
    assert (moved.appointments, moved.delegations, moved.cases, moved.tasks, moved.queued) == (1, 1, 1, 1, 0)
    old, new = Appointment.objects.get(user=off.officer), Appointment.objects.get(user=off.newcomer)
    assert (old.ends_on, old.end_decision) == (D("2026-10-07"), "20/QĐ-UBND")
    assert (new.role, new.agency, new.starts_on, new.ends_on) == ("officer", off.agency, D("2026-10-08"), None)
    assert Delegation.objects.get().ends_on == D("2026-10-07")
    assert Case.objects.get(pk=off.case.pk).handler == off.newcomer
    assert drafting(off).owner == off.newcomer
    names = [one.transition for one in LogEntry.objects.filter(chain="agency:xa-tan-hoa").order_by("seq")]
    assert names[-6:] == [
        "appointed", "delegation_ended", "appointment_ended", "reassigned", "reassigned", "handed_over"
    ]  # fmt: skip
    assert audit.check().failures == []
    with lives.on("2026-10-08 00:00"):
        assert holdings.of(off.officer, [off.province.path], lives.local("2026-10-08 00:00")).empty
        office.complete(drafting(off), off.newcomer, {"legal_basis": "Luật", "answers": [], "session": ""})


def test_work_that_nobody_takes_over_waits_in_the_queue(off):
    moved = hand_over(off)
    assert moved.queued == 1
    assert Case.objects.get(pk=off.case.pk).handler is None
    assert drafting(off).owner is None


def test_a_task_that_the_worker_may_not_do_waits_in_the_queue(off):
    hand_over(off, worker=off.clerk)
    assert Case.objects.get(pk=off.case.pk).handler == off.clerk
    assert drafting(off).owner is None


def test_the_draft_finds_the_handler_of_that_day(off):
    """A case that is handed over while departments are asked: its draft goes to the new handler."""
    case = lives.brought(off, "accepted", "2026-10-06 09:00", requester=lives.filing(off.agency)["requester"])
    room = lives.agency("phong", "Phòng", "department", off.agency)
    expert = off.person("officer", room, "expert")
    task = next(one for one in office.open_tasks(case) if one.flow_task.name == "assign")
    office.complete(task, off.head, {"handler": off.officer, "departments": [room], "asked": "?"})
    hand_over(off, successor=off.newcomer, worker=off.newcomer)
    with lives.on("2026-10-08 09:00"):
        office.complete(office.open_tasks(case)[0], expert, {"opinion": "Đồng ý."})
    assert [(one.flow_task.name, one.owner) for one in office.open_tasks(case)] == [("draft", off.newcomer)]


REFUSED = (
    (errors.DecisionMissing, lambda o: hand_over(o, decision=" ")),
    (errors.NothingHeld, lambda o: hand_over(o, o.newcomer)),
    (errors.NothingHeld, lambda o: hand_over(o, by=o.stranger)),
    (errors.SelfAppointment, lambda o: hand_over(o, successor=o.keeper)),
    (errors.NoPostThere, lambda o: hand_over(o, worker=o.stranger)),
    (errors.UsedLater, lambda o: hand_over(o, o.explainer, from_on=D("2026-10-06"))),
)


@pytest.mark.parametrize(("error", "tried"), REFUSED)
def test_a_refused_handover_moves_nothing(off, error, tried):
    def everything():
        powers = (list(model.objects.order_by("pk").values()) for model in (Appointment, Delegation, Case))
        return list(powers), drafting(off).owner, LogEntry.objects.exclude(chain="security").count()

    before = everything()
    with pytest.raises(error):
        tried(off)
    assert everything() == before
    refused = LogEntry.objects.filter(chain="security").latest("seq")
    assert (refused.transition, refused.data["refused"], refused.data["why"]) == (
        "refused",
        "hand_over",
        error.__name__,
    )


def test_on_the_page(client, off):
    client.force_login(off.keeper)
    client.cookies["django_language"] = "en"
    address = f"/quan-tri/ban-giao/{off.officer.pk}/"
    assert client.get("/quan-tri/ban-giao/", {"person": "officer"})["Location"] == address
    page = client.get(address).content.decode()
    assert off.case.code in page
    own = Appointment.objects.get(user=off.officer)
    said = {f"successor-{own.pk}": "newcomer", "worker": "newcomer", "decision": "", "from_on": "2026-10-08"}
    answer = client.post(address, said)
    assert answer.status_code == 422
    assert 'value="newcomer"' in answer.content.decode()
    answer = client.post(address, said | {"decision": "20/QĐ"}, follow=True)
    assert "Handed over: appointments 1, delegations 1, cases 1, tasks 1." in answer.content.decode()
    assert "ends tonight" in client.get(address).content.decode()
    with lives.on("2026-10-08 00:00"):
        assert "There is nothing to hand over" in client.get(address).content.decode()
