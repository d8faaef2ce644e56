"""Erasing what a case says of people: by two persons, when nothing needs it, and every proof still verifies."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.utils import translation

from notifications.models import Channel, Message
from tests import lives
from workflow import clock, documents, erasure, escalation, registry
from workflow.documents import is_intact
from workflow.ledger import chain
from workflow.models import Breach, Case, Disclosure, Document, Erasure, LogEntry

pytestmark = pytest.mark.django_db

TEXTS = ("Nguyễn Văn An", "Thôn 1, xã Tân Hòa", "0900 000 001", "Căn cứ nào để thu hồi đất?", "Nội dung nội bộ.")
LATER = "2040-01-02 09:00"


@pytest.fixture(autouse=True)
def _kept_ten_years(monkeypatch):
    procedure = registry.get("explanation")
    monkeypatch.setattr(type(procedure.model), "procedure", procedure, raising=False)
    kept = replace(procedure, retention_years=10)
    object.__setattr__(kept, "model", procedure.model)
    monkeypatch.setitem(registry._procedures, "explanation", kept)
    with translation.override("en"):
        yield


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    """A case refused in time and closed, with a scan on file."""
    found = lives.filed(office)
    with lives.on("2026-03-04 09:00"):
        documents.issue(
            case=found, kind="T6", dated_on=date(2026, 3, 4), number="7/TB", summary="Nguyễn Văn An",
            body="Thôn 1, xã Tân Hòa", file=ContentFile(b"Nguyen Van An", name="scan.pdf"),
        )  # fmt: skip
    lives.act(office, found, "refuse", "2026-03-04 09:00", "head")
    lives.act(office, found, "close", "2026-03-05 09:00", "officer")
    return Case.objects.get(pk=found.pk)


def erased(office, case, at=LATER, ground="retention"):
    with lives.on(at):
        proposal = erasure.propose(case, ground, document="5/QĐ", reason="Hết hạn lưu.", by=office.clerk)
        return erasure.confirm(proposal, by=office.head)


def everything():
    """Return all that the database says, but for accounts and decided proposals."""
    from django.apps import apps

    rows = []
    for model in apps.get_models():
        if model._meta.label not in ("workflow.Erasure", "workflow.Disclosure", "workflow.LogEntry"):
            rows += [json.dumps(list(map(str, row)), ensure_ascii=False) for row in model.objects.values_list()]
    rows += list(Disclosure.objects.values_list("value", flat=True))
    return "\n".join(rows)


def test_nothing_that_a_person_said_is_left_and_everything_verifies(office, case):
    assert all(text in everything() for text in TEXTS)
    paper = case.documents.get(number="7/TB")
    stored, storage = paper.file.name, paper.file.storage
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        entry = erased(office, case)
    left = everything()
    assert [text for text in TEXTS if text in left] == []
    assert not storage.exists(stored)
    paper.refresh_from_db()
    assert (paper.number, paper.summary, paper.body, bool(paper.file)) == ("7/TB", "", "", False)
    assert is_intact(paper)
    assert entry.transition == "erased"
    assert entry.data["ground"] == "retention"
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []
    assert erasure.erased_on(case) == date(2040, 1, 2)


def test_officials_still_answer_by_name(office, case):
    erased(office, case)
    names = Disclosure.objects.filter(name="actor_name").values_list("value", flat=True)
    assert '"Người head"' in names


def test_a_scan_that_another_case_has_too_stays(office, case):
    paper = case.documents.get(number="7/TB")
    other = lives.filed(office, "2026-03-10 09:00")
    with lives.on("2026-03-10 09:00"):
        copy = documents.issue(
            case=other, kind="T6", dated_on=date(2026, 3, 4), file=ContentFile(b"Nguyen Van An", name="scan.pdf")
        )
    Document.objects.filter(pk=copy.pk).update(file=paper.file.name)
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        erased(office, case)
    assert paper.file.storage.exists(paper.file.name)


def test_messages_keep_that_they_were_sent_and_nothing_else(office, case):
    told = Message.objects.create(
        entry_id=1, case_id=case.pk, channel=Channel.MAIL, recipient="an@example.vn", subject="Về việc của ông An",
        body="Nguyễn Văn An", due_at=clock.now(), next_try_at=clock.now(),
    )  # fmt: skip
    erased(office, case)
    told.refresh_from_db()
    assert (told.recipient, told.subject, told.body) == (f"erased:{told.pk}", "", "")


# what keeps it -----------------------------------------------------------------------------------------------------


def why(case, at=LATER, ground="retention"):
    with lives.on(at):
        return " ".join(str(one) for one in erasure.blocks(case, ground, clock.legal_day(clock.now())))


def test_an_open_case_stays(office):
    assert "not closed" in why(lives.filed(office))


def test_the_years_must_have_passed_unless_a_lawful_request_asks(case):
    assert "kept until 05/03/2036" in why(case, "2036-03-04 09:00")
    assert why(case, "2036-03-05 09:00") == ""
    assert "kept until" not in why(case, "2036-03-04 09:00", "request")


def test_without_a_period_nothing_is_erased(case, monkeypatch):
    object.__setattr__(registry.get("explanation"), "retention_years", None)
    assert "retention_years" in why(case)
    assert "retention_years" in why(case, ground="request")


def test_who_may_still_complain_keeps_it(office):
    case = lives.filed(office)
    lives.act(office, case, "refuse", "2026-03-04 09:00", "head")
    lives.act(office, case, "record_receipt", "2026-03-05 09:00", "clerk")
    lives.act(office, case, "close", "2026-03-06 09:00", "officer")
    assert "may complain until" in why(case, "2026-04-01 09:00", "request")
    assert why(case, "2026-08-01 09:00", "request") == ""


def test_a_hold_keeps_it_until_an_inspector_releases_it(office, case):
    with lives.on("2026-05-04 09:00"):
        held = erasure.hold(case, document="9/QĐ-TTr", reason="Thanh tra đột xuất.", by=office.inspector)
    assert "9/QĐ-TTr" in why(case)
    with pytest.raises(erasure.CannotErase, match="9/QĐ-TTr"):
        erased(office, case)
    with lives.on(LATER):
        erasure.release(held, by=office.inspector)
        erasure.release(held, by=office.inspector)
    assert why(case) == ""
    events = LogEntry.objects.filter(chain="agency:xa-tan-hoa", transition__in=("held", "released"))
    assert [one.transition for one in events.order_by("seq")] == ["held", "released"]


def test_an_open_breach_and_a_running_limit_of_discipline_keep_it(office):
    from workflow import breaches

    case = lives.filed(office)
    with lives.on("2026-03-20 09:00"):
        escalation.sweep(clock.now())
    breaches.read_log()
    assert "still open" in why(case)
    lives.act(office, case, "refuse", "2026-03-20 10:00", "head")
    lives.act(office, case, "close", "2026-03-23 10:00", "officer")
    breaches.read_log()
    assert Breach.objects.get().actual_on == date(2026, 3, 20)
    assert "may be disciplined until" in why(case, "2026-04-01 09:00", "request")
    assert why(case) == ""


# who and how -------------------------------------------------------------------------------------------------------


def test_one_person_is_not_enough_and_a_stranger_is_nobody(office, case):
    with lives.on(LATER):
        proposal = erasure.propose(case, "retention", document="5/QĐ", reason="Hết hạn.", by=office.clerk)
        for person in (office.clerk, office.stranger, office.inspector, office.administrator):
            with pytest.raises(erasure.CannotErase):
                erasure.confirm(proposal, by=person)
        with pytest.raises(erasure.CannotErase):
            erasure.propose(case, "retention", document="5/QĐ", reason="Hết hạn.", by=office.head)
        erasure.decline(proposal, by=office.head)
        with pytest.raises(erasure.CannotErase):
            erasure.confirm(proposal, by=office.head)
    assert not Disclosure.objects.filter(value="").exists()
    assert Erasure.objects.get().state == "declined"


def test_the_page_of_the_office(client, office, case):
    url = f"/van-phong/ho-so/{case.code}/xoa-du-lieu/"

    def page(user, at=LATER, **data):
        client.force_login(user)
        client.cookies["django_language"] = "en"
        with lives.on(at):
            return client.post(url, data) if data else client.get(url)

    given = {"ground": "retention", "document": "5/QĐ", "reason": "Hết hạn lưu."}
    refused = page(office.clerk, "2030-01-02 09:00", **given)
    assert refused.status_code == 422
    assert "5/QĐ" in refused.content.decode()  # nothing that was typed is lost
    assert page(office.clerk, **given).status_code == 302
    assert "Confirm: erase for ever" not in page(office.clerk).content.decode()
    assert "Confirm: erase for ever" in page(office.head).content.decode()
    assert page(office.head, confirm="1").status_code == 302
    assert "was erased on" in page(office.head).content.decode()
    for user in (office.stranger, office.inspector, office.officer, office.administrator):
        assert page(user).status_code == 404


def test_the_inspector_keeps_a_case_from_the_page(client, office, case):
    client.force_login(office.inspector)
    url = f"/thanh-tra/ho-so/{case.code}/giu/"
    client.post(url, {"document": "", "reason": "x"})
    assert not case.holds.exists()
    client.post(url, {"document": "9/QĐ-TTr", "reason": "Thanh tra."})
    held = case.holds.get()
    assert client.get(f"/thanh-tra/ho-so/{case.code}/").status_code == 200
    client.force_login(office.head)
    assert client.post(url, {"release": held.pk}).status_code == 403
    client.force_login(office.inspector)
    client.post(url, {"release": held.pk})
    held.refresh_from_db()
    assert held.released_by == office.inspector


def test_every_page_of_an_erased_case_still_opens(client, office, case):
    erased(office, case)
    client.force_login(office.head)
    assert client.get(f"/van-phong/ho-so/{case.code}/").status_code == 200
    client.force_login(office.inspector)
    assert client.get(f"/thanh-tra/ho-so/{case.code}/").status_code == 200
