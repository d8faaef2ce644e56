"""With a real relay and gateway on loopback that misbehave: each message arrives once or is listed as given up."""

from datetime import UTC, datetime

import pytest

from notifications import delivery
from notifications.models import Message
from tests import lives
from tests.notifications import outside

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 6, 5, tzinfo=UTC)


def message(recipient, way="sms", **more):
    facts = {"subject": "Hồ sơ GT-ABCD-2345", "body": "Hồ sơ GT-ABCD-2345: đã tiếp nhận.\n", "code": "GT-ABCD-2345"}
    return Message.objects.create(
        entry_id=Message.objects.count() + 1, channel=way, recipient=recipient, due_at=NOON, next_try_at=NOON,
        **facts, **more,
    )  # fmt: skip


def deliver_for_days(days=10):
    """Let time pass, a run at a time, until nothing can be due any more."""
    for n in range(days):
        for _run in range(6):
            delivery.deliver(lives.days(NOON, n))


@pytest.fixture
def smtp(settings):
    def on(relay):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", relay.port, 1

    return on


@pytest.fixture
def sms(settings):
    def at(gateway):
        settings.SMS_GATEWAY_URL, settings.SMS_TIMEOUT = gateway.url, 1
        settings.SMS_GATEWAY_TOKEN = "geheim-token"

    return at


MOODS = {
    # number         what the gateway does at each try                         where it ends
    "+84900000001": ([],                                                       "sent"),
    "+84900000002": (["unavailable", "unavailable"],                           "sent"),
    "+84900000003": (["hangs"],                                                "sent"),
    "+84900000004": (["answers twice"],                                        "sent"),
    "+84900000005": (["answers slowly"],                                       "sent"),
    "+84900000006": (["fails after sending", "hangs", "breaks off"],           "sent"),
    "+84900000007": (["refused"],                                              "dead"),
    "+84900000008": (["unavailable"] * 20,                                     "dead"),
}  # fmt: skip


def test_every_text_message_leaves_once_or_is_listed_as_given_up(sms):
    with outside.gateway({number: moods for number, (moods, _end) in MOODS.items()}) as gateway:
        sms(gateway)
        for number in MOODS:
            message(number)
        deliver_for_days()
    assert dict(Message.objects.values_list("recipient", "state")) == {n: end for n, (_m, end) in MOODS.items()}
    for number, (_moods, end) in MOODS.items():
        assert len(gateway.phones[number]) == (end == "sent"), number
    assert sum(gateway.posts.values()) > len(MOODS)
    dead = dict(Message.objects.filter(state="dead").values_list("recipient", "failure"))
    assert dead == {"+84900000007": "Refused: HTTP 422", "+84900000008": "PutOff: HTTP 503"}


def test_the_gateway_gets_a_key_a_token_and_no_more_than_it_needs(sms):
    with outside.gateway() as gateway:
        sms(gateway)
        one = message("+84900000001")
        delivery.deliver(NOON)
    (headers,) = gateway.headers
    assert headers["Idempotency-Key"] == str(one.key)
    assert headers["Authorization"] == "Bearer geheim-token"
    assert gateway.phones == {"+84900000001": ["Hồ sơ GT-ABCD-2345: đã tiếp nhận."]}


def test_one_number_that_hangs_keeps_nobody_elses_message_back(sms):
    with outside.gateway({"+84900000001": ["hangs"] * 9}) as gateway:
        sms(gateway)
        for number in ("+84900000001", "+84900000002", "+84900000003"):
            message(number)
        assert delivery.deliver(NOON) == {"sent": 2, "put off": 1, "given up": 0}


def test_a_gateway_that_is_not_there_is_tried_later(sms):
    with outside.gateway() as gateway:
        sms(gateway)
    message("+84900000001")
    assert delivery.deliver(NOON)["put off"] == 1
    assert "Error" in Message.objects.get().failure


LETTERS = {
    # address           what the relay does at each try     where it ends   how many arrive
    "a@example.com":   ([],                                 "sent",         1),
    "b@example.com":   (["busy", "busy"],                   "sent",         1),
    "c@example.com":   (["no such box"],                    "dead",         0),
    "d@example.com":   (["spam"],                           "dead",         0),
    "e@example.com":   (["hangs"],                          "sent",         2),
}  # fmt: skip


