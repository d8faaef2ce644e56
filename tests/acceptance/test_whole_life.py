"""One whole life through the three faces, in a real Chromium: the citizen on a phone, the officials, the inspector."""

import os
import re

import pytest
from django.test import override_settings

from tests import lives
from workflow import clock
from workflow.ledger import chain
from workflow.models import Case

PASSWORD = "mat-khau-du-dai-2026"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's sync interface runs a loop of its own
    with sync_playwright() as playwright:
        driven = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield driven
        driven.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Person:
    """Somebody before a screen; every page they meet is checked for what no page may do."""

    def __init__(self, browser, live_server, size):
        self.base = live_server.url
        self.context = browser.new_context(viewport=size, locale="vi-VN")
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda told: told.type == "error" and self.complaints.append(told.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path):
        answer = self.page.goto(self.base + path)
        assert answer.status == 200, path
        self.look()

    def look(self):
        page = self.page
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide"
        assert page.locator("html").get_attribute("lang") == "vi"
        assert self.complaints == [], page.url

    def text(self):
        return self.page.locator("main").inner_text()


@pytest.fixture
def office():
    office = lives.Office()
    for role in ("head", "explainer", "receiver", "clerk", "officer", "inspector"):
        person = getattr(office, role)
        person.set_password(PASSWORD)
        person.save()
    return office


@pytest.fixture
def people(browser, live_server):
    met = []

    def meet(username=None, size=DESK):
        person = Person(browser, live_server, size)
        met.append(person)
        if username:
            person.go("/dang-nhap/")
            person.page.fill("[name=username]", username)
            person.page.fill("[name=password]", PASSWORD)
            person.page.locator("main button[type=submit], main form button").first.click()
            person.look()
        return person

    yield meet
    for person in met:
        person.context.close()


def file(citizen, office):
    citizen.go("/")
    citizen.page.goto(citizen.base + "/yeu-cau/moi/")
    page = citizen.page
    page.select_option("[name=agency]", str(office.agency.pk))
    page.fill("[name=name]", "Nguyễn Thị Bình")
    page.fill("[name=address]", "Thôn 2, xã Tân Hòa")
    page.fill("[name=phone]", "0900 000 002")
    page.fill("[name=question_1]", "Căn cứ nào để thu hồi thửa đất số 12?")
    page.locator("[name=types_1]").first.check()
    pad = page.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(box["x"] + 40 + 30 * step, box["y"] + 40 + 10 * (step % 2))
    page.mouse.up()
    page.check("[name=confirmed]")
    page.locator("main form button[type=submit]:not([name=more]), main form button.primary").last.click()
    citizen.look()
    code = re.search(r"GT-[2-9A-Z]{4}-[2-9A-Z]{4}", citizen.text())[0]
    secret = re.search(r"\b([2-9A-Z]{4}-){3}[2-9A-Z]{4}\b", citizen.text().replace(code, ""))[0]
    return code, secret


def write(official, path, fields):
    official.go(path)
    for name, value in fields.items():
        field = official.page.locator(f"[name='{name}']").first
        kind = field.evaluate("one => one.type")
        if kind == "radio":
            official.page.check(f"[name='{name}'][value='{value}']")
        elif kind == "checkbox":
            field.check()
        elif kind.startswith("select"):
            field.select_option(value)
        else:
            field.fill(value)
    official.page.locator("main form button.primary").first.click()
    official.look()
    assert official.page.url != official.base + path, official.text()


def first_task(official):
    official.go("/van-phong/")
    return official.page.locator("a[href*='/van-phong/viec/']").first.get_attribute("href")


def paper(param, number):
    return {f"{param}-number": number, f"{param}-dated_on": clock.legal_day(clock.now()).isoformat()}


@override_settings(SITE_URL="http://127.0.0.1")
def test_a_request_lives_from_filing_to_closing_on_three_faces(people, office):
    citizen = people(size=PHONE)
    code, secret = file(citizen, office)
    case = Case.objects.get(code=code)
    assert case.state == "received"

    head = people("head")
    assert code in head.text()
    write(
        head,
        f"/van-phong/ho-so/{code}/accept/",
        {"capacity": "yes", "affected": "yes", **paper("notice", "12/TB-UBND")},
    )
    write(head, first_task(head), {"handler": str(office.officer.pk)})

    officer = people("officer", size=PHONE)
    assert code in officer.text()
    write(
        officer,
        first_task(officer),
        {"legal_basis": "Luật Đất đai 2024, Điều 79", "answers-1": "Thu hồi theo Điều 79."},
    )

    write(head, f"/van-phong/ho-so/{code}/sign/", paper("answer", "34/UBND-VP"))
    clerk = people("clerk")
    write(clerk, f"/van-phong/ho-so/{code}/send/", {"delivery": "post", "proof": "RN123456789VN"})

    follower = people(size=PHONE)
    follower.go("/theo-doi/")
    follower.page.fill("[name=code]", code.lower())
    follower.page.fill("[name=secret]", secret)
    follower.page.locator("main form button").first.click()
    follower.look()
    assert "Đã gửi" in follower.text()
    assert "34/UBND-VP" in follower.text()
    follower.go(f"/ho-so/{code}/record_receipt/")
    follower.page.fill("[name=received_on]", clock.legal_day(clock.now()).isoformat())
    follower.page.locator("main form button.primary").first.click()
    follower.look()

    officer.go(f"/van-phong/ho-so/{code}/close/")
    officer.page.locator("main form button.primary").first.click()
    officer.look()

    inspector = people("inspector")
    inspector.go(f"/thanh-tra/ho-so/{code}/")
    assert "34/UBND-VP" in inspector.text()
    forms = inspector.page.locator("main form")
    assert [forms.nth(n).get_attribute("action") for n in range(forms.count())] == [
        f"/thanh-tra/ho-so/{code}/chung-cu/",
        f"/thanh-tra/ho-so/{code}/giu/",
    ]
    inspector.go("/thanh-tra/nhat-ky/")
    assert code in inspector.text()

    case.refresh_from_db()
    assert case.state == "closed"
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []
