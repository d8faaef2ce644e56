"""Where the law can be read in several ways, each reading leads to another outcome, and the setting chooses (A2-A23)."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from procedures.assumptions import Assumptions
from procedures.complaint.models import FirstComplaint
from procedures.explanation.law import DECREE_59
from tests import appeals, lives
from tests.readings import TRIED, reading, tries  # noqa: F401
from workflow import calendars, clock, closures, erasure, errors, registry, store
from workflow.calendar import WORKING_DAY, Counting, backward_due, shipped
from workflow.models import CalendarVersion, Case, Erasure, LogEntry

pytestmark = pytest.mark.django_db
D = date.fromisoformat


@pytest.fixture
def office():
    return appeals.Office()


def due(case, rule):
    """Return the last day of a period of a case, as ISO text."""
    return type(case).objects.get(pk=case.pk).clock(rule).due_on.isoformat()


def tried(attempt, *expected):
    """Return whether an attempt is let through; it may fail by the errors that are expected and no other."""
    try:
        attempt()
    except expected:
        return False
    return True


def test_every_assumption_with_several_values_is_tried_under_values_that_lead_elsewhere():
    for one in Assumptions().listed():
        outcomes = TRIED.get(one.name, {})
        if one.only:
            assert not outcomes, one.name
            continue
        assert one.value in outcomes, f"{one.number} {one.name}: not tried under its default"
        assert set(one.values) <= set(map(str, outcomes)), f"{one.number} {one.name}: some value is not tried"
        assert len(outcomes) > 1, f"{one.number} {one.name}: no other value is tried"
        assert all(a != b for a, b in combinations(outcomes.values(), 2)), f"{one.number} {one.name}: no difference"


# how days are counted ----------------------------------------------------------------------------------------------


@tries("trigger_day_counted", {False: "2026-03-09", True: "2026-03-06"})
def test_a2_the_day_of_the_event(office, reading):  # noqa: F811
    assert due(lives.filed(office, "2026-03-02 09:00"), "decide") == reading


@tries("saturday_works", {False: "2026-03-09", True: "2026-03-07"})
def test_a3_saturdays(office, reading):  # noqa: F811
    assert due(lives.filed(office, "2026-03-02 09:00"), "decide") == reading


@tries("saturday_works", {False: "2026-03-16", True: "2026-03-13"}, off_hours_arrival="NEXT_WORKING_DAY")
def test_a3_a_request_arrives_on_a_saturday_where_it_is_a_working_day(office, reading):  # noqa: F811
    assert due(lives.filed(office, "2026-03-06 20:00"), "decide") == reading


@pytest.mark.parametrize(("saturday", "day"), [(False, D("2026-03-13")), (True, D("2026-03-14"))])
def test_a3_a_backward_limit_stops_at_a_saturday_that_is_worked(saturday, day):
    counting = Counting(saturday_works=saturday)
    assert backward_due(5, D("2026-03-20"), shipped(), counting=counting) == day


@tries("roll_last_day", {True: "2026-11-23", False: "2026-11-21"})
def test_a4_a_last_day_on_a_rest_day(office, reading):  # noqa: F811
    case = lives.filed(office, "2026-11-06 08:00")
    lives.act(office, case, "accept", "2026-11-06 09:00", "head")
    assert due(case, "explain") == reading


@tries("extension_anchor", {"NOMINAL": "2026-12-07", "ROLLED": "2026-12-08"})
def test_a8_an_extension_counts_from_the_day_before_or_after_it_moved(office, reading):  # noqa: F811
    case = lives.filed(office, "2026-11-06 08:00")
    lives.act(office, case, "accept", "2026-11-06 09:00", "head")
    lives.act(office, case, "extend", "2026-11-20 09:00", "head", days=15)
    assert due(case, "explain") == reading


@tries("resumption_day_counted", {True: "2026-04-02", False: "2026-04-03"})
def test_a9_the_day_of_resumption(office, reading):  # noqa: F811
    case = lives.filed(office, "2026-03-02 08:00")
    for act, at in (("accept", "2026-03-02"), ("suspend", "2026-03-10"), ("resume", "2026-03-26")):
        lives.act(office, case, act, f"{at} 09:00", "head")
    assert due(case, "explain") == reading


@tries("backward_limit", {"EARLIER": False, "EXACT": True})
def test_a11_a_latest_day_before_a_dialogue_moves_earlier_or_stays(office, reading):  # noqa: F811
    case = appeals.lodged(appeals.refused(office, "2026-12-07 08:00"), "2026-12-07 09:00")
    appeals.through(office, case, "2026-12-07 10:00", ("accept", "head"), *appeals.VERIFIED)

    def call():  # five days before Friday the 18th is a Sunday
        appeals.act(office, case, "call_dialogue", "2026-12-12 09:00", "head", held_on=D("2026-12-18"))

    assert tried(call, errors.ConditionUnmet) == reading


# when a request arrived, and from when its time runs ---------------------------------------------------------------


@tries("off_hours_arrival", {"SAME_DAY": "2026-11-13", "NEXT_WORKING_DAY": "2026-11-16"})
def test_a5_a_request_on_friday_night(office, reading):  # noqa: F811
    assert due(lives.filed(office, "2026-11-06 23:30"), "decide") == reading


@tries("closing_hour", {17: "2026-11-16", 19: "2026-11-13"}, off_hours_arrival="NEXT_WORKING_DAY")
def test_a5_the_hour_of_closing(office, reading):  # noqa: F811
    assert due(lives.filed(office, "2026-11-06 18:00"), "decide") == reading


@tries("notice_runs_from", {"COMPLETION": "2026-12-16", "FIRST_ARRIVAL": "2026-12-08"}, drawn_signature="DEFICIENT")
def test_a6_a_completed_request(office, reading):  # noqa: F811
    case = lives.filed(office, "2026-12-01 09:00")
    lives.act(office, case, "request_supplement", "2026-12-03 09:00", "receiver", fields=["signature"])
    lives.act(office, case, "supplement", "2026-12-09 09:00", "requester", provided={"signature": "photo"})
    assert due(case, "decide") == reading


NEXT = replace(
    DECREE_59, name="NĐ 999/2027/NĐ-CP", effective=D("2026-11-01"),
    periods={**DECREE_59.periods, "explain": replace(DECREE_59.periods["explain"], n=10, unit=WORKING_DAY)},
)  # fmt: skip


@tries("law_of_a_case", {"RECEIPT": (DECREE_59.name, "2026-11-17"), "STEP": (NEXT.name, "2026-11-16")})
def test_a12_the_law_of_an_act(office, monkeypatch, reading):  # noqa: F811
    version, last = reading
    monkeypatch.setitem(vars(registry.get("explanation")), "versions", (DECREE_59, NEXT))
    case = lives.filed(office, "2026-10-30 09:00")
    entry = lives.act(office, case, "accept", "2026-11-02 09:00", "head")
    assert (entry.law_version, case.clock("explain").law_version) == (version, version)
    assert (case.law_version, case.clock("decide").law_version) == (DECREE_59.name, DECREE_59.name)
    assert due(case, "explain") == last
    with lives.on("2026-11-02 10:00"):
        assert case.law.name == version


@tries("silence_anchor", {"SHIFTED": "2026-08-10", "NOMINAL": "2026-08-08"})
def test_a18_a_second_complaint_for_silence(office, reading):  # noqa: F811
    first = appeals.lodged(appeals.refused(office, "2026-07-09 08:00"), "2026-07-09 09:00")
    appeals.act(office, first, "accept", "2026-07-09 10:00", "head")
    assert due(first, "decide") == "2026-08-10"
    assert appeals.appealed(first, office, "2026-08-20 09:00").known_on.isoformat() == reading


# what a request needs ----------------------------------------------------------------------------------------------


@tries("minutes_replace_notice", {True: True, False: False})
def test_a13_minutes_on_the_spot_without_a_notice(office, reading):  # noqa: F811
    with lives.on("2026-11-10 08:30"):
        how = lives.oral()
    case = lives.filed(office, "2026-11-10 08:30", **how)

    def explain():
        lives.act(office, case, "explain_directly", "2026-11-10 09:15", "head")

    assert tried(explain, errors.ConditionUnmet) == reading
    assert type(case).objects.get(pk=case.pk).state == ("explained_direct" if reading else "received")


def group(office, size, sent):
    """File the request of a group that sends some of its members."""
    names = [f"Người thứ {n}" for n in range(size)]
    speaker = {"name": ", ".join(names[:sent]), "kind": "group", "papers": "Giấy cử"}
    asking = {**lives.filing(office.agency)["requester"], "members": names, "representative": speaker}
    return lives.filed(office, requester=asking)


@tries("representatives_of_5_to_10", {2: False, 3: True})
def test_a14_three_of_six(office, reading):  # noqa: F811
    assert tried(lambda: group(office, 6, 3), errors.ConditionUnmet) == reading
    group(office, 6, 2)


@tries("representatives_above_10", {5: False, 6: True})
def test_a14_six_of_twelve(office, reading):  # noqa: F811
    assert tried(lambda: group(office, 12, 6), errors.ConditionUnmet) == reading
    group(office, 12, 5)


@tries("signed_electronic_is_written", {True: [], False: ["signature"]})
def test_a16_a_digital_signature(office, reading):  # noqa: F811
    assert lives.filed(office, signature="digital").missing == reading


@tries("drawn_signature", {
    # what is missing; whether it may be accepted without the counter
    "ACCEPT": ([], True), "CONFIRM_AT_COUNTER": (["signature"], False), "DEFICIENT": (["signature"], True),
})  # fmt: skip
def test_a20_a_signature_drawn_on_the_screen(office, reading):  # noqa: F811
    case = lives.filed(office)

    def accept():
        lives.act(office, case, "accept", "2026-03-03 09:00", "head")

    assert (case.missing, tried(accept, errors.ConditionUnmet)) == reading


# who may act, and what a complaint does ----------------------------------------------------------------------------


@tries("interested_barred", {True: False, False: True})
def test_a19_who_signed_what_is_complained_about_verifies_the_complaint(office, reading):  # noqa: F811
    signed = {"number": "1/QĐ", "signed_by": office.officer.pk}
    case = appeals.lodged(appeals.refused(office, "2026-10-05 08:00", decision=signed), "2026-10-05 09:00")
    appeals.act(office, case, "accept", "2026-10-05 10:00", "head")

    def verify():
        appeals.act(office, case, "verify", "2026-10-05 11:00", "head", verifier=office.officer)

    assert tried(verify, errors.ConditionUnmet) == reading
    assert type(case).objects.get(pk=case.pk).state == ("verifying" if reading else "accepted")


@tries("interested_barred", {True: False, False: True})
def test_a19_who_signed_what_is_complained_about_decides_at_second_instance(office, reading):  # noqa: F811
    signed = {"number": "1/QĐ", "signed_by": office.superior.pk}
    first = appeals.lodged(appeals.refused(office, "2026-09-14 08:00", decision=signed), "2026-09-14 09:00")
    appeals.through(office, first, "2026-09-14 10:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(office, first, "decide", "2026-09-14 12:00", "head", outcome="keep", conclusion="wrong")
    appeals.act(office, first, "send", "2026-09-14 13:00", "clerk")
    case = appeals.appealed(first, office, "2026-10-12 09:00")
    appeals.through(office, case, "2026-10-15 09:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(office, case, "call_dialogue", "2026-10-16 09:00", "head", held_on=D("2026-10-28"))
    appeals.act(office, case, "hold_dialogue", "2026-10-28 09:00", "head")

    def decide():
        appeals.act(office, case, "decide", "2026-11-16 09:00", "head")

    assert tried(decide, errors.OwnActBlocked) == reading
    assert type(case).objects.get(pk=case.pk).state == ("decided" if reading else "verified")


@tries("annulled_refusal_restarts", {True: ("received", "annul_refusal"), False: ("refused", "end_complaint")})
def test_a21_a_refusal_that_is_annulled(office, reading):  # noqa: F811
    request = appeals.refused(office, "2026-10-05 09:00")
    case = appeals.lodged(request, "2026-10-12 09:00")
    appeals.through(office, case, "2026-10-12 10:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(office, case, "decide", "2026-10-12 11:00", "head", outcome="cancel", conclusion="right")
    last = LogEntry.objects.filter(chain=request.chain).latest("seq")
    assert (type(request).objects.get(pk=request.pk).state, last.transition) == reading
    if last.transition == "annul_refusal":
        assert due(request, "decide") == "2026-10-19"


# closures and keeping ----------------------------------------------------------------------------------------------

FLOOD = {
    "first_on": D("2026-10-08"), "last_on": D("2026-10-09"), "authority": "UBND tỉnh", "document": "99/QĐ-UBND",
    "dated_on": D("2026-10-06"), "reason": "Bão số 9",
}  # fmt: skip


@pytest.fixture
def editions():
    """Let the shipped table be an edition; editions are kept in memory, and a test's are forgotten with it."""
    store._calendar.cache_clear()
    CalendarVersion.objects.create(table=shipped().to_json(), note="shipped")
    yield
    store._calendar.cache_clear()


