"""The sample's files are sound: names exist, times ascend, papers are numbered in order, expected dates follow the law."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from workflow.calendar import CALENDAR_DAY, WORKING_DAY, Period, due, shipped

HERE = Path(__file__).parent / "data"
FILES = sorted((HERE / "cases").glob("*.toml"))
CALENDAR = shipped()
DECIDE = Period(5, WORKING_DAY, "Đ.11 k.4")
EXPLAIN = Period(15, CALENDAR_DAY, "Đ.13")

REQUESTER, RECEIVER, EXPLAINER, CLERK, OFFICER = "requester", "receiver", "explainer", "clerk", "officer"
HEAD = "head"
OPEN = {"received", "supplement_requested", "accepted", "suspended", "explained_written"}
FINAL = {"redirected", "copy_provided", "refused", "explained_direct", "sent", "terminated"}
APPEALABLE = {"refused", "terminated", "explained_direct", "sent", "closed"}
SAME, BACK = "same", "back"

ACTS: dict[str, tuple[set[str], str, set[str], set[str]]] = {
    # act: from, to, by, parameters
    "request_supplement": ({"received"}, "supplement_requested", {RECEIVER}, {"fields", "guidance"}),
    "supplement": ({"supplement_requested"}, "received", {REQUESTER}, {"provided", "insists"}),
    "redirect": ({"received"}, "redirected", {RECEIVER}, {"competent_agency", "guidance"}),
    "provide_copy": ({"received"}, "copy_provided", {RECEIVER}, {"earlier", "copy"}),
    "refuse": ({"received"}, "refused", {HEAD, EXPLAINER}, {"refusals", "notice"}),
    "accept": ({"received"}, "accepted", {HEAD, EXPLAINER}, {"capacity", "affected", "notice"}),
    "explain_directly": ({"received", "accepted"}, "explained_direct", {HEAD, EXPLAINER}, {"minutes", "simple"}),
    "extend": ({"accepted"}, SAME, {HEAD, EXPLAINER}, {"days", "reason", "notice"}),
    "suspend": ({"accepted"}, "suspended", {HEAD, EXPLAINER}, {"ground", "facts", "decision"}),
    "resume": ({"suspended"}, "accepted", {HEAD, EXPLAINER}, {"facts", "notice"}),
    "terminate": (OPEN, "terminated", {HEAD, EXPLAINER}, {"ground", "facts", "decision"}),
    "withdraw": (OPEN, "terminated", {REQUESTER}, {"statement"}),
    "issue_termination": ({"terminated"}, SAME, {HEAD, EXPLAINER}, {"decision"}),
    "withdraw_part": (OPEN, SAME, {REQUESTER}, {"questions", "statement"}),
    "sign": ({"accepted"}, "explained_written", {HEAD, EXPLAINER}, {"answer", "legal_basis", "answers", "session"}),
    "send": ({"explained_written"}, "sent", {CLERK}, {"delivery", "proof"}),
    "record_receipt": (FINAL, SAME, {CLERK, REQUESTER}, {"received_on"}),
    "respond": ({"sent", "explained_direct"}, SAME, {REQUESTER}, {"answered", "satisfaction", "comment"}),
    "close": (FINAL, "closed", {OFFICER}, set()),
    "complain": (APPEALABLE, "appealed", {REQUESTER}, {"object", "complaint"}),
    "complain_open": (OPEN, SAME, {REQUESTER}, {"object", "complaint"}),
    "annul_refusal": ({"appealed"}, "received", {HEAD}, {"decision"}),
    "explain_again": ({"appealed"}, "accepted", {HEAD}, {"decision"}),
    "end_complaint": ({"appealed"}, BACK, {HEAD}, {"decision"}),
}  # fmt: skip
PAPERS = {
    "request_supplement": ("guidance", "T2"), "redirect": ("guidance", "T3"), "provide_copy": ("copy", "T4"),
    "accept": ("notice", "T5"), "refuse": ("notice", "T6"), "explain_directly": ("minutes", "T8"),
    "sign": ("answer", "T9"), "extend": ("notice", "T10"), "suspend": ("decision", "T11"), "resume": ("notice", "T12"),
    "terminate": ("decision", "T13"), "issue_termination": ("decision", "T13"),
    **dict.fromkeys(("annul_refusal", "explain_again", "end_complaint"), ("decision", "complaint")),
}  # fmt: skip
GROUNDS = {"suspend": {"S1a", "S1b", "S2", "S3"}, "terminate": {"E1a", "E1b", "E2"}}
REFUSALS = {"R1a", "R1b", "R2a", "R2b", "R2c", "R3", "R4"}
ENDS = {  # acts that end the running deadline
    "request_supplement", "redirect", "provide_copy", "refuse", "accept", "explain_directly", "send", "terminate", "withdraw",
}  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    """Return one file of the sample."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


