"""Successions: proposed by one, confirmed by another; on the day cases, queues, deadlines and powers move."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import fanout
from notifications.models import Message
from tests import lives
from tests.workflow.agencies.support import HOME, get, offices, post, text
from workflow import added_rungs, clock, engine, errors, escalation, permissions, store
from workflow import office as desk
from workflow.agencies import moving, outlook, succession, tree
from workflow.agencies.models import FormerName, Placement, Succession
from workflow.agencies.succession import Kind, Part, Powers
from workflow.ledger import chain
from workflow.models import Agency, Appointment, Case, Deadline, Delegation, LogEntry, Outbox

pytestmark = pytest.mark.django_db
ALL = HOME + "ke-thua/"
BEFORE, DAY = "2026-10-07 09:00", date(2026, 10, 12)
EVE, AT = "2026-10-11 23:59", "2026-10-12 00:01"


@pytest.fixture
def office():
    return offices()


def facts(**changes):
    return {"decision": "45/NQ-HĐND", "dated_on": date(2026, 10, 1), "effective_on": DAY, "note": "", **changes}


def decided(office, kind, parts, at=BEFORE, **changes):
    """Return a succession that both persons have agreed to."""
    with lives.on(at):
        made = succession.propose(kind, parts, by=office.keeper, **facts(**changes))
        succession.confirm(made, by=office.second)
    return made


def merged(office, powers=Powers.STAFF, **changes):
    return decided(office, Kind.MERGED, [Part(office.agency, [office.other], powers)], **changes)


def settled(at=AT, limit=None):
    with lives.on(at):
        return moving.settle(clock.now(), limit)


def case_now(case):
    return Case.objects.select_related("agency").get(pk=case.pk)


def entries(name):
    return list(LogEntry.objects.filter(chain=name).order_by("seq"))


def posts(user, at):
    return {(post.role, post.agency_id) for post in permissions.posts_of(user, lives.local(at))}


# on the day --------------------------------------------------------------------------------------------------------


def test_open_cases_queues_deadlines_and_powers_move_on_the_day(office):
    case = lives.brought(office, "accepted", BEFORE)
    was = case_now(case)
    due = list(
        Deadline.objects.filter(case=case)
        .order_by("pk")
        .values("rule", "state", "due_on", "anchor_on", "pauses", "ladder")
    )
    [task] = desk.open_tasks(was)
    merged(office)
    assert settled(EVE) == moving.Done()
    assert case_now(case).agency == office.agency

    assert settled(AT) == moving.Done(begun=1, cases=1, tasks=0, ended=1)
    now = case_now(case)
    assert (now.agency, now.state, now.seq) == (office.other, was.state, was.seq + 1)
    entry = entries(case.chain)[-1]
    assert (entry.transition, entry.source, entry.target, entry.actor) == (
        moving.MOVED,
        "accepted",
        "accepted",
        "system",
    )
    assert (entry.agency_id, entry.data["was"], entry.data["now"]) == (office.other.pk, "xa-tan-hoa", "xa-khac")
    assert (entry.data["decision"], entry.data["effective_on"], entry.data["tasks"]) == ("45/NQ-HĐND", "2026-10-12", 1)
    assert chain.verify_case(now) == []
    assert Outbox.objects.filter(entry=entry).exists()
    assert due == list(
        Deadline.objects.filter(case=case)
        .order_by("pk")
        .values("rule", "state", "due_on", "anchor_on", "pauses", "ladder")
    )
    [moved] = desk.open_tasks(now)
    assert (moved.pk, moved.owner_permission) == (task.pk, f"agency:{office.other.pk}")


def test_people_act_at_the_successor_from_midnight_and_no_longer_at_the_old_agency(office):
    case = lives.brought(office, "accepted", BEFORE)
    merged(office)
    settled(AT)
    assert posts(office.receiver, EVE) == {("receiver", office.agency.pk)}
    assert posts(office.receiver, AT) == {("receiver", office.other.pk)}
    assert posts(office.head, AT) == set(), "the decision says everybody but the head"
    new = Appointment.objects.get(user=office.receiver, agency=office.other)
    assert (new.decision, new.starts_on, new.ends_on) == ("45/NQ-HĐND", DAY, None)
    with lives.on("2026-10-12 09:00"):
        with pytest.raises(errors.OutOfScope):
            engine.fire(case, "sign", actor=office.head, **lives.given(case, "sign"))
        engine.fire(case, "extend", actor=office.stranger, **lives.given(case, "extend"))
    recorded = [entry.transition for entry in entries("agency:xa-khac")]
    assert recorded.count("appointed") == len([role for role in lives.ROLES if role != "head"])
    assert [entry.transition for entry in entries("agency:xa-tan-hoa")].count("appointment_ended") == len(lives.ROLES)


@pytest.mark.parametrize(
    ("powers", "head", "receiver"), [(Powers.ALL, True, True), (Powers.STAFF, False, True), (Powers.NONE, False, False)]
)
def test_powers_go_on_where_the_decision_says(office, powers, head, receiver):
    merged(office, powers)
    settled(AT)
    assert bool(posts(office.head, AT)) is head
    assert bool(posts(office.receiver, AT)) is receiver


def test_a_delegation_goes_on_with_the_principal(office):
    substitute = office.person("officer", office.agency, "substitute")
    Delegation.objects.create(principal=office.head, substitute=substitute, agency=office.agency, role="head",
                              document="9/GUQ", starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31))  # fmt: skip
    merged(office, Powers.ALL)
    settled(AT)
    assert posts(substitute, "2026-10-31 23:00") == {("head", office.other.pk), ("officer", office.other.pk)}
    assert posts(substitute, "2026-11-01 00:00") == {("officer", office.other.pk)}
    new = Delegation.objects.get(agency=office.other)
    assert (new.document, new.starts_on, new.ends_on) == ("9/GUQ", DAY, date(2026, 10, 31))


def test_an_appointment_to_come_begins_at_the_successor(office):
    user = office.person("officer", office.agency, "later")
    user.appointments.update(ends_on=date(2020, 1, 2))
    Appointment.objects.create(
        user=user, agency=office.agency, role="clerk", decision="2/QĐ", starts_on=date(2026, 11, 1)
    )
    merged(office)
    settled(AT)
    assert posts(user, "2026-10-31 12:00") == set()
    assert posts(user, "2026-11-01 12:00") == {("clerk", office.other.pk)}


def test_who_holds_the_role_at_the_successor_already_does_not_hold_it_twice(office):
    Appointment.objects.create(
        user=office.receiver, agency=office.other, role="receiver", decision="2/QĐ", starts_on=date(2026, 1, 1)
    )
    merged(office)
    settled(AT)
    assert Appointment.objects.filter(user=office.receiver, agency=office.other).count() == 1


def test_a_power_used_on_the_day_itself_ends_that_evening(office):
    case = lives.brought(office, "received", BEFORE)
    merged(office, at="2026-10-12 08:00", effective_on=DAY)
    with lives.on("2026-10-12 08:30"):
        engine.fire(case, "request_supplement", actor=office.receiver, **lives.given(case, "request_supplement"))
    settled("2026-10-12 09:00")
    assert posts(office.receiver, "2026-10-12 10:00") == {("receiver", office.agency.pk), ("receiver", office.other.pk)}
    assert posts(office.receiver, "2026-10-13 00:00") == {("receiver", office.other.pk)}
    assert chain.verify_case(case_now(case)) == []


def test_the_old_agency_receives_nothing_new_and_is_still_found(client, office):
    merged(office)
    settled(AT)
    old = Agency.objects.get(pk=office.agency.pk)
    assert (old.ends_on, old.receives) == (date(2026, 10, 11), False)
    office.agency, shown = old, office.agency
    with pytest.raises(errors.BadData):
        lives.filed(office, "2026-10-12 10:00")
    office.agency = shown  # a form that was opened before midnight
    late = lives.filed(office, "2026-10-12 00:00")
    assert settled("2026-10-12 00:02").cases == 1
    assert case_now(late).agency == office.other
    said = text(get(client, office.keeper, HOME + "?q=tan hoa", at=AT))
    assert "ended 11/10/2026" in said
    assert "now: UBND xã Khác" in said
    assert "Tân Hòa" not in text(get(client, office.keeper, HOME, at=AT)), "the tree shows what stands"
    page = text(get(client, office.keeper, HOME + "xa-tan-hoa/", at=AT))
    assert "Its place has been taken by UBND xã Khác" in page
    assert "Has taken the place of UBND xã Tân Hòa" in text(get(client, office.keeper, HOME + "xa-khac/", at=AT))


def test_a_citizen_who_knows_the_old_name_finds_who_receives_the_request_now(client, office):
    merged(office)
    decided(office, Kind.RENAMED, [Part(office.other, name="UBND xã Mới Khác")], effective_on=DAY + timedelta(days=1))
    settled("2026-10-13 00:01")
    with lives.on("2026-10-13 09:00"):
        said = text(client.get("/yeu-cau/moi/"))
    assert "UBND xã Mới Khác (trước đây: UBND xã Khác, UBND xã Tân Hòa)" in said


def test_what_stood_under_an_agency_goes_under_its_successor(office):
    lives.agency("phong", "Phòng Kinh tế", "department", office.agency)
    merged(office)
    settled(AT)
    assert Agency.objects.get_parent(Agency.objects.get(slug="phong")) == office.other
    assert entries("agency:phong")[0].data["decision"] == "45/NQ-HĐND"
    assert Agency.objects.find_problems() == ([], [], [], [], [])


def test_a_successor_that_did_not_receive_begins_to(office):
    new = lives.agency("xa-moi", "UBND xã Mới", "commune", office.province)
    Agency.objects.filter(pk=new.pk).update(receives=False)
    decided(office, Kind.MERGED, [Part(one, [new]) for one in (office.agency, office.other)])
    settled(AT)
    assert Agency.objects.get(pk=new.pk).receives
    took = [entry.data["from"] for entry in entries("agency:xa-moi") if entry.transition == "agency_took_over"]
    assert took == ["xa-tan-hoa", "xa-khac"]


# kinds -------------------------------------------------------------------------------------------------------------


def test_a_new_name_moves_nothing_and_the_old_one_is_found(client, office):
    case = lives.filed(office, BEFORE)
    decided(office, Kind.RENAMED, [Part(office.agency, name="UBND phường Tân Hòa Mới", short="UBNDP")])
    settled(AT)
    now = Agency.objects.get(pk=office.agency.pk)
    assert (now.name, now.short, now.slug, now.ends_on) == ("UBND phường Tân Hòa Mới", "UBNDP", "xa-tan-hoa", None)
    former = FormerName.objects.get()
    assert (former.name, former.until, former.decision) == ("UBND xã Tân Hòa", date(2026, 10, 11), "45/NQ-HĐND")
    assert case_now(case).seq == case.seq
    renamed = next(entry for entry in entries("agency:xa-tan-hoa") if entry.transition == "agency_renamed")
    assert renamed.data["was"]["name"] == "UBND xã Tân Hòa"
    assert "formerly UBND xã Tân Hòa" in text(get(client, office.keeper, HOME + "?q=xa tan hoa", at=AT))


def test_a_division_places_single_cases_and_the_agency_may_go_on(client, office):
    third = lives.agency("xa-ba", "UBND xã Ba", "commune", office.province)
    stays, goes = lives.filed(office, BEFORE), lives.filed(office, "2026-10-07 10:00", requester=other_person())
    with lives.on("2026-10-07 11:00"):
        made = succession.propose(
            Kind.SPLIT, [Part(office.agency, [office.agency, office.other, third])], by=office.keeper, **facts()
        )
    url = f"{ALL}{made.pk}/ho-so/"
    assert goes.code in text(get(client, office.keeper, url))
    post(client, office.keeper, url, {f"case-{goes.pk}": third.pk, f"case-{stays.pk}": office.agency.pk})
    assert list(Placement.objects.values_list("case", "agency")) == [(goes.pk, third.pk)]
    with lives.on("2026-10-07 12:00"):
        succession.confirm(made, by=office.second)
    assert settled(AT).cases == 1
    assert (case_now(stays).agency, case_now(goes).agency) == (office.agency, third)
    assert Placement.objects.get().seq == case_now(goes).seq
    assert Agency.objects.get(pk=office.agency.pk).ends_on is None
    assert posts(office.receiver, AT) == {("receiver", office.agency.pk)}, "who stays, stays"
    assert settled("2026-10-12 00:05") == moving.Done()


def test_an_agency_divided_into_two_others_ends(office):
    third = lives.agency("xa-ba", "UBND xã Ba", "commune", office.province)
    one, two = lives.filed(office, BEFORE), lives.filed(office, "2026-10-07 10:00", requester=other_person())
    with lives.on("2026-10-07 11:00"):
        made = succession.propose(Kind.SPLIT, [Part(office.agency, [office.other, third])], by=office.keeper, **facts())
        succession.place(made, {two.pk: third.pk, one.pk: office.province.pk}, by=office.keeper)
        succession.confirm(made, by=office.second)
    settled(AT)
    assert (case_now(one).agency, case_now(two).agency) == (office.other, third), "none goes to a stranger"
    assert Agency.objects.get(pk=office.agency.pk).ends_on == date(2026, 10, 11)


def test_an_abolished_level_leaves_those_below_to_the_superior(client, office):
    district = lives.agency("huyen", "UBND huyện Cũ", "department", office.province)
    below = lives.agency("xa-duoi", "UBND xã Dưới", "commune", district)
    office.agency = district
    case = lives.filed(office, BEFORE)
    page = get(client, office.keeper, f"{ALL}moi/?loai=abolished&cap=department&duoi=tinh")
    assert [(row["agency"].value(), row["successors"].value()) for row in page.context["rows"]][0] == ("huyen", "tinh")
    decided(office, Kind.ABOLISHED, [Part(district, [office.other])])
    settled(AT)
    assert Agency.objects.get_parent(Agency.objects.get(pk=below.pk)) == office.province
    assert case_now(case).agency == office.other


def other_person():
    return {"kind": "person", "name": "Lê Văn Chín", "address": "Thôn 9", "phone": "0900 000 009", "email": ""}


# cases of every state ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(lives.ROADS))
def test_a_case_of_every_state_keeps_it_and_its_chain_holds(office, state):
    if state == "copy_provided":
        lives.explained_before(office)
    case = lives.brought(office, state, BEFORE)
    merged(office)
    settled(AT)
    now = case_now(case)
    assert now.state == state
    assert now.agency == (office.agency if state == "closed" else office.other)
    assert chain.verify_case(now) == []


def test_a_closed_case_that_is_opened_again_goes_to_the_successor_then(office):
    case = lives.brought(office, "closed", BEFORE)
    merged(office)
    settled(AT)
    assert case_now(case).agency == office.agency
    lives.act(office, case, "complain", "2026-10-13 09:00", "requester")
    assert settled("2026-10-13 09:01").cases == 1
    assert case_now(case).agency == office.other


def test_silence_after_the_day_names_the_successor(office):
    case = lives.filed(office, BEFORE)
    merged(office)
    settled(AT)
    with lives.on("2026-10-20 09:00"):
        escalation.sweep(clock.now())
    silence = [entry for entry in entries(case.chain) if entry.data.get("responsible")]
    assert silence
    assert {entry.data["responsible"]["agency"] for entry in silence} == {office.other.pk}


def test_warnings_that_the_old_agency_added_end_and_those_of_the_successor_begin(office):
    case = lives.filed(office, BEFORE)
    for agency, name in ((office.agency, "som"), (office.other, "som-hon")):
        with lives.on(BEFORE):
            added_rungs.add(
                agency, procedure="explanation", period="decide", name=name, offset=-1, tells=["head"],
                text="Nhắc", decision="3/QĐ",
            )  # fmt: skip
    later = lives.filed(office, "2026-10-08 09:00", requester=other_person())
    assert "office:som" in rings(later)
    merged(office)
    settled(AT)
    assert "office:som" not in rings(later)
    assert "office:som-hon" in rings(later)
    assert chain.verify_case(case_now(case)) == []


def rings(case):
    """Return the rungs that a case's clocks are still to climb."""
    ladders = Deadline.objects.filter(case=case).values_list("ladder", flat=True)
    return {rung for ladder in ladders for rung, _rang, _for, fire_at in ladder if fire_at}


