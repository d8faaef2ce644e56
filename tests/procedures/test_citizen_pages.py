"""The citizen's pages: file, get a receipt, follow, act; whatever is typed wrongly, nothing that was typed is lost."""

import base64
import re
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from procedures.explanation.models import ExplanationRequest
from procedures.explanation.views import access, filing
from tests import lives
from workflow import engine
from workflow.ledger import chain
from workflow.models import Document, LogEntry

pytestmark = pytest.mark.django_db

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DRAWN = "data:image/png;base64," + base64.b64encode(PNG).decode()
SECRET = "AAAA-BBBB-CCCC-DDDD"


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def browser(client):
    """A browser that reads English, so that sentences are asserted in the language of the code."""
    client.cookies["django_language"] = "en"
    return client


def typed(browser, office, **changes):
    """Return a complete form as a browser sends it."""
    page = browser.get("/yeu-cau/moi/").content.decode()
    form = {
        "agency": str(office.agency.pk),
        "kind": "person",
        "name": "Nguyễn Văn An",
        "address": "Thôn 1, xã Tân Hòa",
        "phone": "0900 000 001",
        "question_1": "Căn cứ nào để thu hồi đất?",
        "types_1": ["legal_basis"],
        "count": "1",
        "token": re.search(r'name="token" value="([0-9a-f]{32})"', page)[1],
        "signature_drawing": DRAWN,
        "confirmed": "on",
    }
    return {name: value for name, value in {**form, **changes}.items() if value is not None}


def opened(browser, case):
    """Open a case to a browser by its code and secret."""
    ExplanationRequest.objects.filter(pk=case.pk).update(secret_hash=engine.hash_secret(SECRET))
    response = browser.post("/theo-doi/", {"code": case.code, "secret": SECRET})
    assert response["Location"] == f"/ho-so/{case.code}/"
    return browser


def moment(browser, case, act):
    """Return the hidden moment of an act's form."""
    return re.search(r'name="moment" value="([^"]*)"', browser.get(f"/ho-so/{case.code}/{act}/").content.decode())[1]


# filing --------------------------------------------------------------------------------------------------------


def test_a_request_is_filed_once_with_a_receipt_and_opened_to_its_browser(browser, office):
    response = browser.post("/yeu-cau/moi/", typed(browser, office), follow=True)
    case = ExplanationRequest.objects.get()
    page = response.content.decode()
    secret = browser.session["receipt"]["secret"]
    assert case.code in page
    assert "-".join(re.findall("....", secret)) in page
    assert "data:image/svg+xml" in page
    assert engine.hash_secret(secret) == case.secret_hash
    assert browser.get(f"/ho-so/{case.code}/").status_code == 200
    assert chain.verify_case(case) == []


def test_the_first_entry_vouches_for_the_signature_and_every_attachment(browser, office):
    scans = [SimpleUploadedFile("giay.pdf", b"%PDF-1.4\n%%EOF"), SimpleUploadedFile("anh.png", PNG)]
    browser.post("/yeu-cau/moi/", {**typed(browser, office), "attachments": scans})
    case = ExplanationRequest.objects.get()
    signature = case.documents.get(kind="signature")
    attached = case.documents.filter(kind="attachment")
    assert [paper.digest in signature.body for paper in attached] == [True, True]
    assert LogEntry.objects.get(case_id=case.pk).data["record"]["digest"] == signature.digest
    assert case.signature == "drawn"


def test_a_photo_of_the_signed_page_is_a_signature(browser, office):
    form = typed(browser, office, signature_drawing="", signature_photo=SimpleUploadedFile("ky.png", PNG))
    assert browser.post("/yeu-cau/moi/", form).status_code == 302
    assert ExplanationRequest.objects.get().signature == "photo"


def test_a_form_sent_twice_files_one_request_and_shows_the_same_receipt(browser, office):
    form = typed(browser, office)
    first, second = (browser.post("/yeu-cau/moi/", form) for _ in range(2))
    assert first["Location"] == second["Location"] == "/yeu-cau/da-nhan/"
    assert ExplanationRequest.objects.count() == 1
    assert ExplanationRequest.objects.get().code in browser.get("/yeu-cau/da-nhan/").content.decode()


