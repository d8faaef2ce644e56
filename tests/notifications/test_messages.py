"""Who is told what, in which words, once."""

import re
import smtplib

import pytest
from django.conf import settings as project

from notifications import delivery, fanout, texts
from notifications.models import Channel, Message, Preference, SetAside
from tests import lives
from workflow import escalation
from workflow.models import Outbox

pytestmark = pytest.mark.django_db
NOW = "2026-10-20 09:00"


@pytest.fixture
def case():
    office = lives.Office()
    office.head.email = "chutich@example.com"
    office.head.save()
    person = {**lives.filing(office.agency)["requester"], "email": "an@example.com"}
    case = lives.filed(office, "2026-10-05 09:00", requester=person)
    case.office = office
    fan_out("2026-10-05 10:00")
    Message.objects.all().delete()
    return case


def fan_out(at=NOW):
    with lives.on(at):
        while fanout.fan_out(lives.local(at)):
            pass


def send(at=NOW):
    return delivery.deliver(lives.local(at))


def silence(case):
    with lives.on("2026-10-13 00:00"):
        escalation.sweep(lives.local("2026-10-13 00:00"))
    fan_out()


def test_the_requester_is_told_of_the_offices_act_and_of_what_to_do_next(case, mailoutbox):
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()
    assert send()["sent"] == 1
    (mail,) = mailoutbox
    assert mail.to == ["an@example.com"]
    assert mail.subject == f"Hồ sơ {case.code}: Thông báo tiếp nhận"
    assert "Thực hiện việc giải trình: chậm nhất Thứ Tư 21/10/2026 (NĐ59 Đ.13)." in mail.body
    assert "- Rút toàn bộ yêu cầu giải trình" in mail.body
    assert f"/theo-doi/?code={case.code}" in mail.body


def test_who_chose_english_is_told_in_english(case, mailoutbox):
    Preference.objects.create(case_id=case.pk, language="en")
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()
    send()
    (mail,) = mailoutbox
    assert mail.subject == f"Case {case.code}: Accept"
    assert "has recorded an act in your case" in mail.body
    assert "Explanation: Wednesday 21/10/2026 at the latest (NĐ59 Đ.13)." in mail.body


def test_a_new_request_is_confirmed_and_shown_to_those_who_receive(mailoutbox):
    office = lives.Office()
    person = {**lives.filing(office.agency)["requester"], "email": "an@example.com"}
    case = lives.filed(office, "2026-10-05 09:00", requester=person)
    fan_out("2026-10-05 09:01")
    send("2026-10-05 09:01")
    (mail,) = mailoutbox
    assert mail.subject == f"Hồ sơ {case.code}: yêu cầu giải trình đã được tiếp nhận trên hệ thống"
    assert "chậm nhất Thứ Hai 12/10/2026 (NĐ59 Đ.11 k.4)." in mail.body
    shown = Message.objects.get(channel="inapp")
    assert shown.reader == office.receiver
    assert shown.path == f"/van-phong/ho-so/{case.code}/"


def test_silence_is_told_to_the_requester_and_the_head(case):
    silence(case)
    told = set(Message.objects.values_list("channel", "recipient"))
    officer = f"user:{case.office.officer.pk}"
    assert told == {
        ("mail", "an@example.com"),
        ("mail", "chutich@example.com"),
        ("inapp", f"user:{case.office.head.pk}"),
        ("inapp", officer),
    }
    said = Message.objects.get(recipient="an@example.com").body
    assert "phải thực hiện chậm nhất Thứ Hai 12/10/2026" in said
    assert "quyền khiếu nại việc quá hạn này đến người đứng đầu cơ quan trong thời hiệu 90 ngày" in said
    to_head = Message.objects.filter(recipient="chutich@example.com").order_by("entry_id").last()
    assert "Thực hiện ngay hôm nay; hồ sơ đã quá thời hạn" in to_head.body


def test_a_warning_for_a_post_that_nobody_holds_goes_to_the_head(case):
    case.office.officer.appointments.update(ends_on="2026-01-01")
    with lives.on("2026-10-08 08:00"):
        escalation.sweep(lives.local("2026-10-08 08:00"))
    fan_out()
    assert Message.objects.get(channel="inapp").reader == case.office.head


def test_who_signed_on_paper_learns_that_a_clerk_entered_it(case):
    from django.core.files.base import ContentFile

    from workflow import engine

    with lives.on("2026-10-06 09:00"):
        notice = lives.paper(case, "T5", number="7/TB", file=ContentFile(b"%PDF-1.4", name="scan.pdf"))
        given = lives.given(case, "accept", notice=notice)
        engine.fire(case, "accept", actor=case.office.clerk, on_behalf_of=case.office.head, **given)
    fan_out()
    told = Message.objects.get(template="staff_entered", channel="inapp")
    assert told.reader == case.office.head
    assert "Mở hồ sơ để đối chiếu với văn bản ông/bà đã ký." in told.body


def test_a_corrected_date_is_told_with_the_old_one_and_its_scan_is_no_notice_to_anybody(case):
    from django.core.files.base import ContentFile

    from notifications.models import Notice
    from workflow import corrections

    office = case.office
    case = lives.filed(office, "2026-10-05 09:00", **{**lives.WRITTEN, "requester": case.requester})
    with lives.on("2026-10-06 09:00"):
        stamp = lives.paper(case, "stamp", lives.local("2026-10-02 00:00").date(), file=ContentFile(b"%PDF", name="a"))
        found = corrections.propose(case, stamp.dated_on, scan=stamp, reason="Dấu đến", by=office.clerk)
        corrections.confirm(found, by=office.receiver)
    fan_out()
    said = Message.objects.get(template="requester_date")
    assert said.recipient == "an@example.com"
    assert "chậm nhất Thứ Sáu 09/10/2026, trước đây là Thứ Hai 12/10/2026 (NĐ59 Đ.11 k.4)." in said.body
    assert not Notice.objects.exists()


