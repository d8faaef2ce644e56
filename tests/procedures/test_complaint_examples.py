"""Worked examples 36 to 48, 50 and 52, lived through the engine."""

from datetime import date

import pytest

from procedures.complaint import petition
from tests import appeals, lives
from workflow import engine, errors
from workflow.models import Agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return appeals.Office()


def due(case, rule):
    clock = type(case).objects.get(pk=case.pk).clock(rule)
    return clock.due_on and clock.due_on.isoformat()


def accepted(office, lodged, accepted=None, **how):
    """Return a complaint lodged and accepted on two days, against a refusal of the first day."""
    attacked = appeals.refused(office, f"{lodged} 08:00")
    case = appeals.lodged(attacked, f"{lodged} 09:00", **how)
    appeals.act(office, case, "accept", f"{accepted or lodged} 10:00", "head")
    return case


def decided(office, lodged, on, *, differs=False, **how):
    case = accepted(office, lodged, on, **how)
    appeals.through(office, case, f"{on} 11:00", *appeals.VERIFIED)
    appeals.act(office, case, "decide", f"{on} 12:00", "head", outcome="keep", conclusion="wrong")
    return case


def test_example_36_seven_working_days_by_the_new_law(office):
    attacked = appeals.refused(office, "2026-12-07 08:00")
    case = appeals.lodged(attacked, "2026-12-07 09:00")
    assert (due(case, "accept"), case.law_version) == ("2026-12-16", "LKN 02/2011/QH13, L136, NĐ155")
    appeals.act(office, case, "accept", "2026-12-16 09:00", "head")
    assert due(case, "decide") == "2027-01-15"


def test_example_37_ten_days_by_the_old_law(office):
    attacked = appeals.refused(office, "2026-06-10 08:00")
    case = appeals.lodged(attacked, "2026-06-10 09:00")
    assert (due(case, "accept"), case.law_version) == ("2026-06-22", "LKN 02/2011/QH13")
    appeals.act(office, case, "accept", "2026-06-22 09:00", "head")
    assert due(case, "decide") == "2026-07-22"


def test_example_38_the_version_is_stored_and_not_only_the_date(office):
    x = appeals.lodged(appeals.refused(office, "2026-06-30 08:00"), "2026-06-30 09:00")
    y = appeals.lodged(appeals.refused(office, "2026-07-01 08:00"), "2026-07-01 09:00")
    told = [(due(case, "accept"), case.clock("accept").n, case.clock("accept").unit) for case in (x, y)]
    assert told == [("2026-07-10", 10, "calendar_day"), ("2026-07-10", 7, "working_day")]
    assert x.clock("accept").law_version != y.clock("accept").law_version


FOUR = (
    (False, False, "2026-08-05"),
    (False, True, "2026-08-20"),
    (True, False, "2026-08-20"),
    (True, True, "2026-09-04"),
)


@pytest.mark.parametrize(("remote", "complex_", "last"), FOUR)
def test_example_39_four_durations(office, remote, complex_, last):
    Agency.objects.filter(pk=office.agency.pk).update(remote=remote)
    office.agency.refresh_from_db()
    case = accepted(office, "2026-07-06")
    if complex_:
        appeals.act(office, case, "record_complexity", "2026-07-10 09:00", "head")
    assert due(case, "decide") == last


def test_example_40_ninety_days_and_an_obstacle(office):
    attacked = appeals.refused(office, "2026-11-19 08:00", received="2026-11-20")
    assert due(attacked, "complain") == "2027-02-18"
    case = appeals.lodged(attacked, "2027-02-18 09:00")
    assert (case.late, petition.limit(case).on) == (False, date(2027, 2, 18))
    other = appeals.refused(office, "2026-11-19 08:00", received="2026-11-20")
    with pytest.raises(errors.ConditionUnmet, match="18/02/2027"):
        appeals.lodged(other, "2027-03-01 09:00")
    case = appeals.lodged(other, "2027-03-01 09:00", obstacle_days=10)
    assert (case.late, petition.limit(case).on) == (False, date(2027, 3, 1))


def test_a_late_complaint_is_received_with_its_reason_and_marked(office):
    attacked = appeals.refused(office, "2026-11-19 08:00", received="2026-11-20")
    case = appeals.lodged(attacked, "2027-03-02 09:00", late_reason="Nằm viện.")
    assert (case.state, case.late) == ("lodged", True)


