"""A legal notice is delivered by evidence alone: a provider's report, an opened page, the number of a letter."""

import hashlib
import hmac
import json

import pytest
from django.db import IntegrityError

from notifications import delivery, fanout
from notifications.models import Message, Notice, Preference
from tests import lives
from workflow.ledger import chain
from workflow.models import LogEntry, Outbox

pytestmark = pytest.mark.django_db
SECRET = "dung-chung-voi-nha-cung-cap-0123456789"
REPORT = "/thong-bao/bao-nhan/"


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office, settings):
    settings.SMS_GATEWAY_URL, settings.SMS_CALLBACK_SECRET = "http://127.0.0.1:1/", SECRET
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()
    return case


def fan_out(at="2026-10-06 09:01"):
    with lives.on(at):
        while fanout.fan_out(lives.local(at)):
            pass


def notice(act="accept"):
    return Notice.objects.get(act=act)


def text_message():
    return Message.objects.get(channel="sms", template="requester_act")


def report(client, key, status, secret=SECRET):
    body = json.dumps({"reference": str(key), "status": status})
    signature = "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return client.post(REPORT, body, content_type="application/json", headers={"X-Signature": signature})


def proofs():
    return [entry.data for entry in LogEntry.objects.filter(transition="notice_delivered").order_by("pk")]


def test_a_document_of_the_office_waits_until_a_message_about_it_left(case, monkeypatch):
    assert (notice().state, notice().evidence) == ("waiting", "")
    monkeypatch.setitem(delivery.SENDERS, "sms", lambda message: None)
    delivery.deliver(lives.local("2026-10-06 09:02"))
    assert (notice().state, notice().delivered_at) == ("sent", None)


def test_what_the_requester_hands_in_is_no_notice(case):
    assert set(Notice.objects.values_list("act", flat=True)) == {"accept"}


def test_without_evidence_the_database_itself_refuses_delivered(case):
    with pytest.raises(IntegrityError):
        Notice.objects.update(state="delivered")


def test_the_providers_report_delivers_it_once_however_often_it_comes(case, client):
    for _again in range(3):
        assert report(client, text_message().key, "delivered").status_code == 200
    assert (notice().state, notice().evidence) == ("delivered", "provider")
    assert notice().evidence_ref == f"message {text_message().key}"
    assert text_message().state == "sent"
    (proof,) = proofs()
    assert (proof["case"], proof["evidence"]) == (case.code, "provider")
    assert not list(chain.failures(LogEntry.objects.filter(chain="agency:xa-tan-hoa").order_by("seq")))


def test_a_report_of_failure_puts_the_message_on_the_list_and_proves_nothing(case, client):
    assert report(client, text_message().key, "undelivered").status_code == 200
    assert (text_message().state, text_message().refused) == ("dead", True)
    assert notice().state == "waiting"
    report(client, text_message().key, "delivered")  # it did arrive, on the provider's second try
    report(client, text_message().key, "failed")
    assert (text_message().state, notice().state) == ("sent", "delivered")


def test_a_report_that_is_not_signed_with_the_shared_secret_counts_for_nothing(case, client, settings):
    key = text_message().key
    assert report(client, key, "delivered", secret="someone-elses-secret-0123456789-abc").status_code == 403
    assert client.post(REPORT, "{}", content_type="application/json").status_code == 403
    settings.SMS_CALLBACK_SECRET = ""
    assert report(client, key, "delivered", secret="").status_code == 403
    assert notice().state == "waiting"


@pytest.mark.parametrize(
    ("body", "status"), [("{}", 400), ("[]", 400), ("{", 400), ('{"reference": "x", "status": "delivered"}', 400)]
)
def test_a_report_that_cannot_be_read_is_refused(client, settings, body, status):
    settings.SMS_CALLBACK_SECRET = SECRET
    signature = "sha256=" + hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    answer = client.post(REPORT, body, content_type="application/json", headers={"X-Signature": signature})
    assert answer.status_code == status


def test_a_report_on_an_unknown_message_says_so(client, settings):
    settings.SMS_CALLBACK_SECRET = SECRET
    assert report(client, "0" * 32, "delivered").status_code == 404


def open_case(client, case, **headers):
    found = lives.filed(case.office, "2026-10-05 09:00") if case is None else case
    return client.post("/theo-doi/", {"code": found.code, "secret": found.secret}, **headers)


def test_the_requester_opening_the_document_delivers_it(case, client):
    open_case(client, case)
    paper = notice().document_id
    client.head(f"/ho-so/{case.code}/van-ban/{paper}/")
    assert notice().state == "waiting", "a program that looks is no reader"
    assert client.get(f"/ho-so/{case.code}/van-ban/{paper}/").status_code == 200
    assert (notice().state, notice().evidence) == ("delivered", "opened")
    (proof,) = proofs()
    assert proof["document"] == paper
    assert LogEntry.objects.get(transition="notice_delivered").actor == "requester"


def test_an_official_opening_the_document_proves_nothing(case, office, client):
    client.force_login(office.head)
    client.get(f"/van-phong/ho-so/{case.code}/")
    client.get(f"/van-phong/ho-so/{case.code}/van-ban/{notice().document_id}/")
    assert notice().state == "waiting"


