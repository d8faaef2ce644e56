"""The pages of the notifications: an official's own messages, what was given up, the texts."""

import pytest

from notifications import fanout, texts
from notifications.models import Message, SetAside
from tests import lives
from workflow.models import LogEntry, Outbox

pytestmark = pytest.mark.django_db
NOW = "2026-10-06 10:00"
DEAD, TEXTS, INBOX = "/quan-tri/thu-gui/", "/quan-tri/mau-thu/", "/van-phong/thong-bao/"


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    person = {**lives.filing(office.agency)["requester"], "email": "an@example.com"}
    case = lives.filed(office, "2026-10-06 09:00", requester=person)
    with lives.on(NOW):
        fanout.fan_out(lives.local(NOW))
    return case


@pytest.fixture
def dead(case):
    Message.objects.filter(channel="mail").update(state="dead", attempts=8, failure="SMTP 451")
    return Message.objects.get(channel="mail")


def seen(client, path, **more):
    with lives.on(NOW):
        answer = client.get(path, **more)
    assert answer.status_code == 200
    return answer.content.decode()


# an official's own page ------------------------------------------------------------------------------------------


def test_an_official_sees_what_they_were_told_and_how_much_is_unread(case, office, client):
    client.force_login(office.receiver)
    assert case.code in seen(client, INBOX)
    assert '<span class="badge soon">1</span>' in seen(client, "/van-phong/")


def test_opening_a_message_marks_it_read_and_leads_to_the_case(case, office, client):
    client.force_login(office.receiver)
    told = Message.objects.get(reader=office.receiver)
    answer = client.post(INBOX + "da-doc/", {"message": told.pk, "open": "1"})
    assert answer["Location"] == f"/van-phong/ho-so/{case.code}/"
    told.refresh_from_db()
    assert told.read_at is not None
    assert '<span class="badge soon">1</span>' not in seen(client, "/van-phong/")


def test_marking_all_as_read_leaves_what_came_while_the_page_was_open(case, office, client):
    client.force_login(office.receiver)
    told = Message.objects.get(reader=office.receiver)
    shown = told.pk
    told.pk, told.key, told.entry_id = None, "0" * 31 + "1", told.entry_id + 1000
    told.save(force_insert=True)
    client.post(INBOX + "da-doc/", {"shown": shown})
    assert Message.objects.filter(reader=office.receiver, read_at=None).get().pk == told.pk


def test_nobody_sees_or_marks_the_messages_of_another(case, office, client):
    told = Message.objects.get(reader=office.receiver)
    client.force_login(office.head)
    assert case.code not in seen(client, INBOX)
    client.post(INBOX + "da-doc/", {"message": told.pk, "open": "1"})
    client.post(INBOX + "da-doc/", {"shown": told.pk})
    told.refresh_from_db()
    assert told.read_at is None


@pytest.mark.parametrize("typed", ["", "x", "-1", "9" * 30, "²"])
def test_whatever_is_typed_marks_nothing(case, office, client, typed):
    client.force_login(office.receiver)
    assert client.post(INBOX + "da-doc/", {"message": typed, "shown": typed}).status_code == 302
    assert client.get(INBOX, {"truoc": typed}).status_code == 200
    assert Message.objects.filter(reader=office.receiver, read_at=None).exists()


# what was given up -----------------------------------------------------------------------------------------------


def test_an_administrator_sees_what_was_given_up_without_the_address(dead, case, office, client):
    client.force_login(office.administrator)
    page = seen(client, DEAD)
    assert case.code in page
    assert "SMTP 451" in page
    assert "a…@example.com" in page
    assert "an@example.com" not in page


def test_trying_again_puts_it_back_and_is_recorded(dead, office, client):
    client.force_login(office.administrator)
    with lives.on(NOW):
        client.post(DEAD, {"message": dead.pk})
        client.post(DEAD, {"message": dead.pk})
    dead.refresh_from_db()
    assert (dead.state, dead.attempts, dead.due_at) == ("waiting", 0, lives.local(NOW))
    entry = LogEntry.objects.get(transition="message_retried")
    assert (entry.actor, entry.chain) == (f"user:{office.administrator.pk}", "agency:xa-tan-hoa")


def test_all_can_be_tried_again_at_once(dead, office, client):
    client.force_login(office.administrator)
    client.post(DEAD, {"all": "1"})
    assert not Message.objects.filter(state="dead").exists()


@pytest.mark.parametrize("typed", ["", "x", "-1", "9" * 30])
def test_what_is_no_message_is_not_tried(dead, office, client, typed):
    client.force_login(office.administrator)
    assert client.post(DEAD, {"message": typed}).status_code == 302
    assert Message.objects.filter(state="dead").exists()


def test_an_administrator_of_another_agency_sees_and_retries_nothing(dead, office, client):
    client.force_login(office.person("administrator", office.other, "elsewhere"))
    assert dead.code not in seen(client, DEAD)
    client.post(DEAD, {"all": "1"})
    assert Message.objects.filter(state="dead").exists()


def test_the_administrator_of_the_province_looks_after_its_communes(dead, office, client):
    client.force_login(office.person("administrator", office.province, "tinh"))
    assert dead.code in seen(client, DEAD)


def test_an_entry_that_was_set_aside_is_seen(case, office, client):
    row = Outbox.objects.order_by("pk").first()
    SetAside.objects.create(outbox_id=row.pk, entry_id=row.entry_id, why="KeyError: 'x'", next_try_at=lives.local(NOW))
    client.force_login(office.administrator)
    assert "KeyError" in seen(client, DEAD)


def test_it_says_when_nothing_goes_out(case, office, client):
    Message.objects.update(due_at=lives.local("2026-10-06 09:00"))
    client.force_login(office.administrator)
    assert 'class="notice error"' in seen(client, DEAD)


# the texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", texts.MESSAGES)
def test_every_text_is_shown_in_every_language(office, client, name):
    client.force_login(office.administrator)
    page = seen(client, f"{TEXTS}?tin={name}")
    assert 'lang="vi"' in page
    assert 'lang="en"' in page
    assert "GT-ABCD-2345" in page


def test_an_unknown_text_is_not_found(office, client):
    client.force_login(office.administrator)
    assert client.get(f"{TEXTS}?tin=x").status_code == 404


@pytest.mark.parametrize("path", [DEAD, TEXTS])
def test_these_pages_are_for_administrators_alone(office, client, path):
    assert client.get(path).status_code == 302
    for who in (office.head, office.clerk, office.inspector, office.superior):
        client.force_login(who)
        assert client.get(path).status_code == 403
