"""Pages of the calendar, of breaches and of corrected dates; the history of a date on the pages of a case."""

import json
import re
from datetime import date
from html import unescape
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import lives
from workflow import breaches, calendars, corrections, escalation, explain, presentation, store, yearly
from workflow.calendar import due, shipped
from workflow.models import Breach, CalendarProposal, CalendarVersion, Case, Deadline, LocalClosure, ReceiptCorrection

pytestmark = pytest.mark.django_db
D = date.fromisoformat
NOW = "2026-10-07 09:00"
HOME, BREACHES = "/quan-tri/lich/", "/van-phong/vi-pham/"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _editions_are_read_anew():
    store._calendar.cache_clear()
    yield
    store._calendar.cache_clear()


@pytest.fixture
def office():
    office = lives.Office()
    office.keeper = office.person("administrator", office.province, "keeper")
    office.second = office.person("administrator", office.province, "second")
    CalendarVersion.objects.create(table=shipped().to_json(), note="shipped")
    return office


def get(client, user, url, at=NOW):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    with lives.on(at):
        return client.get(url)


def post(client, user, url, data, at=NOW):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    with lives.on(at):
        return client.post(url, data)


def text(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def sent(rows, **more):
    """Return a year's form as a browser sends it."""
    data = {
        "form-TOTAL_FORMS": len(rows) + 1,
        "form-INITIAL_FORMS": 0,
        "form-MIN_NUM_FORMS": 0,
        "form-MAX_NUM_FORMS": 120,
    }
    for n, row in enumerate(rows):
        data |= {f"form-{n}-on": row.on.isoformat(), f"form-{n}-kind": row.kind, f"form-{n}-name": row.name}
    data |= {f"form-{len(rows)}-on": "", f"form-{len(rows)}-kind": "holiday", f"form-{len(rows)}-name": ""}
    return {**data, "confirmed": "on", "document": "12/TB-BNV", **more}


def with_day_off(day="2026-10-09"):
    return [*yearly.rows(shipped(), 2026), yearly.Row(D(day), "swapped", "Nghỉ hoán đổi")]


# who ---------------------------------------------------------------------------------------------------------------

PAGES = [HOME, f"{HOME}2026/", f"{HOME}dong-cua/"]


@pytest.mark.parametrize(
    "role", ["head", "explainer", "receiver", "clerk", "officer", "administrator", "superior", "inspector"]
)
def test_nobody_else_keeps_the_calendar(client, office, role):
    for url in PAGES:
        assert get(client, getattr(office, role), url).status_code == 403, url


def test_who_is_not_signed_in_is_asked_to(client, office):
    for url in [*PAGES, f"{HOME}de-xuat/1/", f"{HOME}dong-cua/1/", BREACHES, f"{BREACHES}1/"]:
        assert client.get(url).url.startswith("/dang-nhap/"), url


def test_a_keeper_sees_years_with_their_status(client, office):
    page = text(get(client, office.keeper, HOME))
    assert "2026 confirmed" in page
    assert "2027 provisional" in page
    assert "Edition" in page


# a year ------------------------------------------------------------------------------------------------------------


def test_a_year_is_previewed_proposed_and_published_by_another(client, office):
    case = lives.filed(office, "2026-10-05 09:00")
    url = f"{HOME}2026/"
    assert get(client, office.keeper, url).status_code == 200
    page = post(client, office.keeper, url, sent(with_day_off(), preview="1"))
    assert "1 open deadline would move" in text(page)
    assert case.code in text(page)
    assert not CalendarProposal.objects.exists()
    page = post(client, office.keeper, url, sent(with_day_off(), propose="1", seen=page.context["seen"]))
    proposal = CalendarProposal.objects.get()
    assert page.url == f"{HOME}de-xuat/{proposal.pk}/"
    page = get(client, office.keeper, page.url)
    assert "Publish this edition" not in text(page)
    post(client, office.keeper, f"{HOME}de-xuat/{proposal.pk}/", {"accept": "1"})
    assert CalendarVersion.objects.count() == 1
    assert "Publish this edition" in text(get(client, office.second, f"{HOME}de-xuat/{proposal.pk}/"))
    post(client, office.second, f"{HOME}de-xuat/{proposal.pk}/", {"accept": "1"})
    assert CalendarVersion.objects.count() == 2
    assert Deadline.objects.get(case=case).due_on == D("2026-10-13")
    assert "edition" in text(get(client, office.second, f"{HOME}de-xuat/{proposal.pk}/"))


def test_what_was_not_previewed_is_not_proposed(client, office):
    url = f"{HOME}2026/"
    seen = post(client, office.keeper, url, sent(with_day_off(), preview="1")).context["seen"]
    page = post(client, office.keeper, url, sent(with_day_off("2026-10-08"), propose="1", seen=seen))
    assert page.context["seen"] != seen
    assert not CalendarProposal.objects.exists()


def test_the_whole_list_is_a_file(client, office):
    case = lives.filed(office, "2026-10-05 09:00")
    with lives.on(NOW):
        made = calendars.propose(calendars.in_force().overridden(off=[D("2026-10-09")]), by=office.keeper)
    page = get(client, office.second, f"{HOME}de-xuat/{made.pk}/?tep=1")
    assert page.content.decode("utf-8-sig").splitlines()[1] == f"{case.code},xa-tan-hoa,decide,2026-10-12,2026-10-13,"


def test_a_file_fills_the_form_and_proposes_nothing(client, office):
    file = SimpleUploadedFile("2027.csv", "date,kind,name\n2027-02-04,holiday,Tết\n".encode())
    page = post(client, office.keeper, f"{HOME}2027/", {"import": "1", "file": file})
    assert 'value="2027-02-04"' in page.content.decode()
    assert "CSV file" in text(page)
    assert not CalendarProposal.objects.exists()
    wrong = SimpleUploadedFile("2027.csv", b"date,kind\n2027-02-30,holiday\n")
    page = post(client, office.keeper, f"{HOME}2027/", {"import": "1", "file": wrong})
    assert page.status_code == 422
    assert "Line 2" in text(page)


def test_the_holidays_package_fills_the_form(client, office):
    page = post(client, office.keeper, f"{HOME}2027/", {"holidays": "1"})
    assert 'value="2027-04-16"' in page.content.decode()
    assert "unofficial" in text(page)


@pytest.mark.parametrize(("rows", "more", "why"), [
    ([yearly.Row(D("2027-01-01"), "holiday")], {}, "not a day of 2026"),
    ([], {"document": ""}, "follows an official notice"),
])  # fmt: skip
def test_a_wrong_year_says_why(client, office, rows, more, why):
    page = post(client, office.keeper, f"{HOME}2026/", sent(rows, preview="1", **more))
    assert page.status_code == 422
    assert why in text(page)


def test_a_year_nobody_counts_in_is_not_there(client, office):
    assert get(client, office.keeper, f"{HOME}1066/").status_code == 404


def test_a_proposal_may_be_taken_back(client, office):
    with lives.on(NOW):
        made = calendars.propose(calendars.in_force().overridden(off=[D("2026-10-09")]), by=office.keeper)
    post(client, office.keeper, f"{HOME}de-xuat/{made.pk}/", {"decline": "1"})
    made.refresh_from_db()
    assert made.state == "declined"


def test_a_closure_is_recorded_and_confirmed_by_another(client, office):
    given = {
        "agency": office.agency.pk, "first_on": "2026-10-08", "last_on": "2026-10-09", "authority": "UBND tỉnh",
        "document": "99/QĐ-UBND", "dated_on": "2026-10-06", "reason": "Bão số 9",
    }  # fmt: skip
    page = post(client, office.keeper, f"{HOME}dong-cua/", {**given, "last_on": "2026-10-01"})
    assert page.status_code == 422
    url = post(client, office.keeper, f"{HOME}dong-cua/", given).url
    assert "0 open deadlines would move" in text(get(client, office.second, url))  # A22 is off
    post(client, office.keeper, url, {"accept": "1"})
    assert LocalClosure.objects.get().state == "open"
    post(client, office.second, url, {"accept": "1"})
    assert LocalClosure.objects.get().state == "accepted"


# the command -------------------------------------------------------------------------------------------------------


def command(*args):
    out = StringIO()
    with lives.on(NOW):
        call_command("calendar_import", *args, stdout=out)
    return out.getvalue()


def test_the_command_proposes_only(office, tmp_path):
    case = lives.filed(office, "2026-10-05 09:00")
    file = tmp_path / "2026.csv"
    file.write_text(yearly.to_csv(with_day_off()), encoding="utf-8")
    args = (str(file), "--year", "2026", "--by", "keeper", "--document", "12/TB-BNV", "--confirmed", "--json")
    told = json.loads(command(*args))
    assert told["moves"] == [
        {"case": case.code, "period": "decide", "was": "2026-10-12", "now": "2026-10-13", "breach": ""}
    ]
    assert CalendarProposal.objects.get().pk == told["proposal"]
    assert CalendarVersion.objects.count() == 1
    assert "would move" in command("--holidays", "--year", "2027", "--by", "keeper", "--dry-run")
    assert CalendarProposal.objects.count() == 1


@pytest.mark.parametrize(("args", "why"), [
    (["--year", "2027", "--by", "keeper"], "Name a CSV file"),
    (["--holidays", "--year", "2027", "--by", "nobody"], "no account"),
    (["--holidays", "--year", "2027", "--by", "head"], "administrators"),
    (["no.csv", "--year", "2027", "--by", "keeper"], "cannot be read"),
    (["--holidays", "--year", "2027", "--by", "keeper", "--confirmed"], "official notice"),
])  # fmt: skip
def test_the_command_says_what_is_wrong(office, args, why):
    with pytest.raises(CommandError, match=why):
        command(*args)


# breaches ----------------------------------------------------------------------------------------------------------


def late(office, at="2026-10-20 09:00"):
    case = lives.filed(office, "2026-10-05 09:00")
    with lives.on(at):
        escalation.sweep(lives.local(at))
        breaches.read_log()
    return case, Breach.objects.get(case_id=case.pk)


def test_the_head_reads_and_explains(client, office):
    case, breach = late(office)
    at = "2026-10-20 09:00"
    page = text(get(client, office.head, BREACHES, at))
    assert case.code in page
    assert "6 working days late" in page
    url = f"{BREACHES}{breach.pk}/"
    page = text(get(client, office.head, url, at))
    for said in ("NĐ59 Đ.11 k.4", "NĐ59 Đ.81 k.1 a", "NĐ 172/2025/NĐ-CP", "Monday 12/10/2026", "Người head"):
        assert said in page
    assert post(client, office.head, url, {"text": ""}, at).status_code == 422
    post(client, office.head, url, {"text": "Trụ sở bị ngập."}, at)
    page = get(client, office.head, url, at)
    assert "Trụ sở bị ngập." in text(page)
    assert "<textarea" not in page.content.decode()


def test_the_inspector_reads_under_the_jurisdiction(client, office):
    case, breach = late(office)
    assert case.code in text(get(client, office.inspector, BREACHES, "2026-10-20 09:00"))
    page = get(client, office.inspector, f"{BREACHES}{breach.pk}/", "2026-10-20 09:00")
    assert "<textarea" not in page.content.decode()
    elsewhere = office.person("inspector", office.other, "elsewhere")
    assert case.code not in text(get(client, elsewhere, BREACHES, "2026-10-20 09:00"))
    assert get(client, elsewhere, f"{BREACHES}{breach.pk}/", "2026-10-20 09:00").status_code == 404


@pytest.mark.parametrize("role", ["receiver", "clerk", "officer", "administrator", "explainer", "stranger", "superior"])
def test_for_others_there_is_no_breach(client, office, role):
    _case, breach = late(office)
    assert get(client, getattr(office, role), f"{BREACHES}{breach.pk}/", "2026-10-20 09:00").status_code == 404
    if role not in ("stranger", "superior"):
        assert get(client, getattr(office, role), BREACHES, "2026-10-20 09:00").status_code == 403


def test_the_register_costs_the_same_whatever_it_holds(client, office):
    late(office)
    get(client, office.head, BREACHES, "2026-10-20 09:00")
    with CaptureQueriesContext(connection) as one:
        get(client, office.head, BREACHES, "2026-10-20 09:00")
    for _ in range(9):
        late(office)
    with CaptureQueriesContext(connection) as ten:
        page = get(client, office.head, BREACHES, "2026-10-20 09:00")
    assert len(page.context["rows"]) == 10
    assert len(ten) == len(one)


# a corrected date --------------------------------------------------------------------------------------------------


def correct(client, user, case, at=NOW, **changes):
    data = {
        "received_on": "2026-10-02",
        "number": "88",
        "reason": "Gõ nhầm.",
        "scan": SimpleUploadedFile("dau.pdf", PDF),
    }
    return post(client, user, f"/van-phong/ho-so/{case.code}/ngay-den/", {**data, **changes}, at)


def test_two_persons_correct_a_date_and_the_citizen_sees_both(client, office):
    case = lives.filed(office, "2026-10-05 09:00", **lives.WRITTEN)
    assert "Correct the date of receipt" in text(get(client, office.receiver, f"/van-phong/ho-so/{case.code}/"))
    assert correct(client, office.receiver, case, scan="").status_code == 422
    assert correct(client, office.receiver, case, received_on="2026-10-06").status_code == 422
    assert not ReceiptCorrection.objects.exists()
    assert correct(client, office.receiver, case).status_code == 302
    url = f"/van-phong/ho-so/{case.code}/ngay-den/"
    assert "Confirm: the stamp" not in text(get(client, office.receiver, url))
    post(client, office.receiver, url, {"confirm": "1"})
    assert Deadline.objects.get().due_on == D("2026-10-12")
    assert "Friday 02/10/2026" in text(get(client, office.clerk, url))
    post(client, office.clerk, url, {"confirm": "1"})
    assert Deadline.objects.get().due_on == D("2026-10-09")
    page = text(citizen(client, case))
    assert "Date of receipt corrected" in page
    assert "last day now Friday 09/10/2026, before it was Monday 12/10/2026" in page


@pytest.mark.parametrize("role", ["officer", "explainer"])
def test_it_is_not_for_others_of_the_office(client, office, role):
    case = lives.filed(office, "2026-10-05 09:00")
    assert get(client, getattr(office, role), f"/van-phong/ho-so/{case.code}/ngay-den/").status_code == 403


# the history of a date ---------------------------------------------------------------------------------------------


def citizen(client, case, at=NOW):
    client.logout()
    client.cookies["django_language"] = "en"
    with lives.on(at):
        client.post("/theo-doi/", {"code": case.code, "secret": case.secret})
        return client.get(f"/ho-so/{case.code}/")


def pages(client, office, case, at):
    """Return the pages of the official, the inspector and the citizen, as words."""
    return (
        text(get(client, office.head, f"/van-phong/ho-so/{case.code}/", at)),
        text(get(client, office.inspector, f"/thanh-tra/ho-so/{case.code}/", at)),
        text(citizen(client, case, at)),
    )


def test_every_page_tells_the_history_of_a_date(client, office):
    case = lives.filed(office, "2026-10-05 09:00")
    with lives.on(NOW):
        calendars.publish(
            calendars.propose(calendars.in_force().overridden(off=[D("2026-10-09")]), by=office.keeper, note="bão"),
            by=office.second,
        )
        calendars.settle()
    edition = CalendarVersion.objects.latest("pk")
    for page in pages(client, office, case, NOW):
        assert "Monday 05/10/2026 (entry 1: File the request)" in page
        assert "5 working days (NĐ59 Đ.11 k.4)" in page
        assert f"edition {edition.pk}, bão" in page
        assert "NĐ 59/2019/NĐ-CP" in page
        assert f"counted anew by edition {edition.pk} of the calendar; last day now Tuesday 13/10/2026" in page
        assert "before it was Monday 12/10/2026" in page


def test_pauses_and_extension_stand_in_it(client, office):
    case = lives.filed(office, "2026-03-02 08:00")
    lives.act(office, case, "accept", "2026-03-02 10:00", "head")
    lives.act(office, case, "suspend", "2026-03-10 10:00", "head")
    lives.act(office, case, "resume", "2026-03-26 10:00", "head")
    lives.act(office, case, "extend", "2026-03-27 10:00", "head", days=10)
    for page in pages(client, office, case, "2026-03-27 11:00"):
        assert "from Tuesday 10/03/2026 to Thursday 26/03/2026: 16 days not counted" in page
        assert "Extended by 10 days" in page


def test_example_22_the_shadow_of_a_late_notice_is_not_for_the_citizen(client, office):
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-20 09:00", "head")
    own, inspectors, citizens = pages(client, office, case, "2026-10-20 10:00")
    for page in (own, inspectors):
        assert "Wednesday 04/11/2026" in page
        assert "Tuesday 27/10/2026 shadow" in page
    assert "shadow" not in citizens
    assert "27/10/2026" not in citizens.replace("21/10", "")


def test_a_supplemented_request_has_a_shadow_from_its_first_arrival(client, office):
    case = lives.filed(office, "2026-12-01 09:00", **lives.WRITTEN)
    lives.act(office, case, "request_supplement", "2026-12-03 09:00", "receiver")
    lives.act(office, case, "supplement", "2026-12-09 09:00", "requester")
    own, inspectors, citizens = pages(client, office, case, "2026-12-09 10:00")
    for page in (own, inspectors):
        assert "Wednesday 16/12/2026" in page
        assert "Tuesday 08/12/2026 shadow: counted from the first arrival (A6)" in page
    assert "shadow" not in citizens


def test_example_5_the_latest_defensible_day_is_not_for_the_citizen(client, office):
    case = lives.filed(office, "2026-02-20 22:15")
    own, inspectors, citizens = pages(client, office, case, "2026-02-23 09:00")
    for page in (own, inspectors):
        assert "Friday 27/02/2026" in page
        assert "Monday 02/03/2026 latest defensible" in page
    assert "defensible" not in citizens
    assert "02/03/2026" not in citizens


def test_the_command_and_the_pages_explain_a_date_in_the_same_words(office):
    case = lives.filed(office, "2026-02-12 09:00")
    out = StringIO()
    call_command("deadline", "explanation", "decide", "--from", "2026-02-12", "--json", stdout=out)
    told = json.loads(out.getvalue())["explanation"]
    line = next(iter(presentation.due_lines(Case.objects.get(pk=case.pk).explanationrequest, D("2026-02-13"))))
    period = case.law.periods["decide"]
    assert told == line.why == explain.sentences(due(period, D("2026-02-12"), shipped()), law=case.law)
    assert told[0] == "Thursday 12/02/2026: received, not counted (BLDS Đ.147 k.2)"


def test_a_correction_that_waits_is_not_told(client, office):
    case = lives.filed(office, "2026-10-05 09:00", **lives.WRITTEN)
    correct(client, office.receiver, case)
    assert corrections.clock_of(Case.objects.get(pk=case.pk)).anchor_on == D("2026-10-05")
    assert "02/10/2026" not in text(citizen(client, case))