def test_a_task_stays_on_the_desk_of_who_may_do_it_there(office):
    case = lives.brought(office, "accepted", BEFORE)
    [task] = desk.open_tasks(case_now(case))
    with lives.on(BEFORE):
        desk.take(task, office.explainer)
    merged(office)
    settled(AT)
    [task] = desk.open_tasks(case_now(case))
    assert (task.owner, task.status) == (office.explainer, "ASSIGNED")


def test_a_task_of_who_holds_nothing_there_goes_back_into_the_queue(office):
    case = lives.brought(office, "accepted", BEFORE)
    [task] = desk.open_tasks(case_now(case))
    with lives.on(BEFORE):
        desk.take(task, office.explainer)
    Case.objects.filter(pk=case.pk).update(handler=office.officer)
    merged(office, Powers.NONE)
    settled(AT)
    [task] = desk.open_tasks(case_now(case))
    assert (task.owner, task.status) == (None, "NEW")
    assert case_now(case).handler is None
    assert entries(case.chain)[-1].data["handler_was"] == office.officer.pk


def test_an_opinion_asked_of_an_agency_that_ends_goes_to_its_successor(office):
    case = lives.brought(office, "accepted", BEFORE)
    [task] = desk.open_tasks(case_now(case))
    task.owner_permission = f"agency:{office.other.pk}"
    task.save()
    decided(office, Kind.MERGED, [Part(office.other, [office.province])])
    assert settled(AT).tasks == 1
    task.refresh_from_db()
    assert task.owner_permission == f"agency:{office.province.pk}"
    assert case_now(case).agency == office.agency
    moved = next(entry for entry in entries("agency:xa-khac") if entry.transition == "task_moved")
    assert moved.data["case"] == case.code


