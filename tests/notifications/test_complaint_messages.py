"""What is told of a complaint: to the complainant, to who settles it, to who verifies it."""

import re

import pytest
from django.utils import translation

from notifications import fanout, texts
from notifications.models import Channel, Message
from procedures.complaint import told
from tests import appeals, lives
from workflow import escalation

pytestmark = pytest.mark.django_db
SECRETS = ("Nguyễn Văn An", "0900 000 001", "Thôn 1", "000000000001", "Việc từ chối không có căn cứ", "Hủy thông báo")


@pytest.fixture
def off():
    return appeals.Office()


def lodged(off, at="2026-10-06 09:00", **changes):
    person = {**lives.filing(off.agency)["requester"], "email": "an@example.com"}
    request = appeals.refused(off, "2026-10-05 09:00", requester=person)
    return appeals.lodged(request, at, requester=person, **changes)


def fan_out(at):
    with lives.on(at):
        while fanout.fan_out(lives.local(at)):
            pass


def mailed(case, at="2026-12-31 09:00"):
    """Return the last mail to the complainant about a case."""
    fan_out(at)
    found = Message.objects.filter(code=case.code, channel=Channel.MAIL, recipient="an@example.com").order_by("pk")
    return found.last()


def test_a_complaint_is_confirmed_as_one_and_shown_to_who_settles_it(off):
    case = lodged(off)
    message = mailed(case)
    assert message.subject == f"Hồ sơ {case.code}: khiếu nại lần đầu đã được tiếp nhận trên hệ thống"
    assert "Thứ Năm 15/10/2026" in message.body
    assert "yêu cầu giải trình" not in message.body
    shown = Message.objects.get(code=case.code, channel=Channel.IN_APP, recipient=f"user:{off.head.pk}")
    assert "người khiếu nại đã thực hiện" in shown.subject


def test_who_is_not_accepted_reads_the_ground_and_where_to_go_next_and_by_when(off):
    case = lodged(off)
    appeals.act(off, case, "not_accept", "2026-10-07 09:00", "head")
    body = mailed(case).body
    assert "LKN Đ.11 k.2" in body
    assert "UBND tỉnh An Bình" in body
    assert "30 ngày" in body
    assert "LTTHC Đ.116" in body


def test_after_the_second_decision_only_the_court_is_left(off):
    first = lodged(off)
    appeals.through(off, first, "2026-10-07 09:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(off, first, "decide", "2026-10-07 10:00", "head", outcome="keep", conclusion="wrong")
    appeals.act(off, first, "send", "2026-10-07 11:00", "clerk")
    told_first = mailed(first).body
    second = appeals.appealed(first, off, "2026-10-08 09:00", requester=first.requester)
    appeals.act(off, second, "not_accept", "2026-10-09 09:00", "head")
    told_second = mailed(second).body
    assert ("khiếu nại lần hai đến" in told_first, "khiếu nại lần hai đến" in told_second) == (True, False)
    assert "07/11/2026" in told_first  # in force
    assert all("khởi kiện" in body for body in (told_first, told_second))


def test_silence_on_a_complaint_opens_the_way_to_the_superior(off):
    case = lodged(off)
    with lives.on("2026-10-20 09:00"):
        escalation.sweep(lives.local("2026-10-20 09:00"))
    body = mailed(case, "2026-10-20 09:05").body
    assert "chưa thực hiện" in body
    assert "UBND tỉnh An Bình" in body
    assert "LKN Đ.33 k.1" in body


def test_the_verifier_is_told_of_the_assignment_and_of_the_dialogue(off):
    case = lodged(off)
    appeals.through(off, case, "2026-10-07 09:00", ("accept", "head"), *appeals.VERIFIED, ("call_dialogue", "head"))
    body = mailed(case, "2026-10-07 10:00").body
    assert "17/10/2026" in body
    shown = Message.objects.filter(code=case.code, channel=Channel.IN_APP, recipient=f"user:{off.officer.pk}")
    subjects = set(shown.values_list("subject", flat=True))
    assert subjects == {f"Hồ sơ {case.code}: {told}" for told in ("Giao xác minh", "Mời đối thoại")}


def test_the_ladder_reminds_the_verifier_and_who_settles_it(off):
    case = lodged(off)
    appeals.through(off, case, "2026-10-07 09:00", ("accept", "head"), ("verify", "head"))
    other = off.person("officer", off.agency, "other_officer")
    with lives.on("2026-11-05 09:00"):
        escalation.sweep(lives.local("2026-11-05 09:00"))
    fan_out("2026-11-05 09:05")
    warned = Message.objects.filter(code=case.code, channel=Channel.IN_APP, subject__contains="ngày cuối cùng")
    told_of = set(warned.filter(subject__contains="lần đầu").values_list("recipient", flat=True))
    assert told_of == {f"user:{off.officer.pk}", f"user:{off.head.pk}"}
    assert f"user:{other.pk}" not in set(warned.values_list("recipient", flat=True))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_can_be_said_at_both_instances_under_every_law(off, language):
    first = lodged(off)
    appeals.through(off, first, "2026-10-07 09:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(off, first, "decide", "2026-10-07 10:00", "head", outcome="keep", conclusion="wrong")
    appeals.act(off, first, "send", "2026-10-07 11:00", "clerk")
    for case in (first, appeals.appealed(first, off, "2026-10-09 09:00")):
        assert set(told.SAYS) - {"silence"} <= set(case.procedure.rules)
        for version in case.procedure.versions:
            case.law_version = version.name
            with translation.override(language):
                known = told.facts(case, {})
                said = [str(text) % known for sentences in told.SAYS.values() for text in sentences]
            assert not [text for text in said if re.search(r"%[(]|None", text)]


def test_no_message_about_a_complaint_says_who_complains_or_what(off, settings):
    settings.SMS_GATEWAY_URL = "http://127.0.0.1:1/"
    case = lodged(off)
    acts = (("accept", "head"), *appeals.VERIFIED, ("call_dialogue", "head"), ("suspend", "head"), ("resume", "head"))
    appeals.through(off, case, "2026-10-07 09:00", *acts)
    appeals.act(off, case, "withdraw", "2026-10-08 09:00", "requester")
    appeals.act(off, case, "issue_termination", "2026-10-08 10:00", "head")
    fan_out("2026-10-08 11:00")
    messages = Message.objects.filter(code=case.code)
    assert {message.channel for message in messages} == {Channel.MAIL, Channel.SMS, Channel.IN_APP}
    for message in messages:
        assert not any(secret in message.subject + message.body for secret in SECRETS), message.subject
        assert "giải trình" not in message.body


def test_the_messages_to_staff_are_listed_and_written_in_both_languages():
    for name in texts.MESSAGES:
        for way in texts.ways(name):
            for language in ("vi", "en"):
                assert texts.preview(name, way, language)[0]
