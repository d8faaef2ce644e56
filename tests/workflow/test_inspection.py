"""The inspector's pages: what they show, to whom, at what cost, and what they leave behind."""

import re
from datetime import date
from html import unescape

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests import lives
from workflow import clock, guards
from workflow.inspection.pages import Cursor
from workflow.models import Agency, Appointment, Delegation, Disclosure, Document, LogEntry

pytestmark = pytest.mark.django_db

OVERVIEW, LOG = "/thanh-tra/", "/thanh-tra/nhat-ky/"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    """A case accepted in time, seen on a day on which its explanation is late."""
    found = lives.filed(office)
    lives.act(office, found, "accept", "2026-03-05 10:00", "head")
    return found


def page(case, more=""):
    return f"/thanh-tra/ho-so/{case.code}/{more}"


def read(client, user, url, at="2026-04-01 09:00"):
    """Return a page as a person sees it at a moment."""
    client.force_login(user)
    client.cookies["django_language"] = "en"
    with lives.on(at):
        return client.get(url)


def text(response):
    """Return the words of a page, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


# who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role", ["head", "explainer", "receiver", "clerk", "officer", "administrator", "superior", "stranger"]
)
def test_the_pages_are_an_inspectors_alone(client, office, case, role):
    for url in (OVERVIEW, LOG, page(case)):
        assert read(client, getattr(office, role), url).status_code == 403, url
    assert not LogEntry.objects.filter(transition="inspected").exists()


def test_who_is_not_signed_in_is_asked_to(client, case):
    for url in (OVERVIEW, LOG, page(case)):
        assert client.get(url).url.startswith("/dang-nhap/")


def test_an_inspector_sees_what_lies_under_the_jurisdiction_and_nothing_else(client, office, case):
    elsewhere = lives.Office.person(office, "inspector", office.other, "elsewhere")
    assert read(client, office.inspector, page(case)).status_code == 200
    assert read(client, elsewhere, page(case)).status_code == 404
    assert read(client, elsewhere, page(case, "van-ban/1/")).status_code == 404
    assert case.code not in text(read(client, elsewhere, LOG))
    assert office.agency.name not in text(read(client, elsewhere, OVERVIEW))
    assert read(client, elsewhere, f"{OVERVIEW}?code={case.code}").status_code == 200  # not redirected to the case


def test_a_neighbour_whose_path_begins_alike_is_not_under_it(client, office, case):
    assert office.agency.path != office.other.path
    root = lives.agency("tinh-khac", "UBND tỉnh Khác", "province")
    far = lives.Office.person(office, "inspector", root, "far")
    assert read(client, far, page(case)).status_code == 404


def test_an_appointment_that_has_ended_opens_nothing(client, office, case):
    Appointment.objects.filter(user=office.inspector).update(ends_on=date(2026, 3, 31))
    assert read(client, office.inspector, OVERVIEW, "2026-03-31 09:00").status_code == 200
    assert read(client, office.inspector, OVERVIEW, "2026-04-01 09:00").status_code == 403


def test_the_pages_only_read(client, office, case):
    client.force_login(office.inspector)
    for url in (OVERVIEW, LOG, page(case)):
        assert client.post(url).status_code == 405
        assert "no-store" in client.get(url)["Cache-Control"]


# agencies ----------------------------------------------------------------------------------------------------------


def test_agencies_are_counted_open_late_and_closed(client, office, case):
    lives.filed(office, "2026-03-31 09:00")
    done = lives.filed(office)
    lives.act(office, done, "refuse", "2026-03-04 09:00", "head")
    lives.act(office, done, "close", "2026-03-05 09:00", "officer")
    response = read(client, office.inspector, OVERVIEW)
    rows = {one.agency.slug: (one.open, one.late, one.closed) for one in response.context["tallies"]}
    assert rows == {"tinh": (0, 0, 0), "xa-tan-hoa": (2, 1, 1), "xa-khac": (0, 0, 0)}
    assert response.context["total"] == {"open": 2, "late": 1, "closed": 1}
    assert [one.case_id for one in response.context["late"]] == [case.pk]


def test_a_case_is_found_by_its_code(client, office, case):
    assert read(client, office.inspector, f"{OVERVIEW}?code={case.code.lower()}").url == page(case)
    assert "GT-0000-0000" in text(read(client, office.inspector, f"{OVERVIEW}?code=GT-0000-0000"))


def queries(client, office, url, at="2026-04-01 09:00"):
    read(client, office.inspector, url, at)  # what is noted once an hour is noted now
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert read(client, office.inspector, url, at).status_code == 200
    return len(found)


@pytest.mark.parametrize("url", [OVERVIEW, LOG])
def test_pages_cost_the_same_however_much_there_is(client, office, case, url):
    few = queries(client, office, url)
    for n in range(6):
        lives.agency(f"xa-{n}", f"UBND xã {n}", "commune", office.province)
        more = lives.filed(office)
        lives.act(office, more, "accept", "2026-03-05 10:00", "head" if n % 2 else "explainer")
    assert queries(client, office, url) == few


def test_the_page_of_a_case_costs_the_same_however_long_its_life(client, office, case):
    few = queries(client, office, page(case))
    lives.act(office, case, "extend", "2026-03-10 10:00", "explainer")
    lives.act(office, case, "suspend", "2026-03-11 10:00", "head")
    lives.act(office, case, "resume", "2026-03-20 10:00", "head")
    assert queries(client, office, page(case)) == few


# the log -----------------------------------------------------------------------------------------------------------


def titles(response):
    return [(row.entry.transition, row.code) for row in response.context["rows"]]


def test_the_log_runs_from_the_newest_entry_to_the_oldest(client, office, case):
    assert titles(read(client, office.inspector, LOG)) == [("accept", case.code), ("file", case.code)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("act=accept", ["accept"]),
        ("act=alarm", []),
        ("since=2026-03-05", ["accept"]),
        ("until=2026-03-02", ["file"]),
        ("since=2026-03-03&until=2026-03-04", []),
        ("actor=requester", ["file"]),
        ("actor=system", []),
        ("actor=head", ["accept"]),
        ("actor=Người head", ["accept"]),
        ("actor=nguoi head", ["accept"]),
        ("actor=nobody of this name", []),
        ("agency=xa-tan-hoa", ["accept", "file"]),
        ("agency=xa-khac", []),
    ],
)
def test_the_log_is_filtered(client, office, case, query, expected):
    assert [name for name, _ in titles(read(client, office.inspector, f"{LOG}?{query}"))] == expected


@pytest.mark.parametrize(
    "query", ["since=yesterday", "agency=nowhere", "act=nothing", "since=2026-03-05&until=2026-03-01"]
)
def test_a_wrong_filter_is_explained_and_shows_nothing(client, office, case, query):
    response = read(client, office.inspector, f"{LOG}?{query}")
    assert response.status_code == 422
    assert titles(response) == []
    assert "errorlist" in response.content.decode()


def test_the_log_is_read_page_by_page_without_a_gap_or_a_repeat(client, office, case, monkeypatch):
    monkeypatch.setattr("workflow.inspection.views.listing.PAGE", 2)
    for _ in range(3):
        lives.filed(office)  # all at the same moment
    seen, url = [], LOG
    while url:
        response = read(client, office.inspector, url)
        seen += [row.entry.pk for row in response.context["rows"]]
        url = f"{LOG}?{response.context['older']}" if response.context["older"] else ""
    assert len(seen) == len(set(seen)) == LogEntry.objects.count() == 5


@pytest.mark.parametrize("place", ["", "x", "2026-01-01~1", "2026-01-01T00:00:00Z~x", "~", "9999-99-99T00:00:00Z~1"])
def test_a_place_that_is_none_is_passed_over(place):
    assert Cursor.read(place) is None


# a case ------------------------------------------------------------------------------------------------------------


def test_a_case_is_told_with_power_article_states_and_opened_commitments(client, office, case):
    told = text(read(client, office.inspector, page(case)))
    for needed in (
        "Accept", "NĐ59 Đ.4, Đ.11 k.4", "(NĐ 59/2019/NĐ-CP)", "Người head", "decision No. 01/QĐ-UBND",
        "Received", "Accepted", "10:00, Thursday 05/03/2026", "Nguyễn Văn An", "Căn cứ nào để thu hồi đất?",
        "The log of this case holds: 2 entries", "Monday 09/03/2026",
    ):  # fmt: skip
        assert needed in told, needed
    for entry in LogEntry.objects.filter(chain=case.chain):
        assert entry.hash in told
    assert "own act" not in told


def test_what_was_erased_is_said_to_be_erased(client, office, case):
    Disclosure.objects.filter(name="requester.name").delete()
    told = text(read(client, office.inspector, page(case)))
    assert "Nguyễn Văn An" not in told
    assert "erased; its fingerprint remains" in told
    assert "The log of this case holds" in told


def test_a_substitute_is_shown_with_the_document_of_the_delegation(client, office, case):
    deputy = office.person("officer", office.agency, "deputy")
    Delegation.objects.create(
        principal=office.head, substitute=deputy, agency=office.agency, role="head", document="405/QĐ-UBND",
        starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31),
    )  # fmt: skip
    office.deputy = deputy
    lives.act(office, case, "extend", "2026-03-10 10:00", "deputy")
    told = text(read(client, office.inspector, page(case)))
    assert "Người deputy" in told
    assert "decision No. 405/QĐ-UBND" in told


def test_an_own_act_is_marked(client, office):
    decision = {"number": "1/QĐ", "signed_by": office.head.pk}
    case = lives.filed(office, decision=decision)
    lives.act(office, case, "accept", "2026-03-05 10:00", "head")
    assert "own act" in text(read(client, office.inspector, page(case)))
    assert "own act" in text(read(client, office.inspector, LOG))


@pytest.mark.parametrize(
    ("recorded", "is_marked"),
    [
        ("2026-03-06 09:00", False),  # the next working day
        ("2026-03-09 09:00", True),  # Friday's act, recorded on Monday, is one working day old; Thursday's is two
    ],
)
def test_an_act_recorded_more_than_a_working_day_later_is_marked(client, office, recorded, is_marked):
    case = lives.filed(office)
    with lives.on(recorded):
        notice = lives.paper(case, "T5", date(2026, 3, 5))
        lives.engine.fire(
            case, "accept", actor=office.head, at=lives.local("2026-03-05 10:00"),
            capacity="yes", affected="yes", notice=notice,
        )  # fmt: skip
    told = text(read(client, office.inspector, page(case)))
    assert ("more than a working day later" in told) is is_marked
    assert "10:00, Thursday 05/03/2026" in told
    assert ("recorded only" in text(read(client, office.inspector, LOG))) is is_marked


def test_a_paper_act_names_who_signed_and_who_entered_it(client, office, case):
    with lives.on("2026-03-10 10:00"):
        scan = ContentFile(b"\x89PNG scan", name="scan.png")
        notice = lives.paper(case, "T10", file=scan)
        lives.engine.fire(
            case, "extend", actor=office.clerk, on_behalf_of=office.head, days=5, reason="Phức tạp.", notice=notice
        )
    response = read(client, office.inspector, page(case))
    told = text(response)
    assert "Người clerk (clerk) , entered from paper" in told
    assert "On behalf of Người head (head) , explaining person; decision No. 01/QĐ-UBND" in told
    scan = read(client, office.inspector, page(case, f"van-ban/{notice.pk}/"))
    assert b"".join(scan.streaming_content) == b"\x89PNG scan"
    assert scan["Content-Disposition"].startswith("attachment")


def test_deadlines_are_shown_with_what_happened_to_them(client, office, case):
    lives.act(office, case, "extend", "2026-03-10 10:00", "explainer")
    terms = {one.line.clock.rule: one.steps for one in read(client, office.inspector, page(case)).context["terms"]}
    assert [step.seq for step in terms["decide"]] == [1, 2]
    assert [step.seq for step in terms["explain"]] == [2, 3]
    assert "15" in terms["explain"][1].sentence


def test_a_tampered_entry_is_named_on_the_page(client, office, case):
    with guards.lifted():
        LogEntry.objects.filter(chain=case.chain, seq=1).update(actor="user:1")
    told = text(read(client, office.inspector, page(case)))
    assert "The log of this case does not hold: 1 thing is wrong." in told
    assert "Entry 1 : column actor differs from what was hashed" in told
    assert "The log of this case holds" not in told


def test_a_changed_document_is_named_on_the_page(client, office, case):
    assert "is not what was put on file" not in text(read(client, office.inspector, page(case)))
    Document.objects.filter(case=case).update(summary="Khác")
    assert "is not what was put on file" in text(read(client, office.inspector, page(case)))


def test_warnings_name_who_answers_for_the_silence(client, office, case):
    from workflow import escalation

    with lives.on("2026-03-24 09:00"):
        escalation.sweep(clock.now())
    told = text(read(client, office.inspector, page(case)))
    assert "Who answers for it" in told
    assert "Head of the agency Người head" in told


# traces ------------------------------------------------------------------------------------------------------------


def test_opening_a_case_leaves_one_entry_an_hour_in_the_agencys_chain(client, office, case):
    other = lives.filed(office)
    for at in ("2026-04-01 09:00", "2026-04-01 09:30", "2026-04-01 10:01"):
        read(client, office.inspector, page(case), at)
    read(client, office.inspector, page(other), "2026-04-01 10:02")
    left = LogEntry.objects.filter(chain="agency:xa-tan-hoa", transition="inspected").order_by("seq")
    assert [entry.data["case"] for entry in left] == [case.code, case.code, other.code]
    assert {entry.actor for entry in left} == {f"user:{office.inspector.pk}"}
    assert {entry.agency_id for entry in left} == {Agency.objects.get(slug="xa-tan-hoa").pk}
    assert titles(read(client, office.inspector, f"{LOG}?act=inspected"))[0] == ("inspected", other.code)


def test_a_case_elsewhere_leaves_no_trace(client, office, case):
    elsewhere = lives.Office.person(office, "inspector", office.other, "elsewhere")
    read(client, elsewhere, page(case))
    assert not LogEntry.objects.filter(transition="inspected").exists()
