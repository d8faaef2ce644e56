"""Signing in: the same answer to every wrong pair, lockout, sessions that end."""

import pytest
import time_machine
from allauth.account.middleware import AccountMiddleware
from allauth.account.views import login as sign_in_view
from allauth.usersessions.models import UserSession
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.test import Client, RequestFactory

from tests.workflow.accounts.people import PASSWORD, is_in, noted, sign_in, with_password
from workflow.models import User

pytestmark = pytest.mark.django_db
START = 1_790_000_000.0
"""A moment of the machine's clock, in seconds."""


@pytest.fixture
def head(off):
    return with_password(off.head)


def test_a_name_an_address_and_any_spelling_open_the_same_account(off, client):
    person = with_password(off.receiver)
    User.objects.filter(pk=person.pk).update(email="tiep.nhan@example.vn")
    for name in ("receiver", "Receiver", "tiep.nhan@example.vn", "Tiep.Nhan@Example.vn"):
        answer = Client().post("/dang-nhap/", {"username": name, "password": PASSWORD})
        assert (answer.status_code, answer.url) == (302, "/van-phong/"), name


def test_who_was_sent_to_sign_in_arrives_where_they_wanted(head, client):
    asked = client.get("/van-phong/ho-so/").url
    assert client.post(asked, {"username": "head", "password": PASSWORD}).url == "/van-phong/ho-so/"


def test_nobody_is_led_to_another_site(head, client):
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = Client().post("/dang-nhap/", {"username": "head", "password": PASSWORD, "next": evil})
        assert answer.url == "/van-phong/", evil


def test_a_known_and_an_unknown_name_get_the_same_answer(head, client):
    def said(name):
        page = client.post("/dang-nhap/", {"username": name, "password": "sai"}).content.decode()
        return page[page.index('id="errors"') : page.index("<form", page.index('id="errors"'))].replace(name, "")

    assert said("head") == said("nobody")


def test_a_session_begun_before_signing_in_is_worth_nothing_after(head, client):
    client.post("/dang-nhap/", {"username": "head", "password": "sai"})
    client.get("/")
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    sign_in(client, head)
    assert client.cookies["sessionid"].value != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert not is_in(thief)
    assert is_in(client)


def test_nobody_signs_up_by_themselves(client):
    for path in ("/dang-ky/", "/accounts/signup/", "/tai-khoan/dang-ky/"):
        assert client.get(path).status_code == 404
    from django.urls import NoReverseMatch, reverse

    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


# lockout ---------------------------------------------------------------------------------------------------------


def test_after_five_failures_the_right_password_waits_a_quarter_of_an_hour(head):
    with time_machine.travel(START, tick=False) as now:
        for n in range(5):
            sign_in(Client(REMOTE_ADDR=f"10.0.0.{n}"), head, "sai")
        answer = sign_in(Client(REMOTE_ADDR="10.9.9.9"), head)
        assert answer.status_code == 200
        assert "15 phút" in answer.content.decode()
        assert [entry.data["user"] for entry in noted("sign_ins_refused")] == [head.pk]
        now.shift(15 * 60 + 1)
        assert sign_in(Client(REMOTE_ADDR="10.9.9.9"), head).status_code == 302


def test_a_name_and_an_address_share_one_count(off, client):
    person = with_password(off.receiver)
    User.objects.filter(pk=person.pk).update(email="tiep.nhan@example.vn")
    for name in ("receiver", "tiep.nhan@example.vn", "RECEIVER", "receiver", "tiep.nhan@example.vn"):
        client.post("/dang-nhap/", {"username": name, "password": "sai"})
    assert sign_in(Client(REMOTE_ADDR="10.9.9.9"), person).status_code == 200


def test_signing_in_between_does_not_wipe_the_count(head):
    for n in range(4):
        sign_in(Client(REMOTE_ADDR=f"10.0.0.{n}"), head, "sai")
    assert sign_in(Client(REMOTE_ADDR="10.1.0.1"), head).status_code == 302
    sign_in(Client(REMOTE_ADDR="10.1.0.2"), head, "sai")
    assert sign_in(Client(REMOTE_ADDR="10.1.0.3"), head).status_code == 200