# two persons -------------------------------------------------------------------------------------------------------


def form(rows, **changes):
    """Return the form of a proposal as a browser sends it."""
    data = {"kind": "merged", "decision": "45/NQ-HĐND", "dated_on": "2026-10-01", "effective_on": "2026-10-12", "note": "",
            "form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": 0}  # fmt: skip
    for n, row in enumerate(rows):
        given = {"agency": "", "successors": "", "powers": "staff", "name": "", "short": "", **row}
        data |= {f"form-{n}-{name}": value for name, value in given.items()}
    return {**data, **changes}


def test_proposed_on_a_page_and_confirmed_by_another_person(client, office):
    lives.filed(office, BEFORE)
    answer = post(client, office.keeper, ALL + "moi/", form([{"agency": "tân hòa", "successors": "xa-khac"}, {}]))
    assert answer.status_code == 302
    said = text(get(client, office.keeper, answer.url))
    assert "UBND xã Khác: 1" in said
    assert "Người head (head of the agency)" in said
    assert "Confirm this succession" not in said
    post(client, office.keeper, answer.url, {"accept": "1"})
    assert Succession.objects.get().state == "open", "nobody confirms their own"
    assert "1 succession waits" in text(get(client, office.second, HOME))
    post(client, office.second, answer.url, {"accept": "1"})
    assert (Succession.objects.get().state, Succession.objects.get().begun_at) == ("accepted", None)
    settled(AT)
    assert "UBND xã Tân Hòa → UBND xã Khác 1 case" in text(get(client, office.second, answer.url, at=AT))
    names = [entry.transition for entry in entries("agency:xa-tan-hoa")]
    assert names[:2] == ["succession_proposed", "succession_confirmed"]
    assert {"agency_succeeded", "succession_completed"} <= set(names)
    assert list(chain.failures(entries("agency:xa-tan-hoa"))) == []


