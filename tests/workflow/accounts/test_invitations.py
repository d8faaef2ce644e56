"""Invitations and the administrators who send them; accounts that are closed and never deleted."""

import re

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client

from tests.workflow.accounts.people import PASSWORD, is_in, noted, sign_in, with_password
from workflow.accounts.models import Invitation
from workflow.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
NEW = "bốn con mèo trên mái nhà"


@pytest.fixture
def admin(off):
    browser = Client()
    browser.force_login(off.administrator)
    return browser


def invite(admin, off, **changes):
    given = {
        "full_name": "Lê Thị Mới", "title": "Chuyên viên", "email": "Moi@Example.vn", "username": "tanhoa.moi",
        "agency": off.agency.pk, **changes,
    }  # fmt: skip
    return admin.post("/quan-tri/tai-khoan/moi/", given)


def link(mail):
    return re.search(r"(/loi-moi/\S+)", mail.body)[1]


def accept(client, address, password=NEW):
    return client.post(address, {"password1": password, "password2": password})


def test_an_invited_person_chooses_a_password_and_is_in(admin, off, client, mailoutbox):
    answer = invite(admin, off)
    user = User.objects.get(username="tanhoa.moi")
    assert answer.url == f"/quan-tri/tai-khoan/{user.pk}/"
    (mail,) = mailoutbox
    assert mail.to == ["moi@example.vn"]
    page = client.get(link(mail))
    assert "tanhoa.moi" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert accept(client, link(mail), "ngan").status_code == 422
    assert accept(client, link(mail)).status_code == 302
    assert is_in(client)
    assert [entry.data["user"] for entry in noted("invited")] == [user.pk]
    assert len(noted("invitation_accepted")) == 1


def test_a_link_works_once(admin, off, client, mailoutbox):
    invite(admin, off)
    accept(client, link(mailoutbox[0]))
    assert client.get(link(mailoutbox[0])).status_code == 410
    assert accept(Client(), link(mailoutbox[0]), "năm con ngựa trên đồi").status_code == 410
    assert User.objects.get(username="tanhoa.moi").check_password(NEW)


def test_a_link_is_void_after_a_week(admin, off, client, mailoutbox):
    with time_machine.travel(1_790_000_000, tick=False):
        browser = Client()
        browser.force_login(off.administrator)
        invite(browser, off)
    with time_machine.travel(1_790_000_000 + 7 * 24 * 3600, tick=False):
        assert accept(client, link(mailoutbox[0])).status_code == 410


def test_another_invitation_voids_the_first_and_corrects_the_address(admin, off, client, mailoutbox):
    page = invite(admin, off).url
    admin.post(page, {"invite": "1", "email": "dung@example.vn"})
    first, second = mailoutbox
    assert second.to == ["dung@example.vn"]
    assert client.get(link(first)).status_code == 410
    assert accept(client, link(second)).status_code == 302


def test_closing_the_account_voids_the_link(admin, off, client, mailoutbox):
    page = invite(admin, off).url
    admin.post(page, {"deactivate": "1"})
    assert accept(client, link(mailoutbox[0])).status_code == 410


def test_an_account_without_a_password_opens_to_nobody(admin, off, client, mailoutbox):
    invite(admin, off)
    client.post("/quen-mat-khau/", {"email": "moi@example.vn"})
    assert len(mailoutbox) == 1  # the invitation alone
    for password in ("", "!", NEW):
        client.post("/dang-nhap/", {"username": "tanhoa.moi", "password": password})
    assert not is_in(client)


def test_the_secret_of_a_link_stands_in_the_mail_alone(admin, off, mailoutbox):
    invite(admin, off)
    secret = link(mailoutbox[0]).split("/")[2]
    row = Invitation.objects.values().get()
    assert secret not in str(row)
    assert all(secret not in bytes(entry.canonical).decode() for entry in noted("invited"))


@pytest.mark.parametrize(
    "changes",
    [{"username": "HEAD"}, {"email": "HEAD@example.vn"}, {"agency": ""}, {"full_name": ""}, {"username": "a b"}],
)
def test_one_person_has_one_account(admin, off, mailoutbox, changes):
    User.objects.filter(pk=off.head.pk).update(email="head@example.vn")
    answer = invite(admin, off, **changes)
    assert answer.status_code == 422
    assert "Lê Thị Mới" in answer.content.decode() or "full_name" in changes
    assert mailoutbox == []


