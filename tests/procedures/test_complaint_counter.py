"""A complaint that came on paper or was made in person, as the counter of who settles it registers it."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from notifications import fanout
from notifications.models import Notice
from procedures.complaint.models import FirstComplaint, SecondComplaint
from procedures.complaint.words import OBJECTS
from tests import appeals, lives
from workflow import clock, engine
from workflow.models import Document, LogEntry

pytestmark = pytest.mark.django_db

PAGE = "/van-phong/moi/ve-ho-so/"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def off():
    return appeals.Office()


@pytest.fixture(autouse=True)
def today():
    with lives.on("2026-10-20 09:00"):
        yield


def scan(name="don.pdf"):
    return SimpleUploadedFile(name, PDF, "application/pdf")


def given(off, **changes):
    """Return what a receiver types for a complete paper complaint."""
    return {
        "agency": off.agency.pk, "channel": "written", "arrived_on": "2026-10-19", "kind": "person", "name": "Nguyễn Văn An",
        "address": "Thôn 1, xã Tân Hòa", "id_number": "000000000001", "object": "refusal", "content": "Từ chối trái luật.",
        "demand_1": "Hủy thông báo từ chối.", "signature": "paper", "scan": scan(), **changes,
    }  # fmt: skip


def at(client, user, case, data=None):
    """Return the counter's page about a case, or what it answers to a form, for a person."""
    client.force_login(user)
    path = f"{PAGE}?ho-so={case.code}"
    return client.get(path) if data is None else client.post(path, data)


def test_a_paper_complaint_is_registered_with_its_papers_and_moves_the_request(client, off):
    request = appeals.refused(off, "2026-10-05 09:00")
    data = given(off, once="abc", attachments=[scan("giay-uy-quyen.pdf"), scan("bang-chung.pdf")])
    first = at(client, off.receiver, request, data)
    assert first.status_code == 302, first.context["form"].errors
    assert at(client, off.receiver, request, given(off, once="abc")).url == first.url
    case = FirstComplaint.objects.get()
    assert (case.state, case.channel, case.attacked_id, case.late) == ("lodged", "written", request.pk, False)
    assert clock.legal_day(case.opened_at) == date(2026, 10, 19)
    assert case.clock("accept").due_on == date(2026, 10, 28)
    assert sorted(case.documents.values_list("kind", flat=True)) == ["attachment", "attachment", "petition"]
    record = case.documents.get(kind="petition")
    assert all(paper.digest in record.body for paper in case.documents.filter(kind="attachment"))
    entry = LogEntry.objects.get(chain=case.chain)
    assert (entry.actor, entry.on_behalf_of) == (f"user:{off.receiver.pk}", "requester")
    assert type(request).objects.get().state == "appealed"
    receipt = client.get(first.url)
    assert engine.hash_secret(receipt.context["secret"]) == case.secret_hash
    assert "Khiếu nại lần đầu" in receipt.content.decode()
    assert client.get(f"/van-phong/ho-so/{case.code}/").context["about"] == OBJECTS["refusal"]


def test_what_the_complainant_brought_is_no_notice_that_the_office_owes_them(client, off):
    request = appeals.refused(off, "2026-10-05 09:00")
    assert at(client, off.receiver, request, given(off)).status_code == 302
    while fanout.fan_out(clock.now()):
        pass
    assert set(Notice.objects.values_list("act", flat=True)) == {"refuse"}


def test_what_is_said_in_person_is_complete_and_has_its_signed_record(client, off):
    request = appeals.refused(off, "2026-10-05 09:00")
    lacking = at(client, off.receiver, request, given(off, channel="in_person", demand_1="", content="Tôi nói."))
    assert lacking.status_code == 422
    assert "LKN Đ.8 k.2" in lacking.content.decode()
    assert "Tôi nói." in lacking.content.decode()
    assert not Document.objects.filter(kind="record").exists()
    done = at(client, off.receiver, request, given(off, channel="in_person", signature="fingerprint"))
    assert done.status_code == 302
    assert FirstComplaint.objects.get().documents.get().kind == "record"