@pytest.mark.parametrize(
    ("how", "state", "evidence"),
    [("post", "delivered", "posted"), ("hand", "delivered", "handed"), ("electronic", "sent", "")],
)
def test_the_clerks_sending_tells_how_the_signed_answer_left(case, office, how, state, evidence):
    lives.act(office, case, "sign", "2026-10-12 09:00", "head")
    entry = lives.act(office, case, "send", "2026-10-12 10:00", "clerk", delivery=how, proof="RN123456789VN")
    fan_out("2026-10-12 10:01")
    assert (notice("sign").state, notice("sign").evidence) == (state, evidence)
    if evidence:
        assert notice("sign").evidence_ref == f"{entry.chain} #{entry.seq}"
        assert notice("sign").delivered_at == entry.at
    assert notice("accept").state == "waiting"


def test_a_sending_that_is_told_before_its_answer_proves_it_all_the_same(case, office):
    signed = lives.act(office, case, "sign", "2026-10-12 09:00", "head")
    lives.act(office, case, "send", "2026-10-12 10:00", "clerk")
    Outbox.objects.filter(entry=signed).update(taken_at=lives.local("2026-10-12 09:00"))
    fan_out("2026-10-12 10:01")
    assert notice("sign").state == "delivered"
    Outbox.objects.filter(entry=signed).update(taken_at=None)
    fan_out("2026-10-12 10:02")
    assert notice("sign").state == "delivered"


# the page of the proofs ------------------------------------------------------------------------------------------


def page(case):
    return f"/van-phong/tong-dat/{case.code}/"


def letter(**changes):
    return {"notice": notice().pk, "how": "posted", "number": "RN 123 456 789 VN", "on": "2026-10-06", **changes}


def test_the_clerk_enters_the_number_of_a_letter(case, office, client):
    client.force_login(office.clerk)
    with lives.on("2026-10-07 09:00"):
        assert client.post(page(case), letter()).status_code == 302
        assert (notice().evidence, notice().evidence_ref) == ("posted", "RN 123 456 789 VN")
        assert "RN 123 456 789 VN" in client.get(page(case)).content.decode()
        client.post(page(case), letter(number="RN 999"))
    assert notice().evidence_ref == "RN 123 456 789 VN"
    (proof,) = proofs()
    assert proof["ref"] == "RN 123 456 789 VN"
    assert LogEntry.objects.get(transition="notice_delivered").actor == f"user:{office.clerk.pk}"


@pytest.mark.parametrize(
    "changes",
    [{"number": ""}, {"number": "Nguyễn Văn An"}, {"on": "2026-10-08"}, {"on": "2026-10-05"}, {"how": "pigeon"}],
)
def test_a_letter_without_a_number_or_on_an_impossible_day_proves_nothing(case, office, client, changes):
    client.force_login(office.clerk)
    with lives.on("2026-10-07 09:00"):
        answer = client.post(page(case), letter(**changes))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert notice().state == "waiting"


def test_only_a_clerk_of_the_agency_enters_letters_and_strangers_find_nothing(case, office, client):
    for who, status in ((office.head, 403), (office.stranger, 404), (office.administrator, 404)):
        client.force_login(who)
        with lives.on("2026-10-07 09:00"):
            assert client.post(page(case), letter()).status_code == status
    client.logout()
    assert client.get(page(case)).status_code == 302
    assert notice().state == "waiting"


def test_a_notice_of_another_case_is_not_found(case, office, client):
    other = lives.filed(office, "2026-10-05 10:00")
    client.force_login(office.clerk)
    with lives.on("2026-10-07 09:00"):
        assert client.post(page(other), letter()).status_code == 404


def test_the_page_of_the_case_shows_the_proof(case, office, client):
    client.force_login(office.head)
    shown = client.get(f"/van-phong/ho-so/{case.code}/").content.decode()
    assert page(case) in shown
    assert "not sent yet" in shown or "chưa gửi" in shown.lower()


# the reader's language -------------------------------------------------------------------------------------------


def test_who_opens_the_case_in_english_is_written_to_in_english(case, office, client):
    client.cookies["django_language"] = "en"
    open_case(client, case)
    assert Preference.objects.get().language == "en"
    lives.act(office, case, "extend", "2026-10-07 09:00", "head")
    fan_out("2026-10-07 09:01")
    assert Message.objects.get(entry_id=LogEntry.objects.get(transition="extend").pk, channel="sms").language == "en"
    client.cookies["django_language"] = "vi"
    open_case(client, case)
    assert not Preference.objects.exists()


def test_a_listener_that_fails_breaks_no_page(case, client, monkeypatch):
    from workflow import signals

    def broken(*_args, **_more):
        raise RuntimeError("broken")

    signals.paper_opened.connect(broken)
    try:
        open_case(client, case)
        assert client.get(f"/ho-so/{case.code}/van-ban/{notice().document_id}/").status_code == 200
    finally:
        signals.paper_opened.disconnect(broken)
