"""The extract for people: what it says, what it cannot be made to say, and that the bundle holds with it."""

import hashlib
import re
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import translation
from pypdf import PdfReader

from tests import appeals, lives
from tests.workflow.ledger import other_verifier
from workflow import clock, erasure, escalation, receipts, registry
from workflow.inspection import extract
from workflow.ledger import chain, keys, seal, verify
from workflow.models import Agency, Breach, Case, Delegation, Document, LogEntry, User

pytestmark = pytest.mark.django_db

HOSTILE = '#import "@preview/x:1" $x^2$ \\ *đậm* _x_ `raw` <nhãn> [ngoặc] #panic("x") // hết'
AT = "2026-04-10 09:00"


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    """A case accepted in time, whose explanation was let pass and signed late, with a scan."""
    found = lives.filed(office)
    lives.act(office, found, "accept", "2026-03-05 10:00", "head")
    with lives.on("2026-03-23 09:00"):
        escalation.sweep(clock.now())
    with lives.on("2026-03-27 09:00"):
        scan = ContentFile(b"%PDF-1.7 a scan", name="scan.pdf")
        answer = lives.paper(found, "T9", number="15/GT-UBND", summary="Trả lời ông An", file=scan)
        lives.engine.fire(found, "sign", actor=office.head, **lives.given(found, "sign", answer=answer))
    lives.act(office, found, "send", "2026-03-27 10:00", "clerk")
    return Case.objects.get(pk=found.pk)


def read(case, at=AT, **more):
    """Return what the extract of a case says, white space as single blanks."""
    with lives.on(at), translation.override("en"):
        made = extract.pdf(case, seal.seal(), at=clock.now(), **more)
    return text_of(made)


