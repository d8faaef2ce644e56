"""The pages of people and powers, as those who administer agencies and those who lead them use them."""

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import lives
from workflow import appointments
from workflow.models import Appointment, Delegation, LogEntry, User

pytestmark = pytest.mark.django_db
D = date.fromisoformat
NOW = "2026-10-07 09:00"
PEOPLE, GIVEN, LENT = "/quan-tri/nguoi-dung/", "/quan-tri/bo-nhiem/", "/quan-tri/uy-quyen/"
OWN, OVER = "/van-phong/uy-quyen/", "/quan-tri/ban-giao/"


@pytest.fixture
def office():
    office = lives.Office()
    office.keeper = office.person("administrator", office.province, "keeper")
    office.newcomer = User.objects.create(username="newcomer", full_name="Lê Thị Mới")
    return office


@pytest.fixture(autouse=True)
def _now():
    with lives.on(NOW):
        yield


def get(client, user, url):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client.get(url)


def post(client, user, url, **data):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client.post(url, data)


def text(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


APPOINTED = {
    "person": "newcomer",
    "agency": "xa-tan-hoa",
    "role": "clerk",
    "decision": "12/QĐ-UBND",
    "starts_on": "2026-10-08",
}


def test_only_administrators_find_the_pages(client, office):
    own = Appointment.objects.get(user=office.head).pk
    urls = (
        PEOPLE,
        f"{PEOPLE}{office.head.pk}/",
        GIVEN,
        f"{GIVEN}moi/",
        f"{GIVEN}{own}/",
        LENT,
        OVER,
        f"{OVER}{office.head.pk}/",
    )
    for url in urls:
        assert get(client, office.keeper, url).status_code == 200, url
        assert get(client, office.administrator, url).status_code == 200, url
        for user in (office.head, office.inspector, office.newcomer):
            assert get(client, user, url).status_code == 403, url
        client.logout()
        assert client.get(url).status_code == 302


def test_an_administrator_sees_the_people_of_the_subtree_and_those_without_any_power(client, office):
    whole = text(get(client, office.keeper, PEOPLE))
    assert all(one.full_name in whole for one in (office.head, office.stranger, office.newcomer))
    part = text(get(client, office.administrator, PEOPLE))
    assert office.head.full_name in part
    assert office.newcomer.full_name in part
    assert office.stranger.full_name not in part
    assert get(client, office.administrator, f"{PEOPLE}{office.stranger.pk}/").status_code == 404
    other = Appointment.objects.get(user=office.stranger).pk
    assert get(client, office.administrator, f"{GIVEN}{other}/").status_code == 404
    assert post(client, office.administrator, f"{GIVEN}{other}/", on="2026-10-08", decision="1").status_code == 404
    for words in ("mới", "moi", "MOI le thi"):
        found = text(get(client, office.keeper, f"{PEOPLE}?q={words}"))
        assert office.newcomer.full_name in found
        assert office.head.full_name not in found


def test_appointing_and_ending_on_the_pages(client, office):
    answer = post(client, office.keeper, f"{GIVEN}moi/", **APPOINTED)
    given = Appointment.objects.get(user=office.newcomer)
    assert answer["Location"] == f"{GIVEN}{given.pk}/"
    assert "to come" in text(get(client, office.keeper, f"{GIVEN}{given.pk}/"))
    assert "12/QĐ-UBND" in text(get(client, office.keeper, f"{GIVEN}?when=later"))
    assert "12/QĐ-UBND" not in text(get(client, office.keeper, GIVEN))
    post(client, office.keeper, f"{GIVEN}{given.pk}/", on="2026-10-31", decision="13/QĐ-UBND")
    with lives.on("2026-10-31 20:00"):
        assert "ends tonight" in text(get(client, office.keeper, f"{GIVEN}?q=newcomer"))
    with lives.on("2026-11-01 00:30"):
        assert "ended by 13/QĐ-UBND" in text(get(client, office.keeper, f"{GIVEN}?when=past"))


def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(client, office):
    answer = post(client, office.administrator, f"{GIVEN}moi/", **APPOINTED | {"person": "administrator"})
    assert answer.status_code == 422
    assert "Nobody gives a power to themselves" in text(answer)
    assert 'value="12/QĐ-UBND"' in answer.content.decode()
    assert LogEntry.objects.filter(chain="security", transition="refused").count() == 1
    answer = post(client, office.administrator, f"{GIVEN}moi/", **APPOINTED | {"agency": "xa-khac"})
    assert "no such agency among those that you administer" in text(answer)


def test_a_head_delegates_and_revokes(client, office):
    assert get(client, office.clerk, OWN).status_code == 200
    own = Appointment.objects.get(user=office.head)
    assert "Delegate" in text(get(client, office.head, OWN))
    said = {"person": "officer", "decision": "5/UQ", "starts_on": "2026-10-07", "ends_on": "2026-10-16"}
    answer = post(client, office.head, f"{OWN}bo-nhiem/{own.pk}/", **said)
    given = Delegation.objects.get()
    assert answer["Location"] == f"{OWN}{given.pk}/"
    assert (given.principal, given.substitute, given.role) == (office.head, office.officer, "head")
    assert "in force" in text(get(client, office.head, answer["Location"]))
    post(client, office.head, answer["Location"], on="2026-10-08", decision="6/UQ")
    given.refresh_from_db()
    assert (given.ends_on, given.end_decision) == (D("2026-10-08"), "6/UQ")
    for user in (office.officer, office.clerk):
        assert get(client, user, answer["Location"]).status_code == 404
        assert get(client, user, f"{OWN}bo-nhiem/{own.pk}/").status_code == 404


def test_an_administrator_enters_a_delegation_signed_on_paper(client, office):
    own = Appointment.objects.get(user=office.head)
    said = {"person": "newcomer", "decision": "5/UQ", "starts_on": "2026-10-07", "ends_on": "2026-10-16"}
    answer = post(client, office.keeper, f"{GIVEN}{own.pk}/uy-quyen/", **said)
    given = Delegation.objects.get()
    assert answer["Location"] == f"{LENT}{given.pk}/"
    assert "Người head → Lê Thị Mới" in text(get(client, office.keeper, LENT))
    assert post(client, office.administrator, f"{LENT}{given.pk}/", on="2026-10-08", decision="6/UQ").status_code == 302


@pytest.mark.parametrize("url", [PEOPLE, GIVEN, f"{LENT}?when=all"])
def test_lists_take_a_fixed_number_of_statements(client, office, url):
    def counted():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    get(client, office.keeper, url)
    few = counted()
    for n in range(20):
        user = office.person("officer", office.agency, f"officer{n}")
        appointments.delegate(
            office.head,
            user,
            office.agency,
            "head",
            by=office.head,
            document="5",
            starts_on=D("2026-10-07"),
            ends_on=D("2026-10-09"),
        )
    assert counted() == few


def test_a_long_list_goes_on_where_it_stopped(client, office):
    for n in range(60):
        office.person("officer", office.agency, f"person{n:02}")
    first = get(client, office.keeper, PEOPLE)
    more = re.search(r'href="\?([^"]*sau=[^"]+)"', first.content.decode())
    second = get(client, office.keeper, f"{PEOPLE}?{unescape(more[1])}")
    names = [re.findall(r'class="hash">([^<]+)<', page.content.decode()) for page in (first, second)]
    assert len(names[0]) == 50
    assert sorted(names[0] + names[1]) == sorted(User.objects.values_list("username", flat=True))
    first = get(client, office.keeper, GIVEN)
    more = re.search(r'href="\?([^"]*truoc=[^"]+)"', first.content.decode())
    assert get(client, office.keeper, f"{GIVEN}?{unescape(more[1])}").content.count(b"bo-nhiem/") > 5
