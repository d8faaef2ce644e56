"""Passwords: the policy, forgotten ones, links that work once."""

import re
import threading

import pytest
import time_machine
from allauth.account import forms as account
from allauth.core.exceptions import ImmediateHttpResponse
from django.db import connection
from django.test import Client

from tests.workflow.accounts.people import PASSWORD, code, is_in, noted, sign_in, with_app, with_password
from workflow.accounts.forms import NewPasswordForm
from workflow.models import User

pytestmark = pytest.mark.django_db
NEW = "bốn con mèo trên mái nhà"


@pytest.fixture
def person(off):
    user = with_password(off.receiver)
    User.objects.filter(pk=user.pk).update(email="tiep.nhan@example.vn")
    return User.objects.get(pk=user.pk)


def ask(client, email="tiep.nhan@example.vn", **more):
    return client.post("/quen-mat-khau/", {"email": email}, **more)


def link(mail):
    return re.search(r"(/quen-mat-khau/\S+)", mail.body)[1]


def choose(client, address, password=NEW):
    page = client.get(address, follow=True)
    if not page.redirect_chain:
        return page
    return client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})


def test_a_link_sets_a_new_password_once(person, client, mailoutbox):
    before = Client()
    sign_in(before, person)
    assert ask(client).url == "/quen-mat-khau/da-gui/"
    (mail,) = mailoutbox
    assert choose(client, link(mail)).url == "/quen-mat-khau/xong/"
    assert not is_in(before)
    assert not is_in(client)  # whoever reads the mail still has to prove who they are
    assert sign_in(client, person, NEW).status_code == 302
    again = choose(Client(), link(mail), "một mật khẩu thứ ba 33")
    assert again.status_code == 200
    assert sign_in(Client(), person, NEW).status_code == 302
    assert [entry.data["user"] for entry in noted("password_reset")] == [person.pk]
    assert len(mailoutbox) == 2  # the owner is told


def test_a_link_leaves_the_second_factor_alone(off, client, mailoutbox):
    person = with_app(off.head)
    User.objects.filter(pk=person.pk).update(email="chu.tich@example.vn")
    ask(client, "chu.tich@example.vn")
    choose(client, link(mailoutbox[0]))
    assert sign_in(client, person, NEW).url == "/dang-nhap/hai-lop/"
    assert client.post("/dang-nhap/hai-lop/", {"code": code()}).status_code == 302


def test_a_link_is_too_old_after_two_hours(person, client, mailoutbox):
    with time_machine.travel(1_790_000_000, tick=False) as now:
        ask(client)
        now.shift(2 * 3600 + 1)
        assert "/quen-mat-khau/" in choose(client, link(mailoutbox[0])).content.decode()
    assert sign_in(Client(), person, PASSWORD).status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_mail(person, client, mailoutbox):
    assert ask(client, "khong.ai@example.vn").url == ask(client).url
    assert [mail.to for mail in mailoutbox] == [["tiep.nhan@example.vn"]]


def test_a_closed_account_gets_no_link(person, client, mailoutbox):
    User.objects.filter(pk=person.pk).update(is_active=False)
    ask(client)
    assert mailoutbox == []


def test_the_link_leads_to_this_site_whatever_host_the_request_claims(person, client, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    ask(client, HTTP_HOST="evil.example")
    assert "evil.example" not in mailoutbox[0].body
    assert settings.SITE_URL in mailoutbox[0].body


def test_a_mailbox_is_not_flooded(person, mailoutbox):
    for n in range(10):
        ask(Client(REMOTE_ADDR=f"10.0.0.{n}"))
    assert len(mailoutbox) == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_resets_at_once_with_one_link_one_counts(person):
    token = account.default_token_generator.make_token(person)
    barrier, done = threading.Barrier(2), []

    def reset(password):
        form = NewPasswordForm(
            {"password1": password, "password2": password}, user=User.objects.get(pk=person.pk), temp_key=token
        )
        assert form.is_valid(), form.errors
        barrier.wait()
        try:
            form.save()
            done.append(password)
        except ImmediateHttpResponse as refused:
            done.append(refused.response.url)
        finally:
            connection.close()

    words = (NEW, "năm con ngựa trên đồi")
    threads = [threading.Thread(target=reset, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "/quen-mat-khau/da-dung/" in done
    (winner,) = [one for one in done if one in words]
    assert User.objects.get(pk=person.pk).check_password(winner)


@pytest.mark.parametrize(
    ("password", "why"),
    [("ngan-qua", "12"), ("123456789012345", "số"), ("password12345", ""), ("receiver1234", "")],
)
def test_the_policy_refuses_and_says_why(person, client, password, why):
    sign_in(client, person)
    given = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    answer = client.post("/tai-khoan/mat-khau/", given)
    assert answer.status_code == 200
    assert 'id="errors"' in answer.content.decode()
    assert why in answer.content.decode()
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)