def text_of(pdf):
    pages = PdfReader(BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def solid(text):
    """Return a text without white space, where lines break words apart."""
    return re.sub(r"\s", "", text)


def test_it_says_who_did_what_when_by_which_power(office, case):
    text = read(case, by=office.inspector, house=office.province)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "TRÍCH LỤC NHẬT KÝ HỒ SƠ" in text
    assert office.province.name.upper() in text
    assert case.code in text
    assert "UBND xã Tân Hòa" in text
    assert "NĐ 59/2019/NĐ-CP" in text
    for said in ("Thông báo tiếp nhận", "10:00:00 05/03/2026", "Người head", "QĐ: 01/QĐ-UBND", "NĐ59 Đ.11 k.4"):
        assert said in text
    assert "Người clerk" in text
    assert "Ghi lúc: 09:00:00 23/03/2026" in text  # the alarm of 13/03 was recorded when the sweep ran
    assert "người yêu cầu giải trình" in text


def test_it_names_the_breach_with_article_days_and_who_answers(case):
    text = read(case)
    breach = Breach.objects.get(case_id=case.pk)
    assert breach.actual_on is not None
    part = text.split("4. Vi phạm thời hạn")[1].split("5. Văn bản")[0]
    assert "NĐ59 Đ.81 k.1" in part
    assert "20/03/2026" in part
    assert "27/03/2026" in part
    assert "Số ngày làm việc chậm 5" in part
    assert "Người đứng đầu: Người head" in part
    assert "đến 19/06/2026" in part
    assert "đến 18/08/2026" in part


def test_it_names_documents_scans_and_where_the_log_stood(case):
    text = read(case)
    last = LogEntry.objects.filter(chain=case.chain).order_by("-seq").first()
    checkpoint = seal.seal() or seal.Checkpoint.objects.latest("size")
    answer = Document.objects.get(number="15/GT-UBND")
    squeezed = solid(text)
    for said in (
        answer.digest,
        hashlib.sha256(b"%PDF-1.7 a scan").hexdigest(),
        last.hash,
        checkpoint.root,
        keys.public().key_id.hex(),
        receipts.code_of(last),
        f"/kiem-chung/?ma={receipts.code_of(last)}",
    ):
        assert said in squeezed
    assert "scan.pdf" in text
    assert "15/GT-UBND" in text
    assert "Điều không được chứng minh" in text
    assert "Trang 1/" in text


def test_an_alarm_that_rings_again_stands_once(case):
    repeats = LogEntry.objects.filter(chain=case.chain, transition="alarm:repeat").order_by("seq")
    first, last = repeats[0], repeats.reverse()[0]
    text = read(case)
    assert first.seq < last.seq
    assert f"{first.seq}–{last.seq} " in text
    assert f"Lặp lại {last.seq - first.seq} lần, lần cuối 00:00:00 23/03/2026" in text
    assert text.count("Đến nay vẫn chưa thực hiện.") == 1


def test_nothing_that_the_requester_said_is_in_the_timeline(case):
    text = read(case)
    for said in ("Nguyễn Văn An", "Thôn 1", "0900 000 001", "Căn cứ nào để thu hồi đất?"):
        assert said not in text


def test_a_substitute_is_named_with_principal_and_document(office):
    case = lives.filed(office)
    with lives.on("2026-03-05 10:00"):
        day = clock.legal_day(clock.now())
        stand_in = office.person("officer", office.agency, "pho")
        Delegation.objects.create(
            principal=office.head, substitute=stand_in, agency=office.agency, role="head",
            document="9/UQ-UBND", starts_on=day, ends_on=day,
        )  # fmt: skip
        lives.engine.fire(case, "accept", actor=stand_in, **lives.given(case, "accept"))
    part = read(case).split("2. Cán bộ, công chức")[1].split("3. Thời hạn")[0]
    assert "Người pho" in part
    assert "được ủy quyền bởi Người head" in part
    assert "9/UQ-UBND" in part


def test_an_own_act_is_marked(office):
    case = lives.filed(office, decision={"number": "1/QĐ", "signed_by": office.head.pk})
    own = lives.act(office, case, "accept", "2026-03-05 10:00", "head")
    text = read(Case.objects.get(pk=case.pk), "2026-03-06 09:00")
    assert own.own_act
    timeline, officials = text.split("2. Cán bộ, công chức")
    assert timeline.count("Việc của chính mình") == 1
    assert f"việc của chính mình: {own.seq}" in officials


def test_hostile_text_is_text(office, case):
    User.objects.filter(pk=office.head.pk).update(full_name=HOSTILE)
    Agency.objects.filter(pk=office.agency.pk).update(name=HOSTILE)
    with lives.on("2026-04-01 09:00"):
        lives.paper(case, "T9", number="#let x = 1", summary=HOSTILE)
    text = solid(read(case, by=User.objects.get(pk=office.head.pk)))
    assert text.count(solid(HOSTILE)) >= 4
    assert "#letx=1" in text


def test_a_log_that_does_not_hold_says_so(case):
    assert "không còn nguyên vẹn" not in read(case)
    Case.objects.filter(pk=case.pk).update(head="0" * 64)
    assert "không còn nguyên vẹn" in read(case)


def test_an_erased_case_leaves_only_what_happened(office, monkeypatch):
    procedure = registry.get("explanation")
    monkeypatch.setattr(type(procedure.model), "procedure", procedure, raising=False)
    kept = replace(procedure, retention_years=10)
    object.__setattr__(kept, "model", procedure.model)
    monkeypatch.setitem(registry._procedures, "explanation", kept)
    case = lives.filed(office)
    with lives.on("2026-03-04 09:00"):
        lives.paper(case, "T6", number="7/TB", summary="Nguyễn Văn An", file=ContentFile(b"An", name="an.pdf"))
    lives.act(office, case, "refuse", "2026-03-04 09:00", "head")
    lives.act(office, case, "close", "2026-03-05 09:00", "officer")
    assert "Nguyễn Văn An" in read(case)  # the summary of a letter
    with lives.on("2040-01-02 09:00"):
        proposal = erasure.propose(case, "retention", document="5/QĐ", reason="Hết hạn lưu.", by=office.clerk)
        erasure.confirm(proposal, by=office.head)
    text = read(case, "2040-01-03 09:00")
    for said in ("Nguyễn Văn An", "an.pdf", "Thôn 1", "Nội dung nội bộ.", "Hết hạn lưu."):
        assert said not in text
    assert "Nội dung đã được xóa theo quy định" in text
    assert "Người head" in text


def test_the_bundle_holds_with_it_and_the_log_knows_its_digest(case, tmp_path):
    path = tmp_path / "bundle.zip"
    call_command("export_log", path, case=case.code)
    assert verify.verify(path, keys.public()).failures == []
    other_verifier.verify(path, str(keys.public()), [])
    with zipfile.ZipFile(path) as bundle:
        made, note = bundle.read(extract.MEMBER), bundle.read("README.txt").decode()
    assert case.code in text_of(made)
    assert extract.MEMBER in note
    exported = LogEntry.objects.get(chain=chain.SYSTEM_CHAIN, transition="exported")
    assert exported.data["attached"] == {extract.MEMBER: hashlib.sha256(made).hexdigest()}


def test_a_bundle_of_an_agency_has_none(case, tmp_path):
    call_command("export_log", tmp_path / "bundle.zip", agency="xa-tan-hoa")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        assert extract.MEMBER not in bundle.namelist()


def test_a_complaint_has_one_as_well():
    office = appeals.Office()
    complaint = appeals.lodged(appeals.refused(office, "2026-08-03 09:00", "2026-08-04"), "2026-08-05 09:00")
    appeals.through(office, complaint, "2026-08-06 09:00", ("not_accept", "head"))
    text = read(Case.objects.get(pk=complaint.pk), "2026-08-10 09:00")
    assert complaint.code in text
    assert "09:00:00 06/08/2026" in text
    assert "3. Thời hạn" in text