def test_a_paper_complaint_that_lacks_things_is_registered_as_it_came(client, off):
    request = appeals.refused(off, "2026-10-05 09:00")
    data = given(off, name="", id_number="", demand_1="", content="", signature="")
    done = at(client, off.receiver, request, data)
    assert done.status_code == 302, done.context["form"].errors
    missing = FirstComplaint.objects.get().missing
    assert set(missing) == {"name", "id_number", "content", "demands", "signature"}


def test_a_late_complaint_about_a_closed_file_is_registered_with_its_reason(client, off):
    request = appeals.refused(off, "2026-05-04 09:00", "2026-05-05")
    lives.act(off, request, "close", "2026-05-06 09:00", "officer")
    page = at(client, off.receiver, request)
    assert "03/08/2026" in page.content.decode()
    bare = at(client, off.receiver, request, given(off, known_on="2026-05-05"))
    assert bare.status_code == 422
    assert "Từ chối trái luật." in bare.content.decode()
    data = given(off, known_on="2026-05-05", late_reason="Nằm viện.")
    assert at(client, off.receiver, request, data).status_code == 302
    case = FirstComplaint.objects.get()
    assert (case.late, type(request).objects.get().state) == (True, "appealed")


def test_who_speaks_for_the_complainant_and_who_forwarded_it_is_kept(client, off):
    request = appeals.refused(off, "2026-10-05 09:00")
    data = given(
        off, speaker="Lê Thị Bé", speaker_kind="authorised", papers="Giấy ủy quyền 12", proxy="certified", sender_kind="front",
    )  # fmt: skip
    assert at(client, off.clerk, request, data).status_code == 302
    case = FirstComplaint.objects.get()
    assert case.requester["representative"] == {"name": "Lê Thị Bé", "kind": "authorised", "papers": "Giấy ủy quyền 12"}
    assert (case.proxy, case.sender) == ("certified", {"kind": "front", "name": ""})
    nameless = at(client, off.clerk, request, given(off, sender_kind="body"))
    assert "sender_name" in nameless.context["form"].errors


def decided(off):
    """Return a first complaint that was dismissed and sent."""
    first = appeals.lodged(appeals.refused(off, "2026-10-05 09:00"), "2026-10-06 09:00")
    appeals.through(off, first, "2026-10-07 09:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(off, first, "decide", "2026-10-08 09:00", "head", outcome="keep", conclusion="wrong")
    appeals.act(off, first, "send", "2026-10-08 10:00", "clerk")
    return first


def test_the_second_complaint_is_registered_at_the_counter_of_the_superior_alone(client, off):
    first = decided(off)
    here = at(client, off.receiver, first)
    assert (here.status_code, first.requester["name"] in here.content.decode()) == (404, False)
    above = at(client, off.above["receiver"], first)
    assert above.status_code == 200
    assert first.requester["name"] not in above.content.decode(), "the superior does not read the first file yet"
    done = at(client, off.above["receiver"], first, given(off, agency=off.province.pk, object=""))
    assert done.status_code == 302, done.context["form"].errors
    second = SecondComplaint.objects.get()
    assert (second.earlier_id, second.agency_id, second.object) == (first.pk, off.province.pk, "refusal")
    assert type(first).objects.get().appealed


def test_a_code_of_nothing_and_a_code_of_elsewhere_are_answered_alike(client, off):
    request = appeals.refused(off, "2026-10-05 09:00")
    client.force_login(off.above["receiver"])
    unknown = client.get(f"{PAGE}?ho-so=GT-2222-2222")
    elsewhere = client.get(f"{PAGE}?ho-so={request.code}")
    said = [page.content.decode().partition("<main")[2].partition("</main")[0] for page in (unknown, elsewhere)]
    assert (unknown.status_code, elsewhere.status_code) == (404, 404)
    assert said[0] == said[1].replace(request.code, "GT-2222-2222")


def test_the_page_of_a_case_leads_to_the_counter_where_a_complaint_is_possible(client, off):
    client.force_login(off.receiver)
    complained = appeals.lodged(appeals.refused(off, "2026-10-05 09:00"), "2026-10-06 09:00").attacked
    for request, leads in ((appeals.refused(off, "2026-10-05 09:00"), True), (complained, False)):
        text = client.get(f"/van-phong/ho-so/{request.code}/").content.decode()
        assert (f"{PAGE}?ho-so={request.code}" in text) is leads
        assert 'data-paper="complain"' not in text