def test_the_database_too_refuses_a_second_account(off):
    User.objects.filter(pk=off.head.pk).update(email="head@example.vn")
    for row in ({"username": "Head"}, {"username": "khac", "email": "Head@Example.vn"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            User.objects.create(full_name="Ai đó", **row)


def test_a_relay_that_fails_is_told_to_the_administrator_and_to_nobody_else(admin, off, client, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1  # nobody listens there
    answer = admin.get(invite(admin, off).url)
    assert "thư không gửi được" in answer.content.decode()
    User.objects.filter(pk=off.head.pk).update(email="head@example.vn", password="x")
    known = client.post("/quen-mat-khau/", {"email": "head@example.vn"})
    assert known.url == client.post("/quen-mat-khau/", {"email": "nobody@example.vn"}).url


# whose accounts an administrator keeps ---------------------------------------------------------------------------


def test_an_administrator_sees_and_invites_in_the_subtree_alone(admin, off):
    page = admin.get("/quan-tri/tai-khoan/").content.decode()
    assert "Người head" in page
    assert "Người stranger" not in page
    assert "Người superior" not in page
    assert admin.get(f"/quan-tri/tai-khoan/{off.stranger.pk}/").status_code == 404
    assert admin.post(f"/quan-tri/tai-khoan/{off.stranger.pk}/", {"deactivate": "1"}).status_code == 404
    assert invite(admin, off, agency=off.other.pk).status_code == 422
    assert User.objects.get(pk=off.stranger.pk).is_active


def test_the_province_keeps_its_communes(off):
    person = off.person("administrator", off.province, "tinh.quantri")
    browser = Client()
    browser.force_login(person)
    page = browser.get("/quan-tri/tai-khoan/").content.decode()
    assert "Người head" in page
    assert "Người stranger" in page
    assert "Người head" not in browser.get("/quan-tri/tai-khoan/?q=stranger").content.decode()


@pytest.mark.parametrize("role", ["head", "inspector", "receiver", "clerk", "officer"])
def test_nobody_else_finds_these_pages(off, client, role):
    client.force_login(getattr(off, role))
    for path in ("/quan-tri/tai-khoan/", "/quan-tri/tai-khoan/moi/", f"/quan-tri/tai-khoan/{off.head.pk}/"):
        assert client.get(path).status_code in (403, 404), path
        assert client.post(path, {"deactivate": "1"}).status_code in (403, 404), path
    assert User.objects.get(pk=off.head.pk).is_active


def test_nobody_keeps_their_own_account(admin, off):
    page = f"/quan-tri/tai-khoan/{off.administrator.pk}/"
    assert "deactivate" not in admin.get(page).content.decode()
    admin.post(page, {"deactivate": "1"})
    assert User.objects.get(pk=off.administrator.pk).is_active


def test_a_person_with_powers_beyond_is_kept_by_who_stands_above(admin, off):
    from datetime import date

    from workflow.models import Appointment

    Appointment.objects.create(
        user=off.superior, agency=off.agency, role="officer", decision="5/QĐ", starts_on=date(2020, 1, 1)
    )
    page = f"/quan-tri/tai-khoan/{off.superior.pk}/"
    assert admin.get(page).status_code == 200
    for act in ("deactivate", "reset_second_factor", "end_sessions"):
        admin.post(page, {act: "1"})
    assert User.objects.get(pk=off.superior.pk).is_active
    assert noted("second_factor_reset") == []


def test_a_list_costs_the_same_however_long_it_is(admin, off, django_assert_max_num_queries):
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(connection) as asked:
            admin.get("/quan-tri/tai-khoan/")
        return len(asked)

    few = cost()
    for n in range(30):
        off.person("officer", off.agency, f"officer{n}")
    assert cost() == few


# closing ---------------------------------------------------------------------------------------------------------


def test_who_is_deactivated_while_signed_in_is_out_at_once(admin, off):
    person = with_password(off.receiver)
    browser = Client()
    sign_in(browser, person)
    kept = browser.cookies["sessionid"].value
    admin.post(f"/quan-tri/tai-khoan/{person.pk}/", {"deactivate": "1"})
    assert not is_in(browser)
    answer = sign_in(Client(), person)
    assert answer.status_code == 302
    assert answer.url == "/dang-nhap/da-dong/"
    admin.post(f"/quan-tri/tai-khoan/{person.pk}/", {"reactivate": "1"})
    old = Client()
    old.cookies["sessionid"] = kept
    assert not is_in(old)  # an old session does not come back with the account
    assert sign_in(Client(), person).status_code == 302
    (entry,) = noted("account_deactivated")
    assert (entry.actor, entry.data["user"], entry.data["sessions"]) == (
        f"user:{off.administrator.pk}",
        person.pk,
        1,
    )
    assert len(noted("account_reactivated")) == 1


def test_ending_sessions_leaves_the_account_open(admin, off):
    person = with_password(off.receiver)
    browser = Client()
    sign_in(browser, person)
    admin.post(f"/quan-tri/tai-khoan/{person.pk}/", {"end_sessions": "1"})
    assert not is_in(browser)
    assert sign_in(browser, person, PASSWORD).status_code == 302


def test_no_account_is_deleted_by_the_program(off):
    for delete in (
        off.stranger.delete,
        User.objects.filter(pk=off.stranger.pk).delete,
        get_user_model().objects.all().delete,
    ):
        with pytest.raises(ProtectedError):
            delete()


@pytest.mark.parametrize(
    ("database", "sql"),
    [
        ("both", "DELETE FROM workflow_user"),
        ("postgresql", "TRUNCATE workflow_user CASCADE"),
        (
            "sqlite",
            "INSERT OR REPLACE INTO workflow_user (id, username, full_name, title, password, email, is_active, is_staff,"
            " is_superuser, date_joined) SELECT 99999, username, 'X', '', '', '', 1, 0, 0, date_joined FROM workflow_user"
            " WHERE username = 'stranger'",
        ),
    ],
)
def test_no_account_is_deleted_in_the_database(off, database, sql):
    if database not in ("both", connection.vendor):
        pytest.skip(f"this is tried on {database}")
    before = list(User.objects.order_by("pk").values())
    if database == "postgresql":
        connection.check_constraints()  # or what the test's own transaction holds would stop it first
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert list(User.objects.order_by("pk").values()) == before
