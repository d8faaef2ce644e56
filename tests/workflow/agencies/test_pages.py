"""The register's pages: who sees them, what they find, what they change, and the entry each change leaves."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import lives
from tests.workflow.agencies.support import HOME, get, offices, post, text
from workflow.agencies import search, tree
from workflow.agencies.models import FormerName
from workflow.ledger import chain
from workflow.models import Agency, Appointment, LogEntry

pytestmark = pytest.mark.django_db
PAGES = (
    "",
    "nhap/",
    "ke-thua/",
    "ke-thua/moi/",
    "xa-tan-hoa/",
    "xa-tan-hoa/sua/",
    "xa-tan-hoa/chuyen/",
    "them/?duoi=tinh",
)
FIELDS = {"name": "UBND xã Tân Hòa", "short": "UBND", "level": "commune", "address": "Thôn 1", "hotline": "+84 900 000 001",
          "reception": "thứ Năm hằng tuần", "receives": "on"}  # fmt: skip


@pytest.fixture
def office():
    return offices()


def entries(agency):
    return list(LogEntry.objects.filter(chain=f"agency:{agency.slug}").order_by("seq"))


def holds(agency):
    assert list(chain.failures(entries(agency))) == []


# who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["head", "receiver", "inspector", "superior"])
def test_only_administrators_see_the_register(client, office, page, who):
    assert get(client, getattr(office, who), HOME + page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_asked_to_sign_in(client, office, page):
    assert client.get(HOME + page).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_sees_the_own_subtree(client, office, page):
    assert get(client, office.keeper, HOME + page).status_code == 200


@pytest.mark.parametrize("page", PAGES[4:])
def test_no_administrator_sees_another_subtree(client, office, page):
    assert get(client, office.outsider, HOME + page).status_code == 404


def test_lists_hold_the_own_subtree_alone(client, office):
    said = text(get(client, office.outsider, HOME))
    assert "UBND tỉnh Bắc" in said
    assert "Tân Hòa" not in said
    assert "Tân Hòa" not in text(get(client, office.outsider, HOME + "?q=tan hoa&het=1"))


def test_nobody_writes_into_another_subtree(office):
    for change in (
        lambda: tree.edit(office.agency, {"name": "X"}, by=office.outsider),
        lambda: tree.add(office.province, "x", {"name": "X", "level": "commune"}, by=office.outsider),
        lambda: tree.move(office.agency, office.north, by=office.keeper),
        lambda: tree.move(office.agency, office.other, by=office.outsider),
    ):
        with pytest.raises(tree.NotYours):
            change()
    assert LogEntry.objects.count() == 0


def test_an_administrator_whose_appointment_has_ended_sees_nothing(client, office):
    Appointment.objects.filter(user=office.keeper).update(ends_on="2026-10-06")
    assert get(client, office.keeper, HOME).status_code == 403


# finding -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["tân hòa", "TAN HOA", "hoa tan", "xa-tan", "Tân Hoà".replace("oà", "òa")])
def test_an_agency_is_found_with_or_without_diacritics(office, typed):
    assert list(search.named(Agency.objects.all(), typed)) == [office.agency]


def test_d_with_and_without_its_stroke_are_the_same(office):
    tree.edit(office.agency, {"name": "UBND phường Đông Đô"}, by=office.keeper)
    assert list(search.named(Agency.objects.all(), "dong do")) == [office.agency]


def test_an_old_name_is_still_found_and_shown(client, office):
    tree.edit(office.agency, {"name": "UBND xã Hòa Bình"}, by=office.keeper)
    assert FormerName.objects.get().name == "UBND xã Tân Hòa"
    said = text(get(client, office.keeper, HOME + "?q=tan hoa"))
    assert "UBND xã Hòa Bình" in said
    assert "formerly UBND xã Tân Hòa" in said


def test_pages_follow_one_another_without_gap_or_repetition(client, office, monkeypatch):
    monkeypatch.setattr(search, "PAGE", 4)
    for n in range(9):
        lives.agency(f"xa-{n}", f"UBND xã số {n}", "commune", office.province)
    url, found = HOME, []
    while url:
        page = get(client, office.keeper, url)
        found += [row.agency.slug for row in page.context["rows"]]
        url = f"{HOME}?{page.context['more']}" if page.context["more"] else ""
    assert found == list(search.under([office.province.path]).values_list("slug", flat=True))


@pytest.mark.parametrize("url", [HOME, HOME + "?q=xa", HOME + "tinh/", HOME + "ke-thua/", HOME + "xuat/?dang=csv"])
def test_queries_are_constant_in_the_number_of_rows(client, office, url):
    get(client, office.keeper, url)

    def cost():
        with CaptureQueriesContext(connection) as found:
            assert b"".join(get(client, office.keeper, url)) if "xuat" in url else get(client, office.keeper, url)
        return len(found)

    few = cost()
    for n in range(30):
        one = lives.agency(f"so-{n}", f"UBND xã số {n}", "commune", office.province)
        office.person("officer", one, f"nguoi-{n}")
    assert cost() == few


# changing ----------------------------------------------------------------------------------------------------------


def test_an_edit_is_saved_with_an_entry_that_says_who_and_what(client, office):
    mark = get(client, office.keeper, HOME + "xa-tan-hoa/sua/").context["form"]["seen"].value()
    answer = post(client, office.keeper, HOME + "xa-tan-hoa/sua/", {**FIELDS, "seen": mark})
    assert answer.status_code == 302
    office.agency.refresh_from_db()
    assert (office.agency.hotline, office.agency.reception) == ("+84 900 000 001", "thứ Năm hằng tuần")
    [entry] = entries(office.agency)
    assert (entry.transition, entry.actor) == ("agency_changed", f"user:{office.keeper.pk}")
    assert entry.data["changes"]["hotline"] == ["", "+84 900 000 001"]
    holds(office.agency)
    assert "Hotline: – → +84 900 000 001" in text(get(client, office.keeper, HOME + "xa-tan-hoa/"))


def test_an_edit_that_changes_nothing_leaves_no_entry(office):
    assert not tree.edit(office.agency, tree.values(office.agency), by=office.keeper)
    assert entries(office.agency) == []


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(client, office):
    mark = tree.seen(office.agency)
    tree.edit(office.agency, {"hotline": "0900 000 009"}, by=office.second)
    answer = post(client, office.keeper, HOME + "xa-tan-hoa/sua/", {**FIELDS, "seen": mark})
    assert answer.status_code == 422
    assert "Somebody has changed this meanwhile" in text(answer)
    office.agency.refresh_from_db()
    assert office.agency.hotline == "0900 000 009"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"remote": "on"}, "needs its legal reference"),
        ({"name": "=HYPERLINK(1)"}, "as a formula does"),
        ({"address": "@SUM(A1)"}, "as a formula does"),
        ({"name": "Xã \u202e nhầm"}, "cannot be printed"),
        ({"level": "district"}, "not one of the available choices"),
        ({"name": ""}, "required"),
    ],
)
def test_a_wrong_field_is_refused_and_what_was_typed_stays(client, office, changes, why):
    answer = post(client, office.keeper, HOME + "xa-tan-hoa/sua/", {**FIELDS, **changes})
    assert answer.status_code == 422
    assert why in text(answer)
    assert "thứ Năm hằng tuần" in answer.content.decode()
    assert entries(office.agency) == []


def test_a_remote_area_with_its_reference_is_saved(client, office):
    given = {**FIELDS, "remote": "on", "remote_basis": "15/QĐ-UBND ngày 10/07/2025"}
    assert post(client, office.keeper, HOME + "xa-tan-hoa/sua/", given).status_code == 302
    assert Agency.objects.get(pk=office.agency.pk).remote


def test_a_new_agency_gets_its_code_from_its_name(client, office):
    answer = post(client, office.keeper, HOME + "them/?duoi=tinh", {**FIELDS, "name": "UBND xã Đắk Rồ", "slug": ""})
    assert answer.status_code == 302
    new = Agency.objects.get(slug="ubnd-xa-dak-ro")
    assert Agency.objects.get_parent(new) == office.province
    assert [entry.transition for entry in entries(new)] == ["agency_added"]
    holds(new)


@pytest.mark.parametrize(
    ("code", "why"), [("xa-khac", "has the code"), ("Xã Mới", "small letters"), ("nhap", "small letters")]
)
def test_a_code_is_free_plain_and_not_one_of_our_words(client, office, code, why):
    answer = post(client, office.keeper, HOME + "them/?duoi=tinh", {**FIELDS, "slug": code})
    assert answer.status_code == 422
    assert why in text(answer)


def test_an_agency_moves_with_all_that_is_under_it(client, office):
    department = lives.agency("phong", "Phòng Kinh tế", "department", office.agency)
    lives.agency("so", "Sở Tư pháp", "department", office.province)
    answer = post(client, office.keeper, HOME + "xa-tan-hoa/chuyen/", {"superior": "so tu phap", "decision": "7/QĐ"})
    assert answer.status_code == 302
    department.refresh_from_db()
    assert [one.slug for one in Agency.objects.get_ancestors(department)] == ["tinh", "so", "xa-tan-hoa"]
    [entry] = entries(office.agency)
    assert entry.data == {"was": "tinh", "now": "so", "decision": "7/QĐ", "actor_name": entry.data["actor_name"]}
    assert Agency.objects.find_problems() == ([], [], [], [], [])


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("phong", "under itself"),
        ("xa-tan-hoa", "under itself"),
        ("tinh", "its superior already"),
        ("tinh-bac", "No agency that you administer"),
        ("ubnd", "Several agencies fit"),
    ],
)
def test_no_impossible_superior(client, office, to, why):
    lives.agency("phong", "Phòng Kinh tế", "department", office.agency)
    answer = post(client, office.keeper, HOME + "xa-tan-hoa/chuyen/", {"superior": to, "decision": "7/QĐ"})
    assert answer.status_code == 422
    assert why in text(answer)
