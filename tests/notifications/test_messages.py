"""Who is told what, once."""

import smtplib

import pytest

from notifications import delivery, fanout
from notifications.models import Message
from tests import lives
from workflow import escalation
from workflow.models import Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    office = lives.Office()
    office.head.email = "chutich@example.com"
    office.head.save()
    person = {**lives.filing(office.agency)["requester"], "email": "an@example.com"}
    case = lives.filed(office, "2026-10-05 09:00", requester=person)
    case.office = office
    return case


def fan_out(at="2026-10-20 09:00"):
    with lives.on(at):
        while fanout.fan_out(lives.local(at)):
            pass


def send(at="2026-10-20 09:00"):
    return delivery.deliver(lives.local(at))


def test_the_requester_is_told_of_the_offices_act_without_anybodys_name(case, mailoutbox):
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()
    assert send()["sent"] == 1
    (mail,) = mailoutbox
    assert mail.to == ["an@example.com"]
    assert case.code in mail.subject and case.code in mail.body
    assert "Nguyễn Văn An" not in mail.body and "Người head" not in mail.body


def test_silence_is_told_to_the_requester_and_the_head(case):
    with lives.on("2026-10-13 00:00"):
        escalation.sweep(lives.local("2026-10-13 00:00"))
    fan_out()
    told = set(Message.objects.values_list("recipient", flat=True))
    assert told == {"an@example.com", "chutich@example.com"}
    silence = Message.objects.get(recipient="an@example.com")
    assert "12/10/2026" in silence.body and "Đ.11" in silence.body


def test_fanning_out_twice_tells_once(case):
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()
    Outbox.objects.update(taken_at=None)
    fan_out()
    assert Message.objects.count() == 1


def test_a_relay_that_fails_is_tried_again_and_then_given_up(case, monkeypatch):
    lives.act(case.office, case, "accept", "2026-10-06 09:00", "head")
    fan_out()

    def down(self, **_):
        raise smtplib.SMTPServerDisconnected("down")

    monkeypatch.setattr("notifications.delivery.EmailMessage.send", down)
    assert send()["put off"] == 1
    assert send()["put off"] == 0  # not yet
    at = lives.local("2026-10-20 09:00")
    for n in range(1, 9):
        delivery.deliver(lives.days(at, n))
    message = Message.objects.get()
    assert (message.state, message.attempts, message.failure) == ("dead", 8, "down")
