"""What the inspector finds by the log: patterns, late cases, samples that can be drawn again, lists to take along."""

import csv
import hashlib
import subprocess
import sys
from datetime import date
from io import BytesIO, StringIO

import pytest
from django.utils import translation
from openpyxl import load_workbook

from tests import lives, readings
from workflow import breaches, clock, escalation, openings, spreadsheets
from workflow.calendar import shipped
from workflow.inspection import draws, findings
from workflow.inspection.pages import is_far
from workflow.ledger import chain, keys
from workflow.models import Case, Draw, Finding, LogEntry

pytestmark = pytest.mark.django_db
Kind = Finding.Kind


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def office():
    return lives.Office()


def read(client, user, url, at="2026-04-01 09:00"):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    with lives.on(at):
        return client.get(url)


def found(*kinds):
    """Return what was found of some kinds, as (kind, act, detail)."""
    findings.read_log()
    rows = Finding.objects.filter(kind__in=kinds).order_by("entry_id", "detail")
    return [(one.kind, one.transition, one.detail) for one in rows]


def assigned(office, case, handler, at):
    with lives.on(at):
        agency = case.agency
        chain.append(
            f"agency:{agency.slug}", "assigned", actor=office.head, agency_id=agency.pk, case=case.code, handler=handler.pk
        )  # fmt: skip


# what is found -----------------------------------------------------------------------------------------------------


def test_an_ordinary_life_shows_no_pattern(office):
    case = lives.filed(office)
    lives.act(office, case, "accept", "2026-03-05 10:00", "head")
    assert found(*Finding.PATTERNS) == []


def test_a_ground_is_found_wherever_it_stands(office):
    case = lives.filed(office)
    lives.act(office, case, "refuse", "2026-03-04 09:00", "head")
    assert found(Kind.GROUND) == [(Kind.GROUND, "refuse", "R2a")]


@pytest.mark.parametrize(("at", "is_last"), [("2026-03-19 09:00", False), ("2026-03-20 16:00", True)])
def test_an_extension_on_the_last_day(office, at, is_last):
    case = lives.filed(office)
    lives.act(office, case, "accept", "2026-03-05 10:00", "head")
    assert case.procedure  # accepted on 05/03: the fifteenth day is Friday 20/03
    lives.act(office, case, "extend", at, "head")
    assert found(Kind.LAST_DAY) == ([(Kind.LAST_DAY, "extend", "")] if is_last else [])


@pytest.mark.parametrize(
    ("at", "outside"),
    [
        ("2026-03-05 06:59", True), ("2026-03-05 07:00", False), ("2026-03-05 16:59", False),
        ("2026-03-05 17:00", True), ("2026-03-07 10:00", True),
    ],
)  # fmt: skip
def test_office_hours(office, at, outside):
    case = lives.filed(office)
    lives.act(office, case, "accept", at, "head")
    assert bool(found(Kind.AFTER_HOURS)) is outside


@pytest.mark.parametrize(("at", "said", "outside"), [
    ("2026-03-05 17:59", {"closing_hour": 18}, False), ("2026-03-05 18:00", {"closing_hour": 18}, True),
    ("2026-03-07 10:00", {"saturday_works": True}, False), ("2026-03-08 10:00", {"saturday_works": True}, True),
])  # fmt: skip
def test_office_hours_are_those_of_the_assumptions(monkeypatch, office, at, said, outside):
    readings.assume(monkeypatch, **said)
    case = lives.filed(office)
    lives.act(office, case, "accept", at, "head")
    assert bool(found(Kind.AFTER_HOURS)) is outside


def test_an_act_entered_after_a_working_saturday_is_back_dated(monkeypatch, office):
    """Dated on Friday and recorded on Monday: one working day lies between where Saturdays work."""
    case = lives.filed(office)
    entry = LogEntry(at=lives.local("2026-03-06 09:00"), recorded_at=lives.local("2026-03-09 09:00"))
    assert not is_far(entry, shipped(), case.procedure.week)
    readings.assume(monkeypatch, saturday_works=True)
    assert is_far(entry, shipped(), case.procedure.week)


def test_a_citizen_may_file_at_night(office):
    lives.filed(office, "2026-03-02 23:30")
    assert found(Kind.AFTER_HOURS) == []


def test_acts_that_crowd_after_the_last_day(office):
    case = lives.filed(office)
    with lives.on("2026-03-20 09:00"):
        escalation.sweep(clock.now())
    for name, role, at in [("accept", "head", "09:10"), ("sign", "head", "09:20"), ("send", "clerk", "09:30")]:
        lives.act(office, case, name, f"2026-03-20 {at}", role)
    assert found(Kind.BURST) == [(Kind.BURST, "send", "")]