def test_a_complaint_reaches_the_head(case):
    lives.act(case.office, case, "refuse", "2026-10-06 09:00", "head")
    lives.act(case.office, case, "complain", "2026-10-07 09:00", "requester", object="refusal")
    fan_out()
    readers = Message.objects.filter(template="staff_act").values_list("reader", flat=True)
    assert case.office.head.pk in readers


def test_fanning_out_twice_tells_once(case):
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()
    before = set(Message.objects.values_list("pk", flat=True))
    Outbox.objects.update(taken_at=None)
    fan_out()
    again = Message.objects.exclude(template="requester_filed").exclude(template="staff_act")
    assert set(again.values_list("pk", flat=True)) == before


def test_an_entry_that_cannot_be_told_is_set_aside_and_holds_up_nobody(case, monkeypatch):
    other = lives.filed(case.office, "2026-10-06 08:00")
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    real = fanout.facts_of

    def poisoned(entry, told, *rest):
        if told.pk == other.pk:
            raise ValueError("poison")
        return real(entry, told, *rest)

    monkeypatch.setattr(fanout, "facts_of", poisoned)
    fan_out()
    assert Message.objects.filter(case_id=case.pk).exists()
    assert "poison" in SetAside.objects.get().why
    fan_out()  # it rests
    assert SetAside.objects.get().attempts == 1
    monkeypatch.undo()
    fan_out("2026-10-20 09:06")
    assert not SetAside.objects.exists()
    assert Message.objects.filter(case_id=other.pk).exists()
    assert not Outbox.objects.filter(taken_at=None).exists()


def test_a_relay_that_fails_is_tried_again_and_then_given_up(case, monkeypatch):
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()

    def down(*_):
        raise smtplib.SMTPServerDisconnected("down")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
    assert send()["put off"] == 1
    assert send()["put off"] == 0  # not yet
    for n in range(1, 9):
        delivery.deliver(lives.days(lives.local(NOW), n))
    message = Message.objects.get(channel="mail")
    assert (message.state, message.attempts) == ("dead", 8)
    assert message.failure == "SMTPServerDisconnected: down"


def test_while_the_relay_is_down_a_run_does_not_use_up_every_messages_tries(case, monkeypatch):
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()
    kept = Message.objects.get(channel="mail")
    for n in range(9):
        kept.pk, kept.key, kept.recipient = None, f"{n:032x}", f"{n}@example.com"
        kept.save(force_insert=True)

    def down(*_):
        raise smtplib.SMTPServerDisconnected("down")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
    assert send()["put off"] == delivery.IN_A_ROW
    assert Message.objects.filter(channel="mail", attempts=0).count() == 10 - delivery.IN_A_ROW


# every text ------------------------------------------------------------------------------------------------------

EVERY = [
    (name, way, language)
    for name in texts.MESSAGES
    for way in texts.ways(name)
    if way != Channel.IN_APP
    for language, _label in project.LANGUAGES
]
NEXT_STEP = {
    # message              vi                                               en
    "requester_filed": ("Xin giữ mã hồ sơ và mã bí mật", "Keep the code and the secret"),
    "requester_act": ("bằng mã hồ sơ và mã bí mật để đọc văn bản", "with your code and secret to read the document"),
    "requester_date": ("ông/bà có quyền khiếu nại", "you may complain"),
    "requester_moved": ("không phải nộp lại gì", "need not hand in anything again"),
    "requester_silence": ("có quyền khiếu nại việc quá hạn này", "You may complain about the silence"),
    "staff_act": ("thực hiện việc tiếp theo", "do what comes next"),
    "staff_told": ("thực hiện việc tiếp theo", "do what comes next"),
    "staff_alarm": ("Thực hiện ngay hôm nay", "Do it today"),
    "staff_entered": ("đối chiếu với văn bản ông/bà đã ký", "compare it with what you signed"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "way", "language"), EVERY)
def test_every_message_names_the_case_and_leads_on_in_its_language(name, way, language):
    subject, body = texts.preview(name, way, language)
    assert "GT-ABCD-2345" in subject + body
    assert re.search(r"https?://\S+", body)
    assert "{{" not in body
    assert "&#" not in body
    assert "&amp;" not in body
    assert ("Hồ sơ" if language == "vi" else "Case") in subject
    if way == Channel.SMS:
        assert len(body) <= 335, "five parts of a text message with Vietnamese letters"
    else:
        assert NEXT_STEP[name][language == "en"] in body


def test_no_message_holds_anything_of_a_person(case, settings):
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:1/"
    office = case.office
    for name, at, role in (
        ("accept", "2026-10-06 09:00", "head"), ("extend", "2026-10-07 09:00", "head"),
        ("suspend", "2026-10-08 09:00", "head"), ("resume", "2026-10-09 09:00", "head"),
        ("sign", "2026-10-12 09:00", "head"), ("send", "2026-10-12 10:00", "clerk"),
    ):  # fmt: skip
        lives.act(office, case, name, at, role)
    lives.act(office, case, "complain", "2026-10-13 09:00", "requester")
    late = lives.filed(office, "2026-10-05 11:00", requester=lives.filing(office.agency)["requester"])
    silence(late)
    assert Message.objects.filter(channel="sms").count() > 6
    held = ["Nguyễn", "An,", "Thôn 1", "0900 000 001", "an@example", "Người ", "Căn cứ nào", "Nằm viện", "phức tạp"]
    for message in Message.objects.all():
        assert not [word for word in held if word in message.subject + message.body], message.body