AGENCIES = {agency["slug"]: agency for agency in read(HERE / "province.toml")["agencies"]}
PEOPLE = {person["username"]: person for person in read(HERE / "people.toml")["people"]}
DELEGATIONS = read(HERE / "people.toml")["delegations"]
CASES = {path.stem: read(path) for path in FILES}
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


def roles(username: str, agency: str, on: date) -> set[str]:
    """Return the roles that a person holds at an agency on a day, by appointment or as a substitute."""
    return {
        post["role"]
        for post in PEOPLE[username]["appointments"]
        if post["agency"] == agency and post["from"] <= on <= post.get("until", date.max)
    } | {
        row["role"]
        for row in DELEGATIONS
        if (row["to"], row["agency"]) == (username, agency) and row["from"] <= on <= row["until"]
    }


def papers(case: dict[str, Any]) -> list[tuple[datetime, dict[str, Any]]]:
    """Return the papers of a case, each with the moment of its act."""
    found = [(case["filed_at"], case["record"])] if "record" in case else []
    return found + [(act["at"], act["data"][PAPERS[act["act"]][0]]) for act in case["acts"] if act["act"] in PAPERS]


def test_the_sample_is_as_broad_as_it_says():
    lives = [" ".join(case["expect"]["path"]) for case in CASES.values()]
    acts = {act["act"] for case in CASES.values() for act in case["acts"]}
    assert len(CASES) >= 14
    assert acts == set(ACTS)
    assert {case["channel"] for case in CASES.values()} == {"electronic", "written", "in_person"}
    assert sum(not life.endswith("closed") for life in lives) >= 3
    assert min(case["filed_at"] for case in CASES.values()).date() == date(2026, 1, 5)


def test_agencies_form_one_tree_of_two_local_levels():
    seen: dict[str, str] = {"": ""}
    for slug, agency in AGENCIES.items():
        assert agency["parent"] in seen, slug
        assert agency["level"] in {"central", "province", "department", "commune"}
        if agency["level"] == "commune":
            assert seen[agency["parent"]] == "province"
        seen[slug] = agency["level"]
    communes = [agency for agency in AGENCIES.values() if agency["level"] == "commune"]
    assert len(communes) >= 6
    assert any(agency["remote"] for agency in communes)


def test_people_hold_posts_that_exist_and_nobody_delegates_what_he_does_not_hold():
    names = [person["full_name"] for person in PEOPLE.values()]
    assert len(names) == len(set(names))
    known = {RECEIVER, EXPLAINER, CLERK, OFFICER, HEAD, "inspector", "administrator"}
    for person in PEOPLE.values():
        for post in person["appointments"]:
            assert post["agency"] in AGENCIES
            assert post["role"] in known
            assert post["decision"]
    for row in DELEGATIONS:
        assert row["of"] != row["to"]
        assert row["role"] in roles(row["of"], row["agency"], row["from"])
    held = {post["role"] for person in PEOPLE.values() for post in person["appointments"]}
    assert held == known