def test_a_case_that_comes_back_to_who_gave_it_away(office):
    case = lives.filed(office)
    for handler, at in [(office.officer, "09:00"), (office.explainer, "10:00"), (office.explainer, "10:30")]:
        assigned(office, case, handler, f"2026-03-03 {at}")
    assert found(Kind.LOOP) == []
    assigned(office, case, office.officer, "2026-03-03 11:00")
    assert found(Kind.LOOP) == [(Kind.LOOP, "assigned", f"user:{office.officer.pk}")]


def test_following_twice_finds_nothing_new(office):
    case = lives.filed(office)
    lives.act(office, case, "refuse", "2026-03-07 09:00", "head")
    first = found(*Kind)
    from workflow.models import LogReader

    LogReader.objects.filter(name=findings.READER).update(entry_id=0, gaps={})
    assert found(*Kind) == first
    assert first


# pages -------------------------------------------------------------------------------------------------------------


def test_patterns_are_counted_and_lead_to_their_entries(client, office):
    for _ in range(2):
        case = lives.filed(office)
        lives.act(office, case, "refuse", "2026-03-07 09:00", "head")  # a Saturday
    findings.read_log()
    page = read(client, office.inspector, "/thanh-tra/dau-hieu/")
    counts = {one.kind: (one.n, one.cases) for one in page.context["patterns"]}
    assert counts[Kind.AFTER_HOURS] == (2, 2)
    assert [(one.month, one.n) for one in page.context["patterns"][2].bars if one.n] == [(date(2026, 3, 1), 2)]
    assert [(str(one.person), one.ground, one.n) for one in page.context["habits"]] == [("Người head", "R2a", 2)]
    listed = read(client, office.inspector, "/thanh-tra/dau-hieu/after_hours/")
    assert [row.entry.transition for row in listed.context["rows"]] == ["refuse", "refuse"]
    elsewhere = office.person("inspector", office.other, "elsewhere")
    assert not any(one.n for one in read(client, elsewhere, "/thanh-tra/dau-hieu/").context["patterns"])
    assert read(client, elsewhere, "/thanh-tra/dau-hieu/after_hours/").context["rows"] == []
    assert read(client, office.inspector, "/thanh-tra/dau-hieu/ground/").status_code == 404


def test_the_log_is_searched_by_subtree_ground_and_law(client, office):
    case = lives.filed(office)
    lives.act(office, case, "refuse", "2026-03-04 09:00", "head")
    findings.read_log()

    def acts(query):
        rows = read(client, office.inspector, f"/thanh-tra/nhat-ky/?{query}").context["rows"]
        return [row.entry.transition for row in rows if row.entry.case_id]

    assert acts("agency=tinh") == ["refuse", "file"]  # what lies below is included
    assert acts("agency=xa-khac") == []
    assert acts("ground=R2a") == ["refuse"]
    assert acts(f"law={case.law_version}&act=file") == ["file"]


def test_late_cases_are_listed_the_oldest_first_and_page_by_place(client, office, monkeypatch):
    monkeypatch.setattr("workflow.inspection.views.listing.PAGE", 1)
    first, second = lives.filed(office), lives.filed(office, "2026-03-03 09:00")
    page = read(client, office.inspector, "/thanh-tra/qua-han/")
    assert [one.case.code for one, _line in page.context["rows"]] == [first.code]
    page = read(client, office.inspector, f"/thanh-tra/qua-han/?{page.context['later']}")
    assert [one.case.code for one, _line in page.context["rows"]] == [second.code]
    assert not page.context["later"]


def test_who_opened_what_is_on_the_page_of_the_case(client, office):
    case = lives.filed(office)
    with lives.on("2026-03-31 09:00"):
        paper = lives.paper(case, "T5", summary="Thông báo")
        openings.note(openings.VIEWED, case, office.officer)
        openings.note(openings.PAPER, case, office.officer, paper)
        openings.note(openings.PAPER, case, office.officer, paper)
    findings.read_log()
    page = read(client, office.inspector, f"/thanh-tra/ho-so/{case.code}/")
    seen = [(one.who, one.document) for one in page.context["openings"]]
    assert seen == [("Người officer", paper), ("Người officer", None)]


# samples -----------------------------------------------------------------------------------------------------------