def test_every_letter_arrives_or_is_listed_and_twice_only_where_the_relays_answer_was_lost(smtp):
    with outside.relay({address: moods for address, (moods, _e, _n) in LETTERS.items()}) as relay:
        smtp(relay)
        for address in LETTERS:
            message(address, "mail")
        deliver_for_days()
    assert dict(Message.objects.values_list("recipient", "state")) == {a: end for a, (_m, end, _n) in LETTERS.items()}
    assert {address: len(relay.boxes[address]) for address in LETTERS} == {a: n for a, (_m, _e, n) in LETTERS.items()}
    twice = [mail["Message-ID"] for mail in relay.boxes["e@example.com"]]
    assert twice[0] == twice[1] == f"<{Message.objects.get(recipient='e@example.com').key}@127.0.0.1>"


def test_a_letter_says_that_a_machine_wrote_it(smtp):
    with outside.relay() as relay:
        smtp(relay)
        message("a@example.com", "mail")
        delivery.deliver(NOON)
    (mail,) = relay.boxes["a@example.com"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "Hồ sơ GT-ABCD-2345"
    assert "đã tiếp nhận" in mail.get_content()


def test_a_relay_that_is_not_there_is_tried_later(smtp):
    with outside.relay() as relay:
        smtp(relay)
    message("a@example.com", "mail")
    assert delivery.deliver(NOON)["put off"] == 1


def test_a_process_that_died_with_a_message_leaves_it_to_the_next(sms):
    one = message("+84900000001")
    assert delivery._claim("sms", NOON).pk == one.pk  # and it dies
    with outside.gateway() as gateway:
        sms(gateway)
        assert delivery.deliver(NOON)["sent"] == 0
        assert delivery.deliver(NOON + delivery.CLAIM)["sent"] == 1
    assert len(gateway.phones["+84900000001"]) == 1


def test_what_kills_every_process_that_takes_it_is_given_up_in_the_end():
    message("+84900000001")
    for n in range(delivery.ATTEMPTS):
        assert delivery._claim("sms", lives.days(NOON, n))
    assert delivery._claim("sms", lives.days(NOON, 9)) is None
    assert Message.objects.get().state == "dead"


def test_a_late_failure_does_not_undo_what_another_process_has_sent(sms, monkeypatch):
    one = message("+84900000001")

    def overtaken(_message):
        Message.objects.filter(pk=one.pk).update(state="sent")
        raise OSError("the answer was lost")

    monkeypatch.setitem(delivery.SENDERS, "sms", overtaken)
    delivery.deliver(NOON)
    assert Message.objects.get().state == "sent"


@pytest.mark.parametrize(("refused", "same"), [(True, False), (False, True)])
def test_a_second_start_has_a_new_key_only_where_the_first_certainly_failed(refused, same):
    one = message("+84900000001", state="dead", attempts=8, refused=refused)
    again = delivery.retry(one.pk, NOON)
    assert (again.state, again.attempts) == ("waiting", 0)
    assert (again.key == one.key) is same
    assert delivery.retry(one.pk, NOON) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0900 000 001", "+84900000001"), ("(090) 000.0001", "+84900000001"), ("+84 900 000 001", "+84900000001"),
        ("024-3999 0000", "+842439990000"), ("115", ""), ("an@example.com", ""), ("", ""), ("00900000001", ""),
    ],
)  # fmt: skip
def test_a_phone_number_is_understood_or_left_out(typed, number):
    from notifications.channels import sms as channel

    assert channel.number(typed) == number


def test_the_beat_tells_what_waits_and_starts_each_way_that_has_something_to_send(monkeypatch):
    from notifications import tasks

    person = {**lives.filing(None)["requester"], "email": "an@example.com"}
    lives.filed(lives.Office(), "2026-10-05 09:00", requester=person)
    started = []
    monkeypatch.setattr(tasks.send, "apply_async", lambda args, **_options: started.append(args))
    tasks.deliver()
    assert started == [("mail",)]
    assert tasks.send("mail")["sent"] == 1
    started.clear()
    tasks.deliver()
    assert started == []