def test_one_whose_day_has_come_moves_at_once_when_confirmed(client, office):
    case = lives.filed(office, BEFORE)
    answer = post(client, office.keeper, ALL + "moi/",
                  form([{"agency": "xa-tan-hoa", "successors": "xa-khac"}], effective_on="2026-10-01"))  # fmt: skip
    post(client, office.second, answer.url, {"accept": "1"})
    assert case_now(case).agency == office.other
    assert Agency.objects.get(pk=office.agency.pk).ends_on == date(2026, 9, 30)
    ended = Appointment.objects.get(user=office.clerk, agency=office.agency)
    assert ended.ends_on == date(2026, 10, 6), "a power does not end for days that have passed"


def test_a_declined_proposal_moves_nothing(client, office):
    answer = post(client, office.keeper, ALL + "moi/", form([{"agency": "xa-tan-hoa", "successors": "xa-khac"}]))
    post(client, office.keeper, answer.url, {"decline": "1"})
    assert settled(AT) == moving.Done()
    post(client, office.second, answer.url, {"accept": "1"})
    assert Succession.objects.get().state == "declined"


@pytest.mark.parametrize(
    ("rows", "changes", "why"),
    [
        ([{"agency": "xa-tan-hoa", "successors": "xa-tan-hoa"}], {}, "Name the one successor"),
        ([{"agency": "xa-tan-hoa", "successors": "xa-khac; tinh"}], {}, "Name the one successor"),
        ([{"agency": "xa-tan-hoa", "successors": ""}], {}, "Name the one successor"),
        ([{"agency": "xa-tan-hoa", "successors": "xa-khac"}], {"kind": "split"}, "at least two successors"),
        ([{"agency": "xa-tan-hoa", "successors": "xa-khac"}], {"kind": "renamed"}, "has no successor"),
        ([{"agency": "xa-tan-hoa"}], {"kind": "renamed"}, "Write the new name"),
        ([{"agency": "xa-tan-hoa", "name": "=1+1"}], {"kind": "renamed"}, "as a formula does"),
        ([{"agency": "xa-tan-hoa", "successors": "xa-khac", "name": "Mới"}], {}, "Only a new name"),
        ([{"agency": "xa-tan-hoa", "successors": "xa-khac"}, {"agency": "xa-khac", "successors": "xa-tan-hoa"}], {},
         "takes nothing over"),
        ([{"agency": "xa-tan-hoa", "successors": "xa-khac"}, {"agency": "xa-tan-hoa", "successors": "tinh"}], {},
         "stands there twice"),
        ([{"agency": "xa-tan-hoa", "successors": "tinh-bac"}], {}, "No agency that you administer"),
        ([{"agency": "ubnd", "successors": "xa-khac"}], {}, "Several agencies fit"),
        ([{}], {}, "Name at least one agency"),
        ([{"agency": "xa-tan-hoa", "successors": "xa-khac"}], {"effective_on": "31/02/2026"}, "valid date"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused_and_what_was_typed_stays(client, office, rows, changes, why):
    answer = post(client, office.keeper, ALL + "moi/", form(rows, **changes))
    assert answer.status_code == 422
    assert why in text(answer)
    assert "45/NQ-HĐND" in answer.content.decode()
    assert not Succession.objects.exists()


def test_an_agency_is_changed_by_one_decision_at_a_time_and_ends_once(office):
    merged(office)
    with lives.on(BEFORE), pytest.raises(succession.Unsound, match="changed by another decision"):
        succession.propose(Kind.MERGED, [Part(office.agency, [office.province])], by=office.keeper, **facts())
    with lives.on(BEFORE), pytest.raises(succession.Unsound, match="takes nothing over"):
        succession.propose(
            Kind.MERGED,
            [Part(office.other, [office.agency])],
            by=office.keeper,
            **facts(effective_on=DAY + timedelta(days=1)),
        )
    settled(AT)
    ended = Agency.objects.get(pk=office.agency.pk)
    with lives.on(AT), pytest.raises(succession.Unsound, match="has ended already"):
        succession.propose(Kind.MERGED, [Part(ended, [office.province])], by=office.keeper, **facts())


def test_nobody_succeeds_agencies_of_another_subtree(client, office):
    with lives.on(BEFORE), pytest.raises(tree.NotYours):
        succession.propose(Kind.MERGED, [Part(office.agency, [office.north])], by=office.keeper, **facts())
    made = merged(office)
    assert get(client, office.outsider, f"{ALL}{made.pk}/").status_code == 404
    with lives.on(BEFORE):
        own = succession.propose(
            Kind.RENAMED, [Part(office.province, name="UBND tỉnh Mới")], by=office.keeper, **facts()
        )
        with pytest.raises(tree.NotYours):
            succession.confirm(own, by=office.outsider)


def test_more_rows_keep_what_was_typed(client, office):
    answer = post(
        client,
        office.keeper,
        ALL + "moi/",
        form([{"agency": "xa-tan-hoa", "successors": "xa-khac", "powers": "all"}], more="1"),
    )
    assert answer.status_code == 200
    first = answer.context["rows"][0]
    assert (first["agency"].value(), first["powers"].value(), len(answer.context["rows"].forms)) == (
        "xa-tan-hoa",
        "all",
        3,
    )
    assert answer.context["form"]["decision"].value() == "45/NQ-HĐND"


# again, in parts, in a chain ---------------------------------------------------------------------------------------


def test_doing_it_again_does_nothing(office):
    lives.brought(office, "accepted", BEFORE)
    merged(office)
    settled(AT)
    before = LogEntry.objects.count()
    assert settled("2026-10-12 00:02") == moving.Done()
    assert LogEntry.objects.count() == before


def test_cases_move_in_batches_and_it_goes_on_where_it_stopped(office, monkeypatch):
    monkeypatch.setattr(moving, "BATCH", 2)
    cases = [
        lives.filed(office, f"2026-10-07 10:{n:02}", requester={**other_person(), "name": f"Người {n}"})
        for n in range(5)
    ]
    merged(office)
    assert settled(AT, limit=1) == moving.Done(begun=1, cases=2)
    assert settled(AT, limit=1) == moving.Done(cases=2)
    assert Succession.objects.get().done_at is None
    assert settled(AT) == moving.Done(cases=1, ended=1)
    assert {case_now(case).agency for case in cases} == {office.other}
    completed = [
        entry.data["cases"] for entry in entries("agency:xa-tan-hoa") if entry.transition == "succession_completed"
    ]
    assert completed == [5]


def test_a_crash_in_the_middle_loses_nothing_and_repeats_nothing(office, monkeypatch):
    monkeypatch.setattr(moving, "BATCH", 2)
    cases = [
        lives.filed(office, f"2026-10-07 10:{n:02}", requester={**other_person(), "name": f"Người {n}"})
        for n in range(4)
    ]
    merged(office)
    written, write = [], store.write

    def dies(change):
        written.append(change)
        if len(written) == 4:
            raise ConnectionError("gone")
        return write(change)

    monkeypatch.setattr(store, "write", dies)
    with pytest.raises(ConnectionError):
        settled(AT)
    monkeypatch.setattr(store, "write", write)
    settled(AT)
    for case in cases:
        assert case_now(case).agency == office.other
        assert [entry.transition for entry in entries(case.chain)].count(moving.MOVED) == 1
        assert chain.verify_case(case_now(case)) == []


def test_a_successor_may_itself_be_succeeded_later(office):
    case = lives.filed(office, BEFORE)
    merged(office)
    decided(office, Kind.MERGED, [Part(office.other, [office.province])], effective_on=DAY + timedelta(days=1))
    settled("2026-10-13 00:01")
    assert case_now(case).agency == office.province
    assert [entry.transition for entry in entries(case.chain)].count(moving.MOVED) == 2


def test_the_preview_costs_the_same_for_any_number_of_agencies_and_cases(office):
    third = lives.agency("xa-ba", "UBND xã Ba", "commune", office.province)

    def cost(parts):
        with lives.on(BEFORE):
            made = succession.propose(Kind.MERGED, parts, by=office.keeper, **facts())
            with CaptureQueriesContext(connection) as found:
                outlook.of(Succession.objects.get(pk=made.pk))
            succession.decline(made, by=office.keeper)
        return len(found)

    few = cost([Part(office.agency, [office.other])])
    for n in range(3):
        lives.filed(office, f"2026-10-07 10:{n:02}", requester={**other_person(), "name": f"Người {n}"})
    lives.agency("phong", "Phòng Kinh tế", "department", office.agency)
    assert cost([Part(office.agency, [office.other]), Part(third, [office.other])]) <= few + 1


def test_the_command_moves_what_is_due_and_says_how_much(office):
    lives.filed(office, BEFORE)
    merged(office)
    out = StringIO()
    call_command("succeed", "--at", "2026-10-12T00:01+07:00", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert (said["begun"], said["cases"], said["ended"]) == (1, 1, 1)


def test_the_requester_is_told_who_has_the_case_now(office):
    case = lives.filed(office, BEFORE, requester={**other_person(), "email": "chin@example.com"})
    merged(office)
    settled(AT)
    with lives.on("2026-10-12 00:05"):
        while fanout.fan_out(clock.now()):
            pass
    said = Message.objects.get(case_id=case.pk, template="requester_moved")
    assert "của UBND xã Tân Hòa nay do UBND xã Khác tiếp nhận" in said.body
    assert "45/NQ-HĐND" in said.body


def test_the_requester_reads_that_the_successor_has_the_case(client, office):
    case = lives.filed(office, BEFORE)
    merged(office)
    settled(AT)
    said = text(get(client, office.stranger, f"/van-phong/ho-so/{case.code}/", at="2026-10-12 09:00"))
    assert "UBND xã Khác has taken the case over from UBND xã Tân Hòa, by 45/NQ-HĐND" in said