def test_a_sample_can_be_drawn_again_by_hand(client, office):
    codes = [lives.filed(office).code for _ in range(5)]
    client.force_login(office.inspector)
    form = {"agency": "tinh", "since": "2026-03-01", "until": "2026-03-31", "size": "3", "seed": ""}
    response = client.post("/thanh-tra/chon-mau/", form)
    drawn = Draw.objects.get()
    assert response.url == f"/thanh-tra/chon-mau/{drawn.pk}/"
    by_hand = sorted(codes, key=lambda code: hashlib.sha256(f"{drawn.seed}:{code}".encode()).hexdigest())
    assert drawn.codes == by_hand[:3]
    assert drawn.population == 5
    assert LogEntry.objects.get(transition="sample_drawn").data["seed"] == drawn.seed
    assert client.get(response.url).context["stands"]
    client.post("/thanh-tra/chon-mau/", {**form, "seed": drawn.seed})
    assert Draw.objects.latest("pk").codes == drawn.codes
    Case.objects.filter(code=drawn.codes[0]).update(opened_at=lives.local("2025-01-01 09:00"))
    assert not draws.standing(drawn)


def test_a_sample_elsewhere_is_refused(client, office):
    elsewhere = office.person("inspector", office.other, "elsewhere")
    client.force_login(elsewhere)
    form = {"agency": "tinh", "since": "2026-03-01", "until": "2026-03-31", "size": "3"}
    assert client.post("/thanh-tra/chon-mau/", form).status_code == 422
    with lives.on("2026-04-01 09:00"):
        drawn = draws.draw(office.province, date(2026, 3, 1), date(2026, 3, 31), 3, by=office.inspector)
    assert client.get(f"/thanh-tra/chon-mau/{drawn.pk}/").status_code == 404
    reversed_days = client.post(
        "/thanh-tra/chon-mau/", {"agency": "xa-khac", "since": "2026-03-31", "until": "2026-03-01", "size": "0"}
    )
    assert reversed_days.status_code == 422
    assert Draw.objects.count() == 1


# lists -------------------------------------------------------------------------------------------------------------


def lines(response):
    text = b"".join(response.streaming_content).decode().removeprefix(spreadsheets.BOM)
    return list(csv.reader(StringIO(text)))


def test_the_log_is_taken_along_as_csv_and_xlsx_and_that_is_recorded(client, office):
    case = lives.filed(office)
    rows = lines(read(client, office.inspector, "/thanh-tra/nhat-ky/tai-ve/?act=file"))
    assert [row[4] for row in rows] == ["Case", case.code]
    book = load_workbook(
        BytesIO(read(client, office.inspector, "/thanh-tra/nhat-ky/tai-ve/?act=file&dang=xlsx").content)
    )
    assert [row[4].value for row in book.active.iter_rows()] == ["Case", case.code]
    taken = LogEntry.objects.filter(chain=chain.SECURITY, transition="exported")
    assert [one.data["list"] for one in taken] == ["nhat-ky", "nhat-ky"]
    assert taken[0].data["rows"] == 1
    bad = read(client, office.inspector, "/thanh-tra/nhat-ky/tai-ve/?since=2026-04-01&until=2026-03-01")
    assert bad.status_code == 422
    assert taken.count() == 2


def test_late_cases_and_breaches_are_taken_along(client, office):
    case = lives.filed(office)
    with lives.on("2026-03-20 09:00"):
        escalation.sweep(clock.now())
    breaches.read_log()
    late = lines(read(client, office.inspector, "/thanh-tra/qua-han/tai-ve/"))
    assert [row[:2] for row in late[1:]] == [[case.code, "UBND xã Tân Hòa"]]
    kept = lines(read(client, office.inspector, "/thanh-tra/vi-pham/tai-ve/"))
    assert [(row[0], row[6]) for row in kept[1:]] == [(case.code, "Người head")]
    elsewhere = office.person("inspector", office.other, "elsewhere")
    for url in ("/thanh-tra/qua-han/tai-ve/", "/thanh-tra/vi-pham/tai-ve/"):
        assert lines(read(client, elsewhere, url))[1:] == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_acts_as_a_formula(text):
    assert spreadsheets.harmless(text) == f"'{text}"
    assert spreadsheets.harmless(-1) == -1


def test_the_evidence_of_a_case_leaves_the_house_as_a_bundle_that_verifies(client, office, tmp_path):
    case = lives.filed(office)
    lives.act(office, case, "accept", "2026-03-05 10:00", "head")
    client.force_login(office.inspector)
    response = client.post(f"/thanh-tra/ho-so/{case.code}/chung-cu/")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(b"".join(response.streaming_content))
    key = tmp_path / "log.pub"
    key.write_text(str(keys.public()))
    done = subprocess.run(
        [sys.executable, "-m", "workflow.ledger.verify", str(bundle), "--key", str(key)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    taken = LogEntry.objects.get(chain=chain.SECURITY, transition="exported")
    assert taken.data["chosen"] == {"case": case.code}
    client.force_login(office.head)
    assert client.post(f"/thanh-tra/ho-so/{case.code}/chung-cu/").status_code == 403