@tries("local_closures_move_dates", {
    # last days of a request filed before the closure, of one filed after it was confirmed, of a complaint then
    False: ("2026-10-12", "2026-10-14", "2026-10-16"), True: ("2026-10-14", "2026-10-16", "2026-10-20"),
})  # fmt: skip
def test_a22_an_agency_is_closed_for_two_days(office, editions, reading):  # noqa: F811
    keepers = [office.person("administrator", office.province, name) for name in ("keeper", "second")]
    before = lives.filed(office, "2026-10-05 09:00")
    attacked = appeals.refused(office, "2026-10-06 09:00")
    with lives.on("2026-10-07 09:00"):
        closure = calendars.close(office.agency, by=keepers[0], **FLOOD)
        calendars.confirm(closure, by=keepers[1])
        calendars.settle()
        assert len(closures.known()) == 1
    after = lives.filed(office, "2026-10-07 10:00")
    complaint = appeals.lodged(attacked, "2026-10-07 11:00")
    assert (due(before, "decide"), due(after, "decide"), due(complaint, "accept")) == reading
    assert isinstance(complaint, FirstComplaint)
    assert due(lives.filed(office, "2026-10-07 10:00", agency=office.other), "decide") == "2026-10-14"


@tries("retention_years", {None: "nobody has set how long", 20: "kept until 05/03/2046", 13: ""})
def test_a23_erasing_a_closed_file_in_2040(office, reading):  # noqa: F811
    case = lives.filed(office)
    lives.act(office, case, "refuse", "2026-03-04 09:00", "head")
    lives.act(office, case, "close", "2026-03-05 09:00", "officer")
    case = Case.objects.get(pk=case.pk)

    def erase():
        proposal = erasure.propose(case, "retention", document="5/QĐ", reason="Hết hạn lưu.", by=office.clerk)
        erasure.confirm(proposal, by=office.head)

    with lives.on("2040-01-02 09:00"):
        why = " ".join(str(one) for one in erasure.blocks(case, "retention", clock.legal_day(clock.now())))
        assert (reading in why) if reading else (why == "")
        assert tried(erase, erasure.CannotErase) == (reading == "")
    assert (erasure.erased_on(case) is not None) == (reading == "")
    assert Erasure.objects.exists() == (reading == "")