@pytest.mark.slow
def test_ten_thousand_sprayed_passwords_reach_fifty_checks(off, monkeypatch, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # the same, quicker
    checked = []
    monkeypatch.setattr(User, "check_password", lambda user, password: checked.append(user.pk))
    User.objects.bulk_create(User(username=f"user{n}", full_name="Người", password="x") for n in range(500))
    factory, answers = RequestFactory(), []
    layers = (AccountMiddleware, MessageMiddleware, AuthenticationMiddleware, SessionMiddleware)
    page = sign_in_view
    for layer in layers:
        page = layer(page)
    with time_machine.travel(START, tick=False) as now:
        for n in range(10_000):
            now.shift(0.05)  # twenty a second, for more than eight minutes
            given = {"username": f"user{n % 500}", "password": "giaitrinh123"}
            request = factory.post("/dang-nhap/", given, REMOTE_ADDR="10.0.0.1")
            request._dont_enforce_csrf_checks = True
            answers.append(page(request).status_code)
    assert len(answers) == 10_000
    assert set(answers) <= {200, 429}  # nobody came in
    assert len(checked) == 50
    assert noted("sign_ins_refused")


# sessions --------------------------------------------------------------------------------------------------------


def test_an_idle_session_ends_and_its_page_is_found_again(head, client, settings):
    with time_machine.travel(START, tick=False) as now:
        sign_in(client, head)
        now.shift(settings.SESSION_IDLE_SECONDS - 10)
        assert is_in(client)
        now.shift(settings.SESSION_IDLE_SECONDS + 1)
        answer = client.get("/van-phong/ho-so/?q=1")
        assert answer.url == "/dang-nhap/?next=%2Fvan-phong%2Fho-so%2F%3Fq%3D1"
        assert not is_in(client)
    assert [entry.data["why"] for entry in noted("sign_in_ended")] == ["idle"]


def test_a_form_sent_too_late_is_shown_and_not_lost(head, client, settings):
    with time_machine.travel(START, tick=False) as now:
        sign_in(client, head)
        now.shift(settings.SESSION_IDLE_SECONDS + 1)
        answer = client.post("/van-phong/moi/", {"reason": "Một lý do rất dài", "password1": "khong-hien"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Một lý do rất dài" in page
    assert "khong-hien" not in page
    assert "no-store" in answer["Cache-Control"]


def test_a_session_ends_after_a_working_day_however_busy(head, client, settings):
    with time_machine.travel(START, tick=False) as now:
        sign_in(client, head)
        for _ in range(settings.SESSION_COOKIE_AGE // 1200):
            now.shift(1200)
            assert is_in(client)
        now.shift(60)
        assert not is_in(client)


def test_a_clock_that_is_set_back_does_not_prolong_a_session(head, client):
    with time_machine.travel(START, tick=False):
        sign_in(client, head)
    with time_machine.travel(START - 3600, tick=False):
        assert not is_in(client)


def test_a_clock_that_leaps_ahead_ends_a_session(head, client):
    with time_machine.travel(START, tick=False):
        sign_in(client, head)
    with time_machine.travel(START + 30 * 24 * 3600, tick=False):
        assert not is_in(client)


def test_signing_out_elsewhere_leaves_this_session_alone(head):
    here, there = Client(HTTP_USER_AGENT="đây"), Client(HTTP_USER_AGENT="kia", REMOTE_ADDR="10.0.0.7")
    sign_in(here, head)
    sign_in(there, head)
    page = here.get("/tai-khoan/phien/").content.decode()
    assert "10.0.0.7" in page
    here.post("/tai-khoan/phien/")
    assert is_in(here)
    assert not is_in(there)
    assert [entry.data["sessions"] for entry in noted("sessions_ended")] == [1]


def test_a_changed_password_ends_the_other_sessions(head):
    here, there = Client(), Client()
    sign_in(here, head)
    sign_in(there, head)
    new = "một câu mật khẩu mới 7"
    given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/tai-khoan/mat-khau/", given).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert len(noted("password_changed")) == 1


def test_signing_out_ends_the_session_on_the_server(head, client):
    sign_in(client, head)
    kept = client.cookies["sessionid"].value
    client.post("/dang-xuat/")
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert not is_in(thief)
    assert len(noted("signed_out")) == 1


def test_a_page_that_only_asks_to_sign_out_signs_nobody_out(head, client):
    sign_in(client, head)
    client.get("/dang-xuat/")
    assert is_in(client)


def test_a_session_is_noted_alive_at_most_once_a_minute(head, client, django_assert_num_queries):
    with time_machine.travel(START, tick=False) as now:
        sign_in(client, head)
        seen = UserSession.objects.get().last_seen_at
        now.shift(30)
        is_in(client)
        assert UserSession.objects.get().last_seen_at == seen
        now.shift(31)
        is_in(client)
        assert UserSession.objects.get().last_seen_at > seen


def test_the_security_chain_names_nobody_and_holds(head, client):
    from workflow.ledger import chain
    from workflow.models import LogEntry

    sign_in(client, head)
    client.post("/dang-xuat/")
    entries = list(LogEntry.objects.filter(chain=chain.SECURITY).order_by("seq"))
    assert [entry.transition for entry in entries] == ["signed_in", "signed_out"]
    written = b"".join(bytes(entry.canonical) for entry in entries).decode()
    assert head.full_name not in written
    assert "127.0.0.1" not in written
    assert list(chain.failures(entries)) == []


def test_the_page_of_the_security_chain_has_words_for_every_event_of_accounts():
    from workflow.accounts import journal
    from workflow.security.kinds import TITLES

    assert set(journal.EVENTS) <= TITLES.keys()


def test_an_entry_belongs_to_the_agency_of_whom_it_concerns(head, off, client):
    sign_in(client, head)
    assert noted("signed_in")[0].agency_id == off.agency.pk


def test_an_unknown_event_is_refused():
    from workflow.accounts import journal

    with pytest.raises(ValueError, match="not an event"):
        journal.note("something")