def test_example_41_silence_can_be_complained_about_from_its_first_day(office):
    request = lives.filed(office, "2026-11-13 09:00")
    assert due(request, "decide") == "2026-11-20"
    with pytest.raises(errors.ConditionUnmet, match="no deadline of this case has passed"):
        appeals.lodged(request, "2026-11-20 23:59", object="silence")
    case = appeals.lodged(request, "2026-11-21 00:00", object="silence")
    assert (case.known_on, petition.limit(case).on) == (date(2026, 11, 21), date(2027, 2, 19))
    request = type(request).objects.get(pk=request.pk)
    assert (request.state, request.clock("decide").state) == ("received", "running")


def test_example_42_three_working_days_to_send(office):
    case = decided(office, "2026-12-31", "2026-12-31")
    assert due(case, "send") == "2027-01-06"


def test_example_43_a_suspension_does_not_count(office):
    case = accepted(office, "2026-07-06")
    assert due(case, "decide") == "2026-08-05"
    appeals.act(office, case, "suspend", "2026-07-20 09:00", "head", ground="P2")
    assert (due(case, "decide"), due(case, "orders")) == (None, "2026-07-23")
    appeals.act(office, case, "send_order", "2026-07-21 09:00", "clerk")
    appeals.act(office, case, "resume", "2026-08-03 09:00", "head")
    assert (case.state, due(case, "decide"), due(case, "orders")) == ("accepted", "2026-08-19", "2026-08-06")


def test_a_complaint_of_before_is_suspended_by_the_law_of_the_day_and_not_earlier(office):
    case = accepted(office, "2026-06-15")
    with pytest.raises(errors.ConditionUnmet, match="no suspension"):
        appeals.act(office, case, "suspend", "2026-06-30 09:00", "head")
    entry = appeals.act(office, case, "suspend", "2026-07-01 09:00", "head")
    assert (entry.law_version, case.law_version) == ("LKN 02/2011/QH13, L136, NĐ155", "LKN 02/2011/QH13")


SECOND_LIMITS = ((False, "2026-10-15"), (True, "2026-10-30"))


@pytest.mark.parametrize(("remote", "last"), SECOND_LIMITS)
def test_example_44_thirty_days_for_the_second_complaint(office, remote, last):
    Agency.objects.filter(pk=office.agency.pk).update(remote=remote)
    office.agency.refresh_from_db()
    case = decided(office, "2026-09-14", "2026-09-14")
    appeals.act(office, case, "send", "2026-09-14 13:00", "clerk")
    appeals.act(office, case, "record_receipt", "2026-09-15 09:00", "requester")
    assert due(case, "appeal") == last
    second = appeals.appealed(case, office, f"{last} 09:00")
    assert (second.late, petition.limit(second).on.isoformat()) == (False, last)


def test_example_45_thirty_days_after_silence(office):
    case = accepted(office, "2026-07-06")
    appeals.act(office, case, "record_complexity", "2026-07-10 09:00", "head")
    assert due(case, "decide") == "2026-08-20"
    with pytest.raises(errors.ConditionUnmet, match="has not passed"):
        appeals.appealed(case, office, "2026-08-20 09:00")
    second = appeals.appealed(case, office, "2026-09-21 09:00")
    assert (second.late, petition.limit(second).on) == (False, date(2026, 9, 21))
    assert type(case).objects.get(pk=case.pk).state == "superseded"


SECOND_FOUR = (
    (False, False, "2026-11-16"),
    (False, True, "2026-11-30"),
    (True, False, "2026-11-30"),
    (True, True, "2026-12-09"),
)


@pytest.mark.parametrize(("remote", "complex_", "last"), SECOND_FOUR)
def test_example_46_the_second_time(office, remote, complex_, last):
    Agency.objects.filter(pk=office.agency.pk).update(remote=remote)
    office.agency.refresh_from_db()
    first = decided(office, "2026-09-14", "2026-09-14")
    appeals.act(office, first, "send", "2026-09-14 13:00", "clerk")
    case = appeals.appealed(first, office, "2026-09-21 09:00")
    assert due(case, "accept") == "2026-09-30"
    appeals.act(office, case, "accept", "2026-09-30 09:00", "head")
    if complex_:
        appeals.act(office, case, "record_complexity", "2026-10-05 09:00", "head")
    assert due(case, "decide") == last