def test_papers_of_an_agency_are_numbered_in_order_of_time():
    series: defaultdict[tuple[str, str], set[tuple[datetime, int]]] = defaultdict(set)
    for case in CASES.values():
        rows = [(at, paper["number"]) for at, paper in papers(case)]
        decision = case["decision"]
        if decision["issuer"] == AGENCIES[case["agency"]]["name"] and decision["date"].year == 2026:
            rows.append((datetime.combine(decision["date"], time(7), case["filed_at"].tzinfo), decision["number"]))
        for at, number in rows:
            count, _, symbol = number.partition("/")
            short = AGENCIES[case["agency"]]["short"]
            kind = "letter" if symbol.startswith(short) else symbol
            if count:
                assert short in symbol, number
                series[case["agency"], kind].add((at, int(count)))
    for key, rows in series.items():
        counts = [count for _, count in sorted(rows)]
        assert counts == sorted(set(counts)), key


@EVERY_CASE
def test_every_agency_with_a_case_has_every_role(case):
    on = case["filed_at"].date()
    held = {role for username in PEOPLE for role in roles(username, case["agency"], on)}
    assert held >= {HEAD, EXPLAINER, RECEIVER, CLERK, OFFICER}


@EVERY_CASE
def test_the_request_is_complete_or_lacks_what_the_law_lets_the_office_ask_for(case):
    requester = case["requester"]
    asked = {field for act in case["acts"] if act["act"] == "request_supplement" for field in act["data"]["fields"]}
    missing = {name for name in ("name", "address") if not requester[name]}
    missing |= {"contact"} - ({"contact"} if requester["phone"] or requester["email"] else set())
    missing |= set() if case["signature"] else {"signature"}
    assert missing == asked
    assert requester["kind"] in {"person", "organisation"}
    assert case["signature"] in {"drawn", "digital", "paper", "fingerprint", "photo", ""}
    assert ("record" in case) == (case["channel"] == "in_person")
    assert ("entered_by" in case) == (case["channel"] != "electronic")
    if "entered_by" in case:
        assert roles(case["entered_by"], case["agency"], case["filed_at"].date()) & {RECEIVER, CLERK}
    for question in case["questions"]:
        assert set(question["content_types"]) <= {"legal_basis", "competence", "procedure", "content"}
    if members := requester.get("members"):
        assert requester["representative"]["name"] in members
    assert {"number", "date", "issuer", "summary"} == set(case["decision"])


@EVERY_CASE
def test_acts_have_their_parameters_and_are_done_by_those_who_may_at_office_hours(case):
    before, count = case["filed_at"], len(case["questions"])
    for act in case["acts"]:
        _, _, by, params = ACTS[act["act"]]
        handed_in = {"record"} if act.get("on_behalf_of") == REQUESTER else set()
        assert set(act["data"]) == params | handed_in, act["act"]
        assert act["at"] >= before, act["act"]
        before, on = act["at"], act["at"].date()
        doer = act.get("on_behalf_of", act["by"])
        assert doer == REQUESTER or roles(doer, case["agency"], on), doer
        assert by & ({REQUESTER} if doer == REQUESTER else roles(doer, case["agency"], on)), (
            act["act"],
            doer,
        )
        if act["by"] != REQUESTER:
            assert CALENDAR.is_working(on), on
            assert time(7) <= act["at"].time() <= time(17), act["at"]
        if "on_behalf_of" in act:
            assert roles(act["by"], case["agency"], on) & {RECEIVER, CLERK}
        data = act["data"]
        if act["act"] in GROUNDS:
            assert data["ground"] in GROUNDS[act["act"]]
        if act["act"] == "refuse":
            assert {row["question"] for row in data["refusals"]} == set(range(1, count + 1))
            assert {row["ground"] for row in data["refusals"]} <= REFUSALS
        if act["act"] == "provide_copy":
            assert any(row["act"] == "send" and row["at"] < act["at"] for row in CASES[data["earlier"]]["acts"])
        if act["act"] == "explain_directly":
            assert case["channel"] == "in_person"
            assert data["simple"]


