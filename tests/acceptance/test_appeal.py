"""From a late explanation to a second-instance decision, through four people's screens in a real Chromium."""

import re

import pytest

from tests import appeals, lives
from tests.acceptance.test_whole_life import PASSWORD, PHONE, browser, paper, people, write  # noqa: F401
from workflow import clock, engine, store
from workflow.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECRET = "AAAA-BBBB-CCCC-DDDD"
WORDS = "Theo hồ sơ và quy định của Luật Khiếu nại."


class Shared:
    """A simulated clock that the server's threads see as well."""

    def __init__(self):
        self.value = None

    def get(self):
        return self.value

    def set(self, value):
        before, self.value = self.value, value
        return before

    def reset(self, before):
        self.value = before


@pytest.fixture
def at(monkeypatch):
    """Move the present of everybody to a local moment."""
    shared = Shared()
    monkeypatch.setattr(clock, "_simulated", shared)
    return lambda text: shared.set(lives.local(text))


@pytest.fixture
def office():
    office = appeals.Office()
    for person in (office.head, office.superior, office.above["officer"]):
        person.set_password(PASSWORD)
        person.save()
    return office


def lodge(citizen, code, **fields):
    """Lodge a complaint on a phone from the page of what it attacks; return its code and its secret."""
    page = citizen.page
    citizen.go(f"/ho-so/{code}/khieu-nai/")
    for name, value in {
        "content": WORDS,
        "demand_1": "Giải trình đúng hạn.",
        "id_number": "000000000001",
        **fields,
    }.items():
        page.fill(f"[name={name}]", value)
    pad = page.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60)
    page.mouse.up()
    page.check("[name=confirmed]")
    page.locator("main form button.primary").last.click()
    citizen.look()
    found = re.search(r"K[NL]-[2-9A-Z]{4}-[2-9A-Z]{4}", citizen.text())[0]
    secret = re.search(r"\b([2-9A-Z]{4}-){3}[2-9A-Z]{4}\b", citizen.text().replace(found, ""))[0]
    page.locator("main form button.primary").click()
    citizen.look()
    assert found in citizen.text()
    return found, secret


def contents(case, act):
    return {f"contents-{key}": WORDS for key in appeals.contents(case, act)}


def test_from_a_late_explanation_to_the_second_decision(people, office, at):  # noqa: F811
    at("2026-09-01 09:00")
    request = lives.filed(office, "2026-09-01 09:00")
    lives.act(office, request, "accept", "2026-09-04 09:00", "head")  # due 21/09/2026
    Case.objects.filter(pk=request.pk).update(secret_hash=engine.hash_secret(SECRET))

    at("2026-09-22 09:00")
    citizen = people(size=PHONE)
    citizen.go("/theo-doi/")
    citizen.page.fill("[name=code]", request.code)
    citizen.page.fill("[name=secret]", SECRET)
    citizen.page.locator("main form button").first.click()
    citizen.look()
    citizen.page.locator(f"a[href='/ho-so/{request.code}/complain_open/']").click()
    citizen.look()
    assert "UBND xã Tân Hòa" in citizen.text()
    code, _secret = lodge(citizen, request.code)
    first = appeals_case(code)
    assert (first.object, first.agency_id) == ("silence", office.agency.pk)

    head = people("head")
    head.go("/van-phong/")
    assert code in head.text()
    write(head, f"/van-phong/ho-so/{code}/accept/", {**paper("notice", "41/TB-UBND"), **contents(first, "accept")})
    write(
        head,
        f"/van-phong/ho-so/{code}/verify/",
        {"verifier": str(office.officer.pk), **paper("decision", "42/QĐ-UBND")},
    )
    appeals.act(office, first, "report", "2026-10-01 09:00", "officer")
    at("2026-10-02 09:00")
    decision = {"outcome": "keep", "conclusion": "wrong", **paper("decision", "43/QĐ-UBND")}
    write(head, f"/van-phong/ho-so/{code}/decide/", {**decision, **contents(first, "decide")})
    appeals.act(office, appeals_case(code), "send", "2026-10-05 09:00", "clerk")

    at("2026-10-06 09:00")
    second_code, _secret = lodge(citizen, code)
    second = appeals_case(second_code)
    assert (second.agency_id, second.earlier_id) == (office.province.pk, first.pk)
    appeals.act(office, second, "accept", "2026-10-07 09:00", "head")
    appeals.act(office, second, "verify", "2026-10-07 10:00", "head")

    at("2026-10-12 09:00")
    verifier = people("above_officer")
    write(verifier, f"/van-phong/ho-so/{second_code}/report/", {"differs": "on", **paper("report", "7/BC-VP")})
    appeals.act(
        office, second, "call_dialogue", "2026-10-12 10:00", "head", held_on=lives.local("2026-10-20 09:00").date()
    )
    appeals.act(office, second, "hold_dialogue", "2026-10-20 09:00", "head")

    at("2026-10-21 09:00")
    chairman = people("superior")
    decision = {"outcome": "stop", "conclusion": "right", **paper("decision", "501/QĐ-UBND")}
    write(chairman, f"/van-phong/ho-so/{second_code}/decide/", {**decision, **contents(second, "decide")})
    citizen.go(f"/ho-so/{second_code}/")
    assert "Đã ra quyết định giải quyết" in citizen.text()
    assert "501/QĐ-UBND" in citizen.text()
    citizen.go(f"/ho-so/{request.code}/")
    assert "501/QĐ-UBND" in citizen.text()
    assert Case.objects.get(pk=request.pk).state == "accepted"


def appeals_case(code):

    return store.load(Case.objects.get(code=code))