def second_decided(office, on="2026-11-16", remote=False):
    Agency.objects.filter(pk=office.agency.pk).update(remote=remote)
    office.agency.refresh_from_db()
    first = decided(office, "2026-09-14", "2026-09-14")
    appeals.act(office, first, "send", "2026-09-14 13:00", "clerk")
    case = appeals.appealed(first, office, "2026-10-12 09:00")
    appeals.through(office, case, "2026-10-15 09:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(office, case, "call_dialogue", "2026-10-16 09:00", "head", held_on=date(2026, 10, 28))
    appeals.act(office, case, "hold_dialogue", "2026-10-28 09:00", "head")
    appeals.act(office, case, "decide", f"{on} 09:00", "head")
    return case


@pytest.mark.parametrize(("remote", "effect"), [(False, date(2026, 12, 17)), (True, date(2027, 1, 1))])
def test_example_47_sent_published_in_force(office, remote, effect):
    case = second_decided(office, remote=remote)
    assert (due(case, "send"), due(case, "publish")) == ("2026-11-23", "2026-12-01")
    assert case.in_force_on == effect
    appeals.act(office, case, "send", "2026-11-20 09:00", "clerk")
    with pytest.raises(errors.ConditionUnmet, match=f"{effect:%d/%m/%Y}"):
        appeals.act(office, case, "take_effect", f"{date.fromordinal(effect.toordinal() - 1)} 09:00", "officer")
    appeals.act(office, case, "take_effect", f"{effect} 00:00", "officer")
    assert case.state == "in_force"


def test_example_48_a_year_for_the_lawsuit(office):
    case = second_decided(office)
    appeals.act(office, case, "send", "2026-11-19 09:00", "clerk")
    appeals.act(office, case, "record_receipt", "2026-11-20 09:00", "requester")
    assert due(case, "lawsuit") == "2027-11-22"


def test_example_50_the_notice_of_a_dialogue_moves_earlier(office):
    case = accepted(office, "2026-12-07")
    appeals.through(office, case, "2026-12-07 11:00", *appeals.VERIFIED)
    with pytest.raises(errors.ConditionUnmet, match="11/12/2026"):
        appeals.act(office, case, "call_dialogue", "2026-12-12 09:00", "head", held_on=date(2026, 12, 18))
    case = accepted(office, "2026-12-07")
    appeals.through(office, case, "2026-12-07 11:00", *appeals.VERIFIED)
    appeals.act(office, case, "call_dialogue", "2026-12-11 09:00", "head", held_on=date(2026, 12, 18))
    assert case.state == "dialogue"


def test_example_52_from_request_to_second_instance(office):
    request = lives.filed(office, "2026-07-20 09:00")
    assert due(request, "decide") == "2026-07-27"
    lives.act(office, request, "accept", "2026-07-27 09:00", "head")
    assert due(request, "explain") == "2026-08-11"
    lives.act(office, request, "extend", "2026-08-11 09:00", "head", days=15)
    assert due(request, "explain") == "2026-08-26"
    lives.act(office, request, "sign", "2026-08-26 09:00", "head")
    lives.act(office, request, "send", "2026-08-26 10:00", "clerk")
    first = appeals.lodged(request, "2026-09-08 09:00", object="contents")
    assert due(first, "accept") == "2026-09-17"
    appeals.act(office, first, "accept", "2026-09-17 09:00", "head")
    assert due(first, "decide") == "2026-10-19"
    appeals.through(office, first, "2026-10-01 09:00", *appeals.VERIFIED)
    appeals.act(office, first, "decide", "2026-10-15 09:00", "head", outcome="keep", conclusion="wrong")
    assert due(first, "send") == "2026-10-20"
    appeals.act(office, first, "send", "2026-10-20 09:00", "clerk")
    appeals.act(office, first, "record_receipt", "2026-10-20 10:00", "requester")
    assert due(first, "appeal") == "2026-11-19"
    second = appeals.appealed(first, office, "2026-11-16 09:00")
    assert (due(second, "accept"), second.late) == ("2026-11-26", False)
    appeals.act(office, second, "accept", "2026-11-26 09:00", "head")
    assert due(second, "decide") == "2027-01-11"
    assert engine.available(second, office.superior, lives.local("2026-11-26 10:00"))