@EVERY_CASE
def test_papers_are_dated_the_day_of_their_act(case):
    for at, paper in papers(case):
        assert set(paper) == {"kind", "number", "date", "summary", "body"}
        assert paper["date"] == at.date()
        assert len(paper["summary"]) <= 300
        assert paper["body"].strip()
    for act in case["acts"]:
        if act["act"] in PAPERS:
            name, kind = PAPERS[act["act"]]
            assert act["data"][name]["kind"] == kind


@EVERY_CASE
def test_the_answer_covers_every_question_that_is_still_asked(case):
    asked = set(range(1, len(case["questions"]) + 1))
    for act in case["acts"]:
        if act["act"] == "withdraw_part":
            asked -= set(act["data"]["questions"])
            assert asked
        if act["act"] == "sign":
            assert {row["question"] for row in act["data"]["answers"]} == asked
            assert act["data"]["legal_basis"]


def state_after(act: dict[str, Any], state: str, came_from: str) -> str:
    """Return where an act leads; law 4.3 and, for the end of a complaint, assumption A21."""
    sources, target, _, _ = ACTS[act["act"]]
    assert state in sources, (act["act"], state)
    if target == BACK:
        return came_from
    return state if target == SAME else target


@EVERY_CASE
def test_the_acts_lead_along_the_expected_path(case):
    path, came_from = ["received"], ""
    for act in case["acts"]:
        target = state_after(act, path[-1], came_from)
        if target == "appealed":
            came_from = path[-1]
        if target != path[-1]:
            path.append(target)
    assert path == case["expect"]["path"]


def deadlines(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the deadlines of a life as the law counts them."""
    found: list[dict[str, Any]] = [{"rule": "decide", "start": case["filed_at"].date()}]

    def row(deadline: dict[str, Any], done: date | None) -> dict[str, Any]:
        result: dict[str, Any] = {"rule": deadline["rule"]}
        if "paused_on" not in deadline:
            period = DECIDE if deadline["rule"] == "decide" else EXPLAIN
            more = {"extension": deadline.get("extension", 0), "pauses": deadline.get("pauses", ())}
            result["due"] = due(period, deadline["start"], CALENDAR, **more).on
        if done:
            result["kept"] = "due" not in result or done <= result["due"]
        return result

    for act in case["acts"]:
        name, data, on, last = act["act"], act["data"], act["at"].date(), found[-1]
        if name in {"extend", "suspend"}:
            assert on <= row(last, None)["due"], name
        if name == "extend":
            assert "extension" not in last
            assert 1 <= data["days"] <= 15
            last["extension"] = data["days"]
        elif name == "suspend":
            last["paused_on"] = on
        elif name == "resume":
            last["pauses"] = [*last.get("pauses", []), (last.pop("paused_on"), on)]
        elif name in ENDS:
            last.setdefault("done", on)
        if name in {"supplement", "annul_refusal"}:
            found.append({"rule": "decide", "start": on})
        elif name in {"accept", "explain_again"}:
            found.append({"rule": "explain", "start": on})
    return [row(deadline, deadline.get("done")) for deadline in found]


@EVERY_CASE
def test_the_expected_deadlines_are_those_of_the_law(case):
    assert deadlines(case) == case["expect"]["deadlines"]


@EVERY_CASE
def test_a_whole_withdrawal_is_followed_by_its_decision_on_the_next_working_day(case):
    acts = case["acts"]
    for act, following in zip(acts, acts[1:], strict=False):
        if act["act"] == "withdraw":
            day = act["at"].date() + timedelta(days=1)
            while not CALENDAR.is_working(day):
                day += timedelta(days=1)
            assert following["act"] == "issue_termination"
            assert following["at"].date() <= day
