"""An account's life in a real Chromium: invitation, password, security key, single sign-on, a lost device."""

import re

import pytest

from tests import lives
from tests.acceptance.test_whole_life import DESK, PHONE, Person, browser  # noqa: F401
from tests.workflow.accounts.people import PASSWORD, code, noted, with_app, with_password
from tests.workflow.accounts.provider import Provider
from workflow.models import Appointment, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def meet(browser, live_server, settings):  # noqa: F811
    settings.SITE_URL, met = live_server.url, []

    def person(size=DESK):
        met.append(Person(browser, live_server, size))
        return met[-1]

    yield person
    for one in met:
        one.context.close()


def press(person, button):
    person.page.get_by_role("button", name=button, exact=True).click()
    person.look()


def sign_in(person, name, password=PASSWORD):
    person.go("/dang-nhap/")
    person.page.fill("[name=username]", name)
    person.page.fill("[name=password]", password)
    press(person, "Đăng nhập")


def with_key(person):
    """Plug a security key into the browser."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})


def test_from_the_invitation_to_a_sign_in_with_a_security_key(meet, mailoutbox, settings):
    off = lives.Office()
    with_app(off.administrator)
    settings.SECOND_FACTOR_MANDATORY = True
    admin = meet()
    sign_in(admin, "administrator")
    admin.page.fill("[name=code]", code())
    press(admin, "Đăng nhập")
    admin.go("/quan-tri/tai-khoan/")
    admin.go("/quan-tri/tai-khoan/moi/")
    for name, value in {"full_name": "Lê Thị Mới", "email": "moi@example.vn", "username": "tanhoa.moi"}.items():
        admin.page.fill(f"[name={name}]", value)
    admin.page.select_option("[name=agency]", str(off.agency.pk))
    press(admin, "Gửi lời mời")
    assert "đã mời" in admin.text()
    user = User.objects.get(username="tanhoa.moi")
    Appointment.objects.create(user=user, agency=off.agency, role="head", decision="1/QĐ", starts_on="2020-01-01")

    invited = meet(PHONE)
    with_key(invited)
    invited.go(re.search(r"/loi-moi/\S+", mailoutbox[0].body)[0])
    for name in ("password1", "password2"):
        invited.page.fill(f"[name={name}]", PASSWORD)
    press(invited, "Nhận tài khoản")
    assert "bắt buộc" in invited.text()
    invited.go("/van-phong/")
    assert invited.page.url.endswith("/tai-khoan/hai-lop/")
    invited.page.get_by_role("link", name="Thiết lập ứng dụng").click()
    invited.look()
    assert invited.page.locator(".qr img").evaluate("image => image.naturalWidth") > 100
    invited.go("/tai-khoan/hai-lop/khoa/")
    invited.page.get_by_role("button", name="Thêm khóa").click()
    invited.page.wait_for_url("**/ma-du-phong/")
    invited.look()
    assert len(set(re.findall(r"\b\d{8}\b", invited.text()))) == 10
    invited.go("/van-phong/")
    invited.go("/tai-khoan/")
    invited.go("/tai-khoan/hai-lop/")
    invited.go("/tai-khoan/phien/")

    press(invited, "Đăng xuất")
    sign_in(invited, "tanhoa.moi")
    assert invited.page.url.endswith("/dang-nhap/hai-lop/")
    invited.page.get_by_role("button", name="Dùng khóa bảo mật").click()
    invited.page.wait_for_url("**/van-phong/")
    invited.look()
    assert [entry.data["kind"] for entry in noted("second_factor_added")] == ["webauthn"]

    admin.go(f"/quan-tri/tai-khoan/{user.pk}/")
    admin.page.locator("summary", has_text="Khóa tài khoản").click()
    press(admin, "Khóa tài khoản")
    assert "đã khóa" in admin.text()
    invited.go("/van-phong/")
    assert "/dang-nhap/" in invited.page.url


def test_a_page_with_a_key_that_does_not_answer_says_so(meet):
    off = lives.Office()
    with_password(off.receiver)
    person = meet(PHONE)
    sign_in(person, "receiver")
    person.go("/tai-khoan/hai-lop/khoa/")
    person.page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new Error()) }")
    person.page.get_by_role("button", name="Thêm khóa").click()
    person.page.get_by_text("Khóa không phản hồi").wait_for()
    person.look()


def test_a_browser_walks_to_the_provider_and_back(meet, settings):
    off = lives.Office()
    with_password(off.receiver)
    with Provider() as provider:
        settings.OPENID = provider.settings()
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [settings.OPENID]}}
        policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy | {"form-action": ["'self'", provider.url]}}
        person = meet(PHONE)
        sign_in(person, "receiver")
        person.go("/tai-khoan/")
        press(person, "Liên kết VNeID")
        person.page.fill("[name=password]", PASSWORD)
        press(person, "Xác nhận")
        assert "liên kết ngày" in person.text()
        person.page.locator("nav").get_by_role("button", name="Đăng xuất").click()
        person.look()
        press(person, "Đăng nhập bằng VNeID")
        assert person.page.url.endswith("/van-phong/")
