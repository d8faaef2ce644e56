"""A complaint's file is erased like a request's, and keeps that of what it is about as long as it runs."""

from dataclasses import replace

import pytest
from django.utils import translation

from tests import appeals, crowds, lives
from workflow import clock, erasure, registry
from workflow.ledger import chain
from workflow.models import Case, LogEntry

pytestmark = pytest.mark.django_db
LATER = "2040-01-02 09:00"


@pytest.fixture(autouse=True)
def _kept_ten_years(monkeypatch):
    for name in ("explanation", "complaint"):
        procedure = registry.get(name)
        kept = replace(procedure, retention_years=10)
        object.__setattr__(kept, "model", procedure.model)
        monkeypatch.setitem(registry._procedures, name, kept)
    with translation.override("en"):
        yield


@pytest.fixture
def office():
    return appeals.Office()


@pytest.fixture
def complaint(office):
    """A complaint that was not accepted, and whose file is closed."""
    request = appeals.refused(office, "2026-08-03 09:00", "2026-08-04")
    found = appeals.lodged(request, "2026-08-05 09:00")
    appeals.through(office, found, "2026-08-06 09:00", ("not_accept", "head"), ("send_notice_copies", "clerk"))
    return appeals.through(office, found, "2026-08-07 09:00", ("close", "officer"))


def why(case, at=LATER, ground="retention"):
    with lives.on(at):
        return " ".join(str(one) for one in erasure.blocks(Case.objects.get(pk=case.pk), ground, clock.legal_day(clock.now())))  # fmt: skip


def erased(office, case, at=LATER):
    with lives.on(at):
        proposal = erasure.propose(case, "retention", document="5/QĐ", reason="Hết hạn lưu.", by=office.clerk)
        return erasure.confirm(proposal, by=office.head)


def test_what_a_complainant_said_is_gone_and_the_chain_holds(office, complaint):
    erased(office, Case.objects.get(pk=complaint.pk))
    left = type(complaint).objects.get(pk=complaint.pk)
    assert (left.requester["name"], left.id_number, left.content) == ("", "", "")
    assert [demand["text"] for demand in left.demands] == ["", ""]
    assert chain.verify_case(left) == []


def test_a_lawsuit_keeps_it(office, complaint):
    assert why(complaint) == ""
    appeals.act(office, complaint, "note_lawsuit", "2026-08-10 09:00", "clerk")
    assert "lawsuit" in why(complaint)
    assert "lawsuit" in why(complaint.attacked)


def test_a_complaint_that_runs_keeps_what_it_is_about(office):
    request = appeals.refused(office, "2026-08-03 09:00", "2026-08-04")
    lives.act(office, request, "close", "2026-08-05 09:00", "officer")
    assert why(request) == ""
    running = appeals.lodged(Case.objects.get(pk=request.pk), "2026-08-06 09:00")
    assert f"complaint {running.code} about it is still open" in why(request)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_file_is_never_erased_under_a_complaint_that_is_just_lodged(office):
    request = appeals.refused(office, "2026-08-03 09:00", "2026-08-04")
    lives.act(office, request, "close", "2026-08-05 09:00", "officer")
    with lives.on(LATER):
        proposal = erasure.propose(request, "retention", document="5/QĐ", reason="Hết hạn lưu.", by=office.clerk)
    erasing = [lambda: erasure.confirm(proposal, by=office.head) for _ in range(5)]
    lodging = [lambda: appeals.lodged(request, LATER, late_reason="Ốm.") for _ in range(5)]
    answers = crowds.at_once([*erasing, *lodging], LATER)
    assert not [one for one in answers if not isinstance(one, LogEntry | Case | erasure.CannotErase)]
    told = LogEntry.objects.filter(chain=request.chain, at__gte=lives.local(LATER)).order_by("seq")
    assert list(told.values_list("transition", flat=True)) in (["complain"], ["erased", "complain"])
    assert all(chain.verify_case(case) == [] for case in Case.objects.all())
