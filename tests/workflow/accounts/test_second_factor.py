"""The second factor: who must have one, what it is good for, and what becomes of a lost device."""

import re
import threading

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client

from tests.workflow.accounts.people import PASSWORD, SECRET, code, is_in, noted, sign_in, with_app, with_password
from workflow.accounts import sealing
from workflow.accounts.codes import accepts

pytestmark = pytest.mark.django_db
START = 1_790_000_010.0
MUST, NEED_NOT = ("head", "inspector", "administrator"), ("receiver", "officer", "clerk", "explainer")


def prove(client, given):
    return client.post("/dang-nhap/hai-lop/", {"code": given})


@pytest.mark.parametrize("role", MUST)
def test_whose_powers_demand_it_can_do_nothing_before_setting_one_up(off, client, mandatory, role):
    sign_in(client, with_password(getattr(off, role)))
    for path in ("/van-phong/", "/thanh-tra/", "/quan-tri/tai-khoan/", "/tai-khoan/", "/tai-khoan/mat-khau/", "/"):
        assert client.get(path).url == "/tai-khoan/hai-lop/", path
    assert client.post("/van-phong/moi/", {}).url == "/tai-khoan/hai-lop/"
    page = client.get("/tai-khoan/hai-lop/").content.decode()
    assert "/tai-khoan/hai-lop/ung-dung/" in page
    assert client.post("/dang-xuat/").url == "/dang-nhap/"


@pytest.mark.parametrize("role", NEED_NOT)
def test_whose_powers_do_not_demand_it_work_without(off, client, mandatory, role):
    assert sign_in(client, with_password(getattr(off, role))).url == "/van-phong/"
    assert client.get("/van-phong/").status_code == 200


def test_a_delegation_of_a_heads_power_demands_it_too(off, client, mandatory):
    from datetime import date

    from workflow.models import Delegation

    Delegation.objects.create(
        principal=off.head, substitute=off.officer, agency=off.agency, role="head", document="9/UQ",
        starts_on=date(2020, 1, 1), ends_on=date(2090, 1, 1),
    )  # fmt: skip
    sign_in(client, with_password(off.officer))
    assert client.get("/van-phong/").url == "/tai-khoan/hai-lop/"


def test_what_one_person_has_proven_is_worth_nothing_to_another(off, client, mandatory):
    client.force_login(off.head)
    session = client.session
    session["second_factor_proven"] = off.administrator.pk
    session.save()
    assert client.get("/van-phong/").url == "/tai-khoan/hai-lop/"


def test_setting_up_an_app_opens_the_rest_and_gives_recovery_codes_once(off, client, mandatory):
    sign_in(client, with_password(off.head))
    page = client.get("/tai-khoan/hai-lop/ung-dung/")
    assert "no-store" in page["Cache-Control"]
    secret = re.search(r'secret">([A-Z2-7]+)<', page.content.decode())[1]
    assert client.post("/tai-khoan/hai-lop/ung-dung/", {"code": "000000"}).status_code == 200
    answer = client.post("/tai-khoan/hai-lop/ung-dung/", {"code": code(secret=secret)})
    assert answer.url == "/tai-khoan/hai-lop/ma-du-phong/"
    shown = client.get(answer.url).content.decode()
    assert len(set(re.findall(r'class="code">(\d{8})<', shown))) == 10
    assert not re.findall(r"\d{8}<", client.get(answer.url).content.decode())
    assert client.get("/van-phong/").status_code == 200
    assert [entry.data["kind"] for entry in noted("second_factor_added")] == ["totp"]
    client.post("/dang-xuat/")
    sign_in(client, off.head)
    assert "hai-lop" in prove(client, code(secret=secret)).request["PATH_INFO"]
    assert not is_in(client)  # the code that set the app up is used up


def test_the_password_alone_opens_nothing(off, client):
    person = with_app(off.head)
    assert sign_in(client, person).url == "/dang-nhap/hai-lop/"
    assert not is_in(client)
    assert prove(client, code()).url == "/van-phong/"
    assert is_in(client)


def test_a_code_is_good_once(off):
    person = with_app(off.head)
    with time_machine.travel(START, tick=False) as now:
        shown = code()
        first, second = Client(), Client()
        sign_in(first, person)
        sign_in(second, person)
        assert prove(first, shown).status_code == 302
        assert prove(second, shown).status_code == 200
        now.shift(31)  # the step is still within the tolerance, and the cache has forgotten
        assert prove(second, shown).status_code == 200
        assert prove(second, code()).status_code == 302


