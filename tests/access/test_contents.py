"""Lists, searches, exports and downloads, compared by what is in them: each person finds theirs and nothing else."""

import re

import pytest
from django.urls import reverse

from tests.access.world import ACCOUNTS, ADMINISTRATORS, HEAD, INSPECTORS, LATE, PDF, ROLES, STAFF, SUPERIOR

pytestmark = pytest.mark.django_db

CODE = re.compile(rb"\b[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
LINK = re.compile(rb'href="/(?:van-phong|thanh-tra)?/?ho-so/([A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4})/"')
BEFORE = (("explanation", "appealed"), ("explanation", LATE))
WORKING = STAFF | SUPERIOR | {"other_head"}


TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')


def without(case, answer):
    """Return an answer as it would be for a code that nobody has."""
    return TOKEN.sub(b"", answer.body.replace(case.code.encode(), b"GT-0000-0000"))


COMPLAINED = (("complaint", "sent"), ("complaint_second", "sent"))


def near(world):
    """Return a request of the agency, two that are before the superior, and a complaint here and with the superior."""
    requests = [world.cases["explanation", state] for state in ("sent", "appealed", LATE)]
    return [*requests, *map(world.cases.get, COMPLAINED)]


def some(world):
    """Return a case of each kind of nearness: these, and two elsewhere."""
    return [*near(world), *world.elsewhere]


def codes(cases):
    return {case.code for case in cases}


def read_by(world, role):
    """Return the cases that a person works on, or that are before them."""
    return {case.code for case in world.everything() if role in WORKING and world.reads(role, case)}


def inspected_by(world, role):
    """Return the cases under an inspector's jurisdiction."""
    return {case.code for case in world.everything() if role in INSPECTORS and world.reads(role, case)}


def late(world):
    return {world.cases["explanation", LATE].code}


def breached(world):
    """Return the cases in which an office was silent: the late one, and the complaints that went on for silence."""
    silent = (("complaint", "superseded"), ("complaint_second", "superseded"))
    return late(world) | codes(world.cases[one] for one in silent if one in world.cases)


def standing(world, state):
    return codes(case for case in world.everything() if case.state == state)


def found(world, answer):
    """Return the marked cases whose code stands in an answer."""
    return {code.decode() for code in CODE.findall(answer.body)} & codes(world.everything())


def linked(world, answer):
    """Return the cases to which an answer leads."""
    return {code.decode() for code in LINK.findall(answer.body)} & codes(world.everything())


LISTS = (
    # address, query, who opens it, what they find there
    ("workflow:office-cases", "", ACCOUNTS, read_by),
    ("workflow:office-cases", "tre=1", ACCOUNTS, lambda w, role: read_by(w, role) & late(w)),
    ("workflow:office-cases", "trang-thai=sent", ACCOUNTS, lambda w, role: read_by(w, role) & standing(w, "sent")),
    ("workflow:inspect", "", INSPECTORS, lambda w, role: inspected_by(w, role) & late(w)),
    ("workflow:inspect-overdue", "", INSPECTORS, lambda w, role: inspected_by(w, role) & late(w)),
    ("workflow:inspect-overdue-export", "", INSPECTORS, lambda w, role: inspected_by(w, role) & late(w)),
    ("workflow:inspect-overdue-export", "dang=xlsx", INSPECTORS, lambda w, role: inspected_by(w, role) & late(w)),
    ("workflow:inspect-log-export", "", INSPECTORS, inspected_by),
    ("workflow:inspect-log-export", "dang=xlsx", INSPECTORS, inspected_by),
    ("workflow:inspect-log-export", "act=suspend", INSPECTORS, lambda w, role: inspected_by(w, role) & standing(w, "suspended")),
    ("workflow:inspect-breaches-export", "", INSPECTORS, lambda w, role: inspected_by(w, role) & breached(w)),
    ("workflow:breaches", "", HEAD | INSPECTORS, lambda w, role: (read_by(w, role) | inspected_by(w, role)) & breached(w)),
    ("notifications:dead-letters", "", ADMINISTRATORS, lambda w, role: dead(w, role)),
)  # fmt: skip


def dead(world, role):
    """Return the cases of the agencies a person keeps of which a message was given up, as far as one page shows."""
    from notifications.models import Message
    from notifications.views.administration import PAGE

    places = {"keeper": ("xa-tan-hoa", "tinh"), "administrator": ("xa-tan-hoa",), "administrator_outside": ()}[role]
    theirs = codes(case for case in world.cases.values() if world.places[case.agency_id] in places)
    given_up = Message.objects.filter(state="dead", code__in=theirs).order_by("-id")
    return set(given_up.values_list("code", flat=True)[:PAGE])


@pytest.mark.parametrize(("name", "query", "who", "theirs"), LISTS, ids=[f"{row[0]}?{row[1]}" for row in LISTS])
def test_a_list_holds_what_is_theirs_and_nothing_else(world, name, query, who, theirs):
    n = 0
    for role in sorted(who):
        answer = world.ask(role, "GET", f"{reverse(name)}?{query}")
        expected = theirs(world, role)
        n += len(expected)
        if answer.status_code == 302:  # an inspector is sent to their own room
            assert expected == set(), role
            continue
        assert answer.status_code == 200, role
        assert found(world, answer) == expected, role
        assert list(world.leaks(role, answer)) == []
    assert n, "nobody finds anything: the comparison would prove nothing"


def test_what_is_before_the_superior_stands_in_their_inbox(world):
    below = codes(case for case in world.everything() if world.places[case.agency_id] != "tinh")
    theirs = found(world, world.ask("superior", "GET", "/van-phong/")) & below
    assert theirs == read_by(world, "superior") & below == codes(map(world.cases.get, BEFORE))


def test_a_case_is_found_by_its_code_by_those_alone_whose_it_is(world):
    for case in some(world):
        for role in sorted(WORKING | INSPECTORS):
            answer = world.ask(role, "GET", f"/van-phong/ho-so/?ma={case.code}")
            assert linked(world, answer) == ({case.code} & read_by(world, role)), (role, case.state)
        for role in sorted(INSPECTORS):
            answer = world.ask(role, "GET", f"/thanh-tra/?code={case.code}")
            assert (answer.status_code == 302) == (case.code in inspected_by(world, role)), (role, case.state)


def test_what_may_i_do_answers_for_ones_own_cases_and_for_others_as_if_there_were_none(world):
    for role in sorted(ACCOUNTS):
        nothing = world.ask(role, "GET", "/van-phong/quyen/?ma=GT-0000-0000")
        for case in some(world):
            answer = world.ask(role, "GET", f"/van-phong/quyen/?ma={case.code}")
            assert (b"data-refused=" in answer.body) == world.reads(role, case), (role, case.state)
            assert list(world.leaks(role, answer)) == []
            if not world.reads(role, case):
                assert without(case, answer) == without(case, nothing), role


def test_an_administrator_learns_who_may_act_and_nothing_of_the_case(world):
    inside, outside = ("administrator", "keeper"), "administrator_outside"
    answers = {}
    for case in near(world)[:4]:
        may = HEAD | {"explainer"} if case.procedure_name == "explanation" else HEAD
        for role in inside:
            answer = world.ask(role, "GET", f"/quan-tri/quyen/?ma={case.code}&viec=accept")
            assert b'data-act="accept"' in answer.body
            holders = set(map(int, re.findall(rb'data-holder="(\d+)"', answer.body)))
            assert holders == {world.people[one].pk for one in may}, (role, case.state)
            assert list(world.leaks(role, answer)) == []
            answers.setdefault((role, case.procedure_name), set()).add(without(case, answer))
        hidden = world.ask(outside, "GET", f"/quan-tri/quyen/?ma={case.code}")
        nothing = world.ask(outside, "GET", "/quan-tri/quyen/?ma=GT-0000-0000")
        assert without(case, hidden) == without(case, nothing)
    assert {len(told) for told in answers.values()} == {1}, "the page says something of the state of a case"


@pytest.mark.parametrize("name", ["explanation:paper", "workflow:office-paper", "workflow:inspect-paper"])
def test_a_download_is_the_paper_of_its_own_case(world, name):
    n = 0
    for case in near(world):
        url = reverse(name, kwargs=world.about("paper", case))
        for role in ROLES:
            answer = world.ask(role, "GET", url)
            if answer.status_code == 200:
                n += 1
                assert world.reads(role, case), (role, case.state)
                assert answer.body == PDF + world.marks[case.pk].encode()
    assert n


def test_a_paper_is_not_found_under_the_code_of_another_case(world):
    one, complaint = world.cases["explanation", "received"], world.cases["complaint", "lodged"]
    for case, other in ((one, world.elsewhere[0]), (one, complaint), (complaint, one)):
        for role, room in (("head", "van-phong/"), ("inspector", "thanh-tra/"), ("citizen", "")):
            url = f"/{room}ho-so/{case.code}/van-ban/{world.about('paper', other)['pk']}/"
            assert world.ask(role, "GET", url).status_code == 404, role
