"""The citizen lodges a complaint from the page of what it attacks, follows it, and goes to the superior."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from procedures.complaint.models import FirstComplaint, SecondComplaint
from procedures.explanation.models import ExplanationRequest
from tests import appeals, lives
from tests.procedures.test_citizen_pages import DRAWN, PNG, SECRET, moment
from workflow import engine
from workflow.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client):
    """A browser that reads English."""
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def office():
    return appeals.Office()


def opened(browser, case):
    """Open a case to a browser by its code and secret."""
    Case.objects.filter(pk=case.pk).update(secret_hash=engine.hash_secret(SECRET))
    response = browser.post("/theo-doi/", {"code": case.code.lower().replace("-", " "), "secret": SECRET})
    assert response["Location"] == f"/ho-so/{case.code}/"
    return browser


def page_of(browser, case):
    response = browser.get(f"/ho-so/{case.code}/khieu-nai/")
    assert response.status_code == 200
    return response.content.decode()


def typed(page, **changes):
    """Return the form as a browser sends it: what is filled in, and what the citizen adds."""
    known = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    known |= dict(re.findall(r'name="(\w+)" value="([^"]*)"[^>]*checked', page))
    known.pop("csrfmiddlewaretoken", None)
    return {
        **known, "content": "Việc từ chối không có căn cứ.", "demand_1": "Hủy thông báo từ chối.",
        "id_number": "000000000001", "signature_drawing": DRAWN, "confirmed": "on", **changes,
    }  # fmt: skip


def test_what_is_known_is_filled_in_with_addressee_and_limit(browser, office):
    request = appeals.refused(office, "2026-10-05 09:00", received="2026-10-06")
    with lives.on("2026-10-07 09:00"):
        page = page_of(opened(browser, request), request)
    assert "UBND xã Tân Hòa" in page
    assert "Monday 04/01/2027" in page
    assert 'value="2026-10-06"' in page
    assert 'value="Nguyễn Văn An"' in page
    assert re.search(r'value="refusal"[^>]*checked', page)


def test_a_complaint_is_lodged_once_with_its_papers_and_moves_the_request(browser, office):
    request = appeals.refused(office, "2026-10-05 09:00", received="2026-10-06")
    with lives.on("2026-10-07 09:00"):
        page = page_of(opened(browser, request), request)
        for _ in range(2):
            scan = SimpleUploadedFile("anh.png", PNG, "image/png")
            response = browser.post(f"/ho-so/{request.code}/khieu-nai/", typed(page, attachments=[scan]))
            assert response["Location"] == "/yeu-cau/da-nhan/"
        receipt = browser.get("/yeu-cau/da-nhan/").content.decode()
    (case,) = FirstComplaint.objects.all()
    assert case.code in receipt
    assert (case.object, case.late, case.known_on.isoformat(), case.signature) == (
        "refusal",
        False,
        "2026-10-06",
        "drawn",
    )
    assert sorted(case.documents.values_list("kind", flat=True)) == ["attachment", "signature"]
    assert ExplanationRequest.objects.get(pk=request.pk).state == "appealed"


def test_a_refused_complaint_says_why_and_keeps_what_was_typed(browser, office):
    request = lives.filed(office, "2026-10-05 09:00")
    with lives.on("2026-10-06 09:00"):
        page = page_of(opened(browser, request), request)
        given = typed(page, object="procedure", known_on="2026-10-07")
        response = browser.post(f"/ho-so/{request.code}/khieu-nai/", given)
    assert response.status_code == 422
    assert "This day has not come yet" in response.content.decode()
    assert "Việc từ chối không có căn cứ." in response.content.decode()
    assert not FirstComplaint.objects.exists()


def test_a_late_complaint_is_warned_of_and_still_taken(browser, office):
    request = appeals.refused(office, "2026-03-03 10:00", received="2026-03-05")
    with lives.on("2026-07-01 09:00"):
        page = page_of(opened(browser, request), request)
        assert "Wednesday 03/06/2026" in page
        assert "This day has passed" in page
        path = f"/ho-so/{request.code}/khieu-nai/"
        refused = browser.post(path, typed(page))
        assert "the time limit ended on 03/06/2026" in refused.content.decode()
        assert browser.post(path, typed(page, late_reason="Tôi nằm viện.")).status_code == 302
    assert FirstComplaint.objects.get().late


def test_the_page_of_a_complaint_shows_what_it_attacks_and_what_can_be_done(browser, office):
    request = appeals.refused(office, "2026-10-05 09:00")
    case = appeals.lodged(request, "2026-10-05 10:00")
    with lives.on("2026-10-05 11:00"):
        page = opened(browser, case).get(f"/ho-so/{case.code}/").content.decode()
        assert request.code in page
        assert "Complaint lodged" in page
        seen = moment(browser, case, "withdraw_part")
        given = {"moment": seen, "numbers": ["2"]}
        assert browser.post(f"/ho-so/{case.code}/withdraw_part/", given).status_code == 302
    assert FirstComplaint.objects.get().open_demands == [1]


def test_the_second_complaint_goes_to_the_superior_from_the_page_of_the_first(browser, office):
    request = appeals.refused(office, "2026-10-05 09:00")
    first = appeals.lodged(request, "2026-10-05 10:00")
    appeals.through(office, first, "2026-10-06 09:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(office, first, "decide", "2026-10-07 09:00", "head", outcome="keep", conclusion="wrong")
    appeals.act(office, first, "send", "2026-10-08 09:00", "clerk")
    with lives.on("2026-10-09 09:00"):
        page = opened(browser, first).get(f"/ho-so/{first.code}/appeal/", follow=True).content.decode()
        assert "UBND tỉnh An Bình" in page
        assert "The first decision" in page
        given = typed(page)
        assert browser.post(f"/ho-so/{first.code}/khieu-nai/", given)["Location"] == "/yeu-cau/da-nhan/"
    second = SecondComplaint.objects.get()
    assert (second.agency, second.earlier_id, second.attacked_id) == (office.province, first.pk, request.pk)
    assert FirstComplaint.objects.get().appealed


def test_a_stranger_sees_neither_the_form_nor_the_complaint(browser, office):
    request = appeals.refused(office, "2026-10-05 09:00")
    case = appeals.lodged(request, "2026-10-05 10:00")
    for path in (f"/ho-so/{request.code}/khieu-nai/", f"/ho-so/{case.code}/khieu-nai/", f"/ho-so/{case.code}/"):
        assert browser.get(path).status_code == 404


# the office ------------------------------------------------------------------------------------------------------


def test_the_office_works_on_a_complaint_through_its_own_pages(client, office):
    client.cookies["django_language"] = "en"
    case = appeals.lodged(appeals.refused(office, "2026-10-05 09:00"), "2026-10-05 10:00")
    client.force_login(office.head)
    path = f"/van-phong/ho-so/{case.code}/"
    with lives.on("2026-10-06 09:00"):
        page = client.get(path).content.decode()
        assert "Người head" in page
        assert "it is shown as such" in page
        for act in ("accept", "not_accept"):
            assert client.get(f"{path}{act}/").status_code == 200, act
        form = {
            "contents-received": "05/10/2026", "contents-accepted": "", "notice-number": "01/TB",
            "notice-dated_on": "2026-10-06", "notice-summary": "", "notice-body": "",
        }  # fmt: skip
        refused = client.post(f"{path}accept/", form)
        assert refused.status_code == 422
        assert client.post(f"{path}accept/", {**form, "contents-accepted": "Toàn bộ."}).status_code == 302
        assert FirstComplaint.objects.get().state == "accepted"
        assert "Người officer" in client.get(f"{path}verify/").content.decode()