def test_a_copy_that_waited_for_the_first_one_finds_what_it_filed(browser, office, monkeypatch):
    form = typed(browser, office)
    browser.post("/yeu-cau/moi/", form)
    answers = iter([None])  # the copy looked before the first one was written, and looks again under the lock
    look = filing.filed_already
    monkeypatch.setattr(filing, "filed_already", lambda *args: next(answers, None) if not hit(args) else look(*args))
    assert browser.post("/yeu-cau/moi/", form)["Location"] == "/yeu-cau/da-nhan/"
    assert ExplanationRequest.objects.count() == 1


def hit(args):
    """Return whether a look was made under the lock: it is given the bare token."""
    return set(args[1]) == {"token"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_double_click_files_one_request(browser, office):
    form, start, answers = typed(browser, office), threading.Barrier(2), []

    def click():
        copy = Client()
        copy.cookies.update(browser.cookies)
        start.wait()
        answers.append(copy.post("/yeu-cau/moi/", form)["Location"])
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["/yeu-cau/da-nhan/"] * 2
    assert ExplanationRequest.objects.count() == 1
    assert ExplanationRequest.objects.get().code in browser.get("/yeu-cau/da-nhan/").content.decode()


def test_a_question_is_added_and_removed_without_scripts_and_nothing_is_lost(browser, office):
    form = typed(browser, office, affects="Mất lối vào nhà")
    page = browser.post("/yeu-cau/moi/", {**form, "add": "1"}).content.decode()
    assert 'id="id_question_2"' in page
    assert "Căn cứ nào để thu hồi đất?" in page
    assert "Mất lối vào nhà" in page
    assert 'class="errors"' not in page
    two = {**form, "count": "2", "question_2": "Ai ký?", "types_2": ["competence"]}
    page = browser.post("/yeu-cau/moi/", {**two, "remove": "1"}).content.decode()
    assert "Ai ký?" in page
    assert 'id="id_question_2"' not in page
    assert ExplanationRequest.objects.count() == 0


def test_a_missing_optional_field_never_blocks(browser, office):
    form = typed(browser, office, types_1=None, email="")
    assert browser.post("/yeu-cau/moi/", form).status_code == 302


def test_an_expired_visit_loses_nothing(browser, office):
    form = typed(browser, office)
    browser.session.flush()
    browser.cookies.pop("sessionid", None)
    response = browser.post("/yeu-cau/moi/", form)
    assert response.status_code == 409
    assert "Your visit had expired" in response.content.decode()
    assert "Nguyễn Văn An" in response.content.decode()
    assert browser.post("/yeu-cau/moi/", form)["Location"] == "/yeu-cau/da-nhan/"


def test_an_expired_page_shows_everything_typed_and_can_be_sent_again(office):
    strict = Client(enforce_csrf_checks=True, headers={"sec-fetch-site": "same-origin"})
    strict.cookies["django_language"] = "en"
    response = strict.post("/yeu-cau/moi/", {"name": "Nguyễn Văn An", "question_1": "Dòng 1\nDòng 2"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "nothing you typed is lost" in page
    assert "Nguyễn Văn An" in page
    assert "Send it again" in page
    assert "no-store" in response["Cache-Control"]


def test_what_another_site_sent_can_be_read_but_not_sent_on(office):
    strict = Client(enforce_csrf_checks=True, headers={"sec-fetch-site": "cross-site"})
    page = strict.post("/yeu-cau/moi/", {"name": "Nguyễn Văn An"}).content.decode()
    assert "Nguyễn Văn An" in page
    assert '<textarea name="name"' not in page


LONG = "á" * 20_001
WRONG = (
    # field, what is typed                                what is said                                  kept
    ("agency", "", "Choose the agency that must explain", ""),
    ("agency", "999999", "Select a valid choice", ""),
    ("agency", "abc", "Select a valid choice", ""),
    ("name", "", "Full name: asked for by law and missing (NĐ59 Đ.10 k.2 a)", ""),
    ("address", "   ", "Address: asked for by law and missing (NĐ59 Đ.10 k.2 a)", ""),
    ("phone", "", "Phone number or mail address: asked for by law and missing (NĐ59 Đ.10 k.2 a)", ""),
    ("question_1", "", "Content of the request: asked for by law and missing (NĐ59 Đ.10 k.2 a)", ""),
    ("signature_drawing", "", "Signature or fingerprint: asked for by law and missing (NĐ59 Đ.10 k.2 b)", ""),
    ("signature_drawing", "data:image/png;base64,@@@", "The drawn signature could not be read", ""),
    ("signature_drawing", "data:image/png;base64,QUJD", "The drawn signature could not be read", ""),
    ("confirmed", "", "Confirm the signature", ""),
    ("question_1", LONG, "at most 20000 characters", LONG),
    ("name", "x" * 201, "at most 200 characters", "x" * 201),
    ("name", "An\x07", "control character that cannot be printed (place 3)", "An"),
    ("question_1", "Hỏi\x00đáp", "control character that cannot be printed (place 4)", "Hỏi"),
    ("email", "khong-phai-thu", "Enter a valid email address", "khong-phai-thu"),
    ("decision_date", "31/02/2025", "Write the date as day/month/year", "31/02/2025"),
    ("kind", "robot", "Select a valid choice", ""),
    ("types_1", ["everything"], "Select a valid choice", ""),
    ("rep_kind", "authorised", "Give the name of the representative", ""),
    ("rep_name", "Trần B", "Choose the kind of representative", "Trần B"),
    ("signature_photo", SimpleUploadedFile("ky.png", b"MZ not a picture"), "is not a PDF, JPEG or PNG", ""),
    ("attachments", SimpleUploadedFile("a.pdf", b"<html>"), "is not a PDF, JPEG or PNG", ""),
    ("signature_photo", SimpleUploadedFile("ky.png", b""), "file is empty", ""),
)  # fmt: skip


@pytest.mark.parametrize(("field", "value", "said", "kept"), WRONG, ids=[f"{row[0]}: {row[2]}" for row in WRONG])
def test_bad_input_is_named_and_nothing_typed_is_lost(browser, office, field, value, said, kept):
    form = typed(browser, office, affects="Mất lối vào nhà")
    response = browser.post("/yeu-cau/moi/", {**form, field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert escape(said) in page
    assert "Mất lối vào nhà" in page
    assert kept in page
    assert ExplanationRequest.objects.count() == 0
    assert Document.objects.count() == 0


def test_a_file_that_is_too_large_is_named_and_must_be_chosen_again(browser, office, settings):
    settings.UPLOAD_MAX_BYTES = 10
    scan = SimpleUploadedFile("to.pdf", b"%PDF-1.4 " + b"x" * 50)
    page = browser.post("/yeu-cau/moi/", {**typed(browser, office), "attachments": scan}).content.decode()
    assert "to.pdf” is larger than 10" in page
    assert "choose them again" in page


def test_bytes_of_another_encoding_are_named(browser, office):
    form = typed(browser, office, name="NAME")
    body = "&".join(f"{name}={value[0] if isinstance(value, list) else value}" for name, value in form.items())
    body = body.replace("data:image/png;base64,", "data:image/png;base64,").replace("+", "%2B")
    response = browser.post(
        "/yeu-cau/moi/",
        body.replace("NAME", "Nguy%ADn V%E3n").encode(),
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 422
    assert "could not be read (shown as �)" in response.content.decode()


def test_a_form_of_another_charset_is_answered_plainly(browser):
    response = browser.post(
        "/yeu-cau/moi/", "name=%E1", content_type="application/x-www-form-urlencoded; charset=windows-1258"
    )
    assert response.status_code == 400
    assert "could not be read" in response.content.decode()


# following -----------------------------------------------------------------------------------------------------


def test_a_wrong_secret_and_an_unknown_code_get_the_same_answer(browser, office):
    case = lives.filed(office)
    pages = []
    for code, secret in ((case.code, "WRONG"), ("GT-ZZZZ-ZZZZ", SECRET), ("?!", "x" * 60)):
        response = browser.post("/theo-doi/", {"code": code, "secret": secret})
        assert response.status_code == 422
        page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
        assert escape(code) in page
        pages.append(page.replace(escape(code), "").replace(secret, ""))
    assert len(set(pages)) == 1
    assert "No case fits this code and secret" in pages[0]


def test_code_and_secret_may_be_typed_in_any_way(browser, office):
    case = lives.filed(office)
    typed = {"code": case.code.lower().replace("-", " "), "secret": case.secret.lower()}
    assert browser.post("/theo-doi/", typed)["Location"] == f"/ho-so/{case.code}/"


def test_too_many_wrong_secrets_must_wait_even_with_the_right_one(browser, office):
    case = lives.filed(office)
    for _ in range(access.TRIES):
        browser.post("/theo-doi/", {"code": case.code, "secret": "WRONG"})
    response = browser.post("/theo-doi/", {"code": case.code, "secret": case.secret})
    assert response.status_code == 429
    assert "Wait 15 minutes" in response.content.decode()


def test_a_case_that_is_not_open_here_does_not_exist(browser, office):
    case = lives.filed(office)
    for path in (f"/ho-so/{case.code}/", "/ho-so/GT-ZZZZ-ZZZZ/", f"/ho-so/{case.code}/withdraw/", "/ho-so/%00/"):
        assert browser.get(path).status_code == 404


def test_a_case_closed_in_this_browser_asks_for_its_secret_again(browser, office):
    case = lives.filed(office)
    opened(browser, case).post(f"/ho-so/{case.code}/dong/")
    assert browser.get(f"/ho-so/{case.code}/").status_code == 404


def test_the_page_shows_exactly_what_the_engine_offers(browser, office):
    case = lives.filed(office)
    page = opened(browser, case).get(f"/ho-so/{case.code}/").content.decode()
    offers = engine.available(case, lives.Requester(case.pk))
    for offer in offers:
        linked = f"/ho-so/{case.code}/{offer.rule.name}/" in page
        assert linked == offer.allowed, offer.rule.name
        assert offer.allowed or escape(str(offer.refusal)) in page
    assert "The log was checked just now" in page


def test_silence_is_said_with_its_article_and_the_last_day_for_a_complaint(browser, office):
    case = lives.filed(office, "2026-10-05 09:00")
    opened(browser, case)
    with lives.on("2026-10-20 09:00"):
        page = browser.get(f"/ho-so/{case.code}/").content.decode()
    assert "The agency has missed its time" in page
    assert "NĐ59 Đ.11 k.4" in page
    assert "11/01/2027" in page  # 90 days from Tuesday 13 October, the first day of silence


def test_answers_and_papers_are_shown_to_the_requester_alone(browser, office):
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-06 10:00", "head")
    lives.act(office, case, "sign", "2026-10-07 10:00", "head")
    with lives.on("2026-10-07 10:00"):
        draft = lives.paper(case, "T9", body="bản nháp")
    page = opened(browser, case).get(f"/ho-so/{case.code}/").content.decode()
    cited = LogEntry.objects.get(case_id=case.pk, transition="sign").data["answer"]["document"]
    assert "Giải trình." in page
    assert office.head.full_name not in page
    assert browser.get(f"/ho-so/{case.code}/van-ban/{cited}/").status_code == 200
    assert browser.get(f"/ho-so/{case.code}/van-ban/{draft.pk}/").status_code == 404
    assert Client().get(f"/ho-so/{case.code}/van-ban/{cited}/").status_code == 404


@pytest.mark.parametrize("path", ["/yeu-cau/da-nhan/", "/theo-doi/", "/ho-so/{code}/"])
def test_private_pages_are_stored_nowhere(browser, office, path):
    browser.post("/yeu-cau/moi/", typed(browser, office))
    code = ExplanationRequest.objects.get().code
    assert "no-store" in browser.get(path.format(code=code))["Cache-Control"]


def test_the_page_of_a_case_asks_the_database_the_same_however_long_its_life(
    browser, office, django_assert_num_queries
):
    case = lives.filed(office, "2026-10-05 09:00")
    opened(browser, case)
    with lives.on("2026-10-05 09:30"):
        browser.get(f"/ho-so/{case.code}/")
    counts = []
    for step in (None, ("accept", "2026-10-06 10:00", "head"), ("extend", "2026-10-19 10:00", "head"),
                 ("sign", "2026-11-02 10:00", "head"), ("send", "2026-11-02 15:00", "clerk")):  # fmt: skip
        if step:
            lives.act(office, case, *step)
        with (
            CaptureQueriesContext(
                connection,
            ) as asked,
            lives.on("2026-11-03 09:00"),
        ):
            assert browser.get(f"/ho-so/{case.code}/").status_code == 200
        counts.append(len(asked))
    assert set(counts) == {counts[0]}
    assert counts[0] <= 12


# acting --------------------------------------------------------------------------------------------------------


def test_an_unknown_act_and_one_that_is_not_possible_say_so(browser, office):
    case = lives.filed(office)
    opened(browser, case)
    unknown = browser.get(f"/ho-so/{case.code}/bay/")
    assert unknown.status_code == 404
    assert "This procedure knows no act “bay”" in unknown.content.decode()
    refused = browser.get(f"/ho-so/{case.code}/respond/")
    assert refused.status_code == 409
    assert "is not possible while the case is “Received”" in refused.content.decode()
    office_act = browser.get(f"/ho-so/{case.code}/accept/")
    assert "is for the explaining person only" in office_act.content.decode()


def test_a_whole_withdrawal_asks_once_more_and_sent_twice_happens_once(browser, office):
    case = lives.filed(office)
    path = f"/ho-so/{case.code}/withdraw/"
    seen = moment(opened(browser, case), case, "withdraw")
    page = browser.post(path, {"moment": seen, "statement": "Đã rõ, tôi xin rút."}).content.decode()
    assert "Tick the box" in page
    assert "Đã rõ, tôi xin rút." in page
    for _ in range(2):
        response = browser.post(path, {"moment": seen, "statement": "Đã rõ, tôi xin rút.", "sure": "on"})
        assert response["Location"] == f"/ho-so/{case.code}/"
    assert LogEntry.objects.filter(case_id=case.pk, transition="withdraw").count() == 1


def test_an_act_on_a_case_that_has_moved_keeps_what_was_typed(browser, office):
    case = lives.filed(office, "2026-10-05 09:00")
    seen = moment(opened(browser, case), case, "withdraw")
    lives.act(office, case, "accept", "2026-10-06 10:00", "head")
    given = {"moment": seen, "statement": "Tôi đã được trả lời miệng.", "sure": "on"}
    response = browser.post(f"/ho-so/{case.code}/withdraw/", given)
    assert response.status_code == 409
    assert "The case has moved" in response.content.decode()
    assert "Tôi đã được trả lời miệng." in response.content.decode()


def test_a_supplement_brings_what_was_asked_for(browser, office):
    requester = {**lives.filing(office.agency)["requester"], "address": ""}
    case = lives.filed(office, "2026-10-05 09:00", channel="written", requester=requester, signature="")
    lives.act(office, case, "request_supplement", "2026-10-06 10:00", "receiver", fields=["address", "signature"])
    seen = moment(opened(browser, case), case, "supplement")
    path = f"/ho-so/{case.code}/supplement/"
    page = browser.post(path, {"moment": seen, "signature_drawing": DRAWN, "confirmed": "on"}).content.decode()
    assert "Address: asked for by law and missing (NĐ59 Đ.10 k.2 a)" in page
    given = {"moment": seen, "address": "Thôn 2", "signature_drawing": DRAWN, "confirmed": "on"}
    assert browser.post(path, given).status_code == 302
    case = ExplanationRequest.objects.get(pk=case.pk)
    assert (case.state, case.requester["address"], case.signature) == ("received", "Thôn 2", "drawn")
    assert case.documents.filter(kind="signature").count() == 1


def test_receipt_and_opinion_follow_an_explanation(browser, office):
    case = lives.filed(office, "2026-10-05 09:00")
    for step in (("accept", "2026-10-06 10:00", "head"), ("sign", "2026-10-07 10:00", "head"),
                 ("send", "2026-10-07 15:00", "clerk")):  # fmt: skip
        lives.act(office, case, *step)
    opened(browser, case)
    acts = (
        ("record_receipt", {"received_on": "2026-10-09"}),
        ("respond", {"answered_1": "no", "satisfaction": "2", "comment": "Chưa rõ."}),
    )
    with lives.on("2026-10-12 09:00"):
        wrong = browser.post(
            f"/ho-so/{case.code}/record_receipt/",
            {"moment": moment(browser, case, "record_receipt"), "received_on": "2026-10-01"},
        )
        assert "it cannot have arrived before" in wrong.content.decode()
        for name, given in acts:
            given = {**given, "moment": moment(browser, case, name)}
            assert browser.post(f"/ho-so/{case.code}/{name}/", given).status_code == 302, name
    case = ExplanationRequest.objects.get(pk=case.pk)
    assert case.received_on.isoformat() == "2026-10-09"


def test_a_part_is_withdrawn_question_by_question(browser, office):
    questions = [{"text": "Một?", "content_types": []}, {"text": "Hai?", "content_types": []}]
    case = lives.filed(office, questions=questions)
    seen = moment(opened(browser, case), case, "withdraw_part")
    path = f"/ho-so/{case.code}/withdraw_part/"
    assert "Choose at least one question" in browser.post(path, {"moment": seen}).content.decode()
    assert (
        "that is every question left" in browser.post(path, {"moment": seen, "questions": ["1", "2"]}).content.decode()
    )
    assert browser.post(path, {"moment": seen, "questions": ["2"]}).status_code == 302
    assert ExplanationRequest.objects.get(pk=case.pk).open_questions == [1]