def test_a_clock_that_is_set_back_makes_no_old_code_good(off):
    person = with_app(off.head)
    app = Authenticator.objects.get(user=person)
    with time_machine.travel(START, tick=False):
        earlier, now = code(-1), code()
        assert accepts(app, now)
    with time_machine.travel(START - 60, tick=False):
        assert not accepts(app, earlier)
        assert not accepts(app, now)
    with time_machine.travel(START - 3600, tick=False):
        assert not accepts(app, code())  # nothing until the clock is right again
    with time_machine.travel(START + 90, tick=False):
        assert accepts(app, code())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_code_one_comes_in(off):
    person = with_app(off.head)
    app, shown, came = Authenticator.objects.get(user=person), code(), []
    barrier = threading.Barrier(4)

    def attempt():
        barrier.wait()
        came.append(accepts(app, shown))
        connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [False, False, False, True]


def test_five_wrong_codes_close_the_door_to_the_right_one(off, client):
    person = with_app(off.head)
    with time_machine.travel(START, tick=False) as now:
        sign_in(client, person)
        for _ in range(5):
            prove(client, "000000")
        assert prove(client, code()).status_code == 200
        assert [entry.data["user"] for entry in noted("second_factor_refused")] == [person.pk]
        now.shift(15 * 60 + 1)
        client = Client()
        sign_in(client, person)
        assert prove(client, code()).status_code == 302


def test_a_recovery_code_stands_in_for_a_lost_device_once(off):
    person = with_app(off.head)
    spare = RecoveryCodes.activate(person).generate_codes()[0]
    first, second = Client(), Client()
    sign_in(first, person)
    sign_in(second, person)
    assert prove(first, spare).status_code == 302
    assert prove(second, spare).status_code == 200


def test_a_lost_device_is_taken_off_by_an_administrator_and_its_sessions_end(off, mailoutbox, mandatory):
    person = with_app(off.head)
    type(person).objects.filter(pk=person.pk).update(email="chu.tich@example.vn")
    thief, admin = Client(), Client()
    sign_in(thief, person)
    prove(thief, code())
    assert is_in(thief)
    admin.force_login(off.administrator)
    session = admin.session
    session["second_factor_proven"] = off.administrator.pk
    session.save()
    admin.post(f"/quan-tri/tai-khoan/{person.pk}/", {"reset_second_factor": "1"})
    assert not is_in(thief)
    assert not Authenticator.objects.filter(user=person).exists()
    (entry,) = noted("second_factor_reset")
    assert (entry.actor, entry.data["user"]) == (f"user:{off.administrator.pk}", person.pk)
    assert [mail.to for mail in mailoutbox] == [["chu.tich@example.vn"]]
    again = Client()
    sign_in(again, person)
    assert again.get("/van-phong/").url == "/tai-khoan/hai-lop/"


def test_the_last_second_factor_stays_where_it_is_demanded(off, client, mandatory):
    person = with_app(off.head)
    sign_in(client, person)
    prove(client, code())
    client.post("/tai-khoan/xac-nhan/", {"password": PASSWORD})
    page = client.post("/tai-khoan/hai-lop/ung-dung/go/")
    assert page.status_code == 200
    assert Authenticator.objects.filter(user=person, type="totp").exists()


def test_changing_a_second_factor_asks_for_the_password_once_more(off, client):
    person = with_app(off.receiver)
    sign_in(client, person)
    prove(client, code())
    for path in ("ung-dung/go/", "khoa/", "ma-du-phong/moi/"):
        assert client.get(f"/tai-khoan/hai-lop/{path}").url.startswith("/tai-khoan/xac-nhan/"), path


def test_secrets_are_sealed_at_rest_and_appear_in_no_log(off, client, at_once, caplog):
    caplog.set_level("DEBUG")
    sign_in(client, with_password(off.receiver))
    page = client.get("/tai-khoan/hai-lop/ung-dung/").content.decode()
    secret = re.search(r'secret">([A-Z2-7]+)<', page)[1]
    client.post("/tai-khoan/hai-lop/ung-dung/", {"code": code(secret=secret)})
    client.get("/tai-khoan/hai-lop/ma-du-phong/")
    app, spare = Authenticator.objects.get(type="totp"), Authenticator.objects.get(type="recovery_codes")
    assert secret not in str(app.data)
    assert sealing.unseal(app.data["secret"]) == secret
    assert sealing.unseal(spare.data["seed"]) not in str(spare.data)
    assert secret not in str(dict(client.session))
    for entry in noted("second_factor_added") + noted("recovery_codes_drawn"):
        assert secret not in bytes(entry.canonical).decode()
    assert secret not in caplog.text


def test_another_key_opens_no_secret_and_guesses_none(settings):
    sealed = sealing.seal(SECRET)
    settings.SECOND_FACTOR_KEY = "another key, long enough to be one"
    with pytest.raises(ImproperlyConfigured, match="SECOND_FACTOR_KEY"):
        sealing.unseal(sealed)
