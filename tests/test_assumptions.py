"""Where the law is silent, a setting says what we take it to say; each is tried both ways where it can differ."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from procedures import assumptions
from procedures.assumptions import Assumptions
from procedures.complaint import petition
from procedures.explanation import conditions, models, request, shadows
from procedures.explanation.law import DECREE_59
from tests import lives
from workflow import registry
from workflow.calendar import WORKING_DAY, backward_due, due, shipped
from workflow.deadlines import Clock
from workflow.errors import ConditionUnmet
from workflow.models import LogEntry


@pytest.fixture
def assume(monkeypatch):
    def change(**what):
        changed = replace(Assumptions(), **what)
        for module in (models, conditions, request, shadows):
            monkeypatch.setattr(module, "ASSUMED", changed)

    return change


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"A99": 1}, "unknown “A99”"),
        ({"extension_anchor": "MIDDLE"}, "extension_anchor = 'MIDDLE'; what works: 'NOMINAL' or 'ROLLED'"),
        ({"trigger_day_counted": "no"}, "trigger_day_counted = 'no'; what works"),
        ({"representatives_of_5_to_10": True}, "representatives_of_5_to_10 = True; what works: a whole number from 1"),
        ({"retention_years": 0}, "retention_years = 0; what works: a whole number from 1"),
        ({"closing_hour": 25}, "closing_hour = 25; what works: a whole number from 1 to 24"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_setting_is_refused_by_name(given, sentence):
    with pytest.raises(ImproperlyConfigured) as refused:
        assumptions.load(given)
    assert sentence in str(refused.value)


def test_the_defaults_are_those_of_the_law_file():
    assert assumptions.load({}) == Assumptions()
    counting = assumptions.load({"extension_anchor": "ROLLED", "saturday_works": True}).counting()
    assert (counting.extension_anchor, counting.saturday_works) == ("ROLLED", True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "filed", "due", "why"),
    [
        ("SAME_DAY", "2026-11-06 23:30", "2026-11-13", "A5, law example 2: any hour is the same day"),
        ("NEXT_WORKING_DAY", "2026-11-06 23:30", "2026-11-16", "after closing, received on Monday"),
        ("NEXT_WORKING_DAY", "2026-11-06 16:59", "2026-11-13", "before closing, received on Friday"),
        ("SAME_DAY", "2026-02-14 20:00", "2026-02-27", "A5, law example 5: strict during Tết"),
        ("NEXT_WORKING_DAY", "2026-02-14 20:00", "2026-03-02", "lenient: received when the office reopens"),
    ],
    ids=lambda value: str(value),
)
def test_off_hours_arrival(assume, rule, filed, due, why):
    assume(off_hours_arrival=rule)
    case = lives.filed(lives.Office(), filed)
    assert case.clock("decide").due_on.isoformat() == due, why


@pytest.mark.django_db
@pytest.mark.parametrize(("starts", "due"), [("COMPLETION", "2026-12-16"), ("FIRST_ARRIVAL", "2026-12-08")])
def test_a_completed_request_counts_from_completion_or_from_first_arrival(assume, starts, due):
    assume(notice_runs_from=starts, drawn_signature="DEFICIENT")
    office = lives.Office()
    case = lives.filed(office, "2026-12-01 09:00")
    lives.act(office, case, "request_supplement", "2026-12-03 09:00", "receiver", fields=["signature"])
    lives.act(office, case, "supplement", "2026-12-09 09:00", "requester", provided={"signature": "photo"})
    assert case.clock("decide").due_on.isoformat() == due


SIGNED = (
    # setting, what is missing, whether an acceptance needs the counter
    ("ACCEPT", [], False),
    ("CONFIRM_AT_COUNTER", ["signature"], True),
    ("DEFICIENT", ["signature"], False),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("setting", "missing", "counter"), SIGNED)
@pytest.mark.parametrize("where", ["everywhere", "one agency"])
def test_a_drawn_signature_counts_is_confirmed_or_is_asked_for(assume, where, setting, missing, counter):
    office = lives.Office()
    if where == "everywhere":
        assume(drawn_signature=setting)
    else:
        call_command("choose", office.agency.slug, "explanation", "drawn_signature", setting, decision="12/QĐ-UBND")
        office.agency.refresh_from_db()
        elsewhere = lives.filed(office, agency=office.other)
        assert elsewhere.missing == []
    case = lives.filed(office)
    assert case.missing == missing
    assert (case.state, case.clock("decide").state) == ("received", "running")
    if counter:
        with pytest.raises(ConditionUnmet, match="at the counter|tại bộ phận tiếp nhận"):
            lives.act(office, case, "accept", "2026-03-03 09:00", "head")
        lives.act(office, case, "accept", "2026-03-03 09:00", "head", signature_confirmed=True)
        assert case.missing == []
    else:
        lives.act(office, case, "accept", "2026-03-03 09:00", "head")
    assert case.state == "accepted"


@pytest.mark.django_db
def test_who_does_not_come_to_the_counter_may_still_be_asked_for_a_signature(assume):
    assume(drawn_signature="CONFIRM_AT_COUNTER")
    office = lives.Office()
    case = lives.filed(office)
    lives.act(office, case, "request_supplement", "2026-03-03 09:00", "receiver", fields=["signature"])
    lives.act(office, case, "supplement", "2026-03-05 09:00", "requester", provided={"signature": "photo"})
    lives.act(office, case, "accept", "2026-03-06 09:00", "head")


@pytest.mark.django_db
def test_the_form_asks_for_the_counter_only_where_a_signature_waits(assume, client):
    office = lives.Office()
    client.force_login(office.head)
    with lives.on("2026-03-03 09:00"):
        case = lives.filed(office, "2026-03-03 08:00")
        assert "signature_confirmed" not in client.get(f"/van-phong/ho-so/{case.code}/accept/").content.decode()
        assume(drawn_signature="CONFIRM_AT_COUNTER")
        case = lives.filed(office, "2026-03-03 08:30")
        assert 'name="signature_confirmed"' in client.get(f"/van-phong/ho-so/{case.code}/accept/").content.decode()
        guest = Client(headers={"accept-language": "vi"})
        session = guest.session
        session["cases"] = [case.pk]
        session.save()
        assert "xác nhận chữ ký" in guest.get(f"/ho-so/{case.code}/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "value", "decision", "sentence"),
    [
        ("drawn_signature", "MAYBE", "1/QĐ", "what works: ACCEPT, CONFIRM_AT_COUNTER, DEFICIENT"),
        ("extension_anchor", "ROLLED", "1/QĐ", "what they may: drawn_signature"),
        ("drawn_signature", "ACCEPT", " ", "number of the decision"),
    ],
)
def test_what_an_agency_cannot_decide_is_refused_by_name(setting, value, decision, sentence):
    office = lives.Office()
    with translation.override("en"), pytest.raises(CommandError, match=sentence):
        call_command("choose", office.agency.slug, "explanation", setting, value, decision=decision)
    assert not LogEntry.objects.filter(transition="setting_chosen").exists()


@pytest.mark.django_db
def test_the_choice_of_an_agency_is_logged():
    office = lives.Office()
    for value in ("DEFICIENT", "ACCEPT"):
        call_command("choose", office.agency.slug, "explanation", "drawn_signature", value, decision="12/QĐ-UBND")
    told = [entry.data for entry in LogEntry.objects.filter(chain="agency:xa-tan-hoa", transition="setting_chosen")]
    assert [(one["before"], one["value"], one["decision"]) for one in told] == [
        ("", "DEFICIENT", "12/QĐ-UBND"),
        ("DEFICIENT", "ACCEPT", "12/QĐ-UBND"),
    ]


@pytest.mark.django_db
def test_minutes_replace_the_notice_unless_a_local_rule_wants_both(assume):
    office = lives.Office()
    with lives.on("2026-11-10 08:30"):
        record = lives.paper(None, "T1")
    case = lives.filed(office, "2026-11-10 08:30", channel="in_person", signature="fingerprint", record=record)
    assume(minutes_replace_notice=False)
    with pytest.raises(ConditionUnmet, match="A13|comes first|trước"):
        lives.act(office, case, "explain_directly", "2026-11-10 09:15", "head")
    assume(minutes_replace_notice=True)
    lives.act(office, case, "explain_directly", "2026-11-10 09:15", "head")
    assert case.state == "explained_direct"


DECIDE, EXPLAIN = DECREE_59.periods["decide"], DECREE_59.periods["explain"]
SUSPENDED = [(date(2026, 3, 10), date(2026, 3, 26))]
COUNTED = (
    # setting, other value, what is counted, last day by default, last day by the other reading
    ("trigger_day_counted", True, (DECIDE, "2026-03-02", {}), "2026-03-09", "2026-03-06"),
    ("saturday_works", True, (DECIDE, "2026-03-02", {}), "2026-03-09", "2026-03-07"),
    ("roll_last_day", False, (EXPLAIN, "2026-11-06", {}), "2026-11-23", "2026-11-21"),
    ("extension_anchor", "ROLLED", (EXPLAIN, "2026-11-06", {"extension": 15}), "2026-12-07", "2026-12-08"),
    ("resumption_day_counted", False, (EXPLAIN, "2026-03-02", {"pauses": SUSPENDED}), "2026-04-02", "2026-04-03"),
)


@pytest.mark.parametrize(("setting", "value", "asked", "by_default", "otherwise"), COUNTED)
def test_days_are_counted_by_the_reading_that_is_set(setting, value, asked, by_default, otherwise):
    period, start, more = asked
    days = [
        due(period, date.fromisoformat(start), shipped(), counting=assumptions.load(given).counting(), **more).on
        for given in ({}, {setting: value})
    ]
    assert [day.isoformat() for day in days] == [by_default, otherwise]


def test_a_latest_day_before_an_event_moves_earlier_or_stays():
    days = [
        backward_due(5, date(2026, 3, 12), shipped(), counting=assumptions.load(given).counting())
        for given in ({}, {"backward_limit": "EXACT"})
    ]
    assert days == [date(2026, 3, 6), date(2026, 3, 7)]


@pytest.mark.django_db
@pytest.mark.parametrize(("setting", "version"), [("RECEIPT", DECREE_59.name), ("STEP", "NĐ 999/2027/NĐ-CP")])
def test_the_law_of_an_act_is_that_of_the_receipt_or_of_its_own_day(monkeypatch, setting, version):
    declared = registry.get("explanation")
    new = replace(
        DECREE_59, name="NĐ 999/2027/NĐ-CP", effective=date(2026, 11, 1),
        periods={**DECREE_59.periods, "explain": replace(EXPLAIN, n=10, unit=WORKING_DAY)},
    )  # fmt: skip
    monkeypatch.setitem(vars(declared), "versions", (DECREE_59, new))
    monkeypatch.setitem(vars(declared), "law_of_a_case", setting)
    office = lives.Office()
    case = lives.filed(office, "2026-10-30 09:00")
    entry = lives.act(office, case, "accept", "2026-11-02 09:00", "head")
    assert (entry.law_version, case.clock("explain").law_version) == (version, version)
    assert (case.law_version, case.clock("decide").law_version) == (DECREE_59.name, DECREE_59.name)
    assert case.clock("explain").due_on.isoformat() == {"RECEIPT": "2026-11-17", "STEP": "2026-11-16"}[setting]
    with lives.on("2026-11-02 10:00"):
        assert case.law.name == version


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "size", "sent"), [("representatives_of_5_to_10", 6, 3), ("representatives_above_10", 12, 6)]
)
def test_a_group_sends_as_many_as_the_setting_says(assume, setting, size, sent):
    office = lives.Office()
    names = [f"Người thứ {n}" for n in range(size)]
    speaker = {"name": ", ".join(names[:sent]), "kind": "group", "papers": "Giấy cử"}
    asking = {**lives.filing(office.agency)["requester"], "members": names, "representative": speaker}
    with pytest.raises(ConditionUnmet, match="LTCD Đ.29"):
        lives.filed(office, requester=asking)
    assume(**{setting: sent})
    assert lives.filed(office, requester=asking).state == "received"


@pytest.mark.django_db
@pytest.mark.parametrize(("counts", "missing"), [(True, []), (False, ["signature"])])
def test_a_digital_signature_makes_an_electronic_request_a_written_one_or_not(assume, counts, missing):
    assume(signed_electronic_is_written=counts)
    assert lives.filed(lives.Office(), signature="digital").missing == missing


ONE_VALUE = {
    "time_zone", "explanation_runs_from", "late_citizen", "remote_needs_reference", "beyond_confirmed_calendar",
}  # fmt: skip


def test_an_assumption_with_one_value_says_why_and_refuses_others():
    for one in Assumptions().listed():
        assert (one.name in ONE_VALUE) == bool(one.only) == (len(one.values) == 1), one.name
        if one.only:
            with pytest.raises(ImproperlyConfigured, match=rf"{one.name} = 'OTHER'; what works: .* \({one.number}: "):
                assumptions.load({one.name: "OTHER"})


def test_every_number_of_the_law_file_has_its_setting():
    assert list(dict.fromkeys(one.number for one in Assumptions().listed())) == [f"A{n}" for n in range(1, 24)]


def test_the_settings_reach_the_procedure_and_are_printed():
    given = {"law_of_a_case": "STEP", "interested_barred": False, "local_closures_move_dates": True,
             "retention_years": 7}  # fmt: skip
    told = subprocess.run(
        [sys.executable, "manage.py", "procedures", "explanation", "--language", "en"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "GIAITRINH_ASSUMPTIONS": json.dumps(given)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for line in (
        "A12  law_of_a_case = STEP  (RECEIPT | STEP)",
        "A19  interested_barred = False  (True | False)",
        "A22  local_closures_move_dates = True",
        "A23  retention_years = 7",
        "A7   explanation_runs_from = NOTICE_DATE",
    ):
        assert line in told
    assert "Only this value: The decree counts from the day the notice is issued" in " ".join(told.split())
    declared = registry.get("explanation")
    read = (declared.law_of_a_case, declared.interested_barred, declared.closures_move_dates, declared.retention_years)
    assert read == ("RECEIPT", True, False, None)


@pytest.mark.parametrize(("setting", "day"), [("SHIFTED", "2026-11-23"), ("NOMINAL", "2026-11-21")])
def test_a_second_complaint_for_silence_counts_from_the_last_day_shifted_or_not(monkeypatch, setting, day):
    monkeypatch.setattr(petition, "ASSUMED", replace(Assumptions(), silence_anchor=setting))
    silent = Clock("decide", 1, "", 0, 15, "calendar_day", date(2026, 11, 6))
    silent.nominal_on, silent.due_on = date(2026, 11, 21), date(2026, 11, 23)
    first = SimpleNamespace(clocks=[silent], decided_on=None)
    second = SimpleNamespace(object="silence", earlier=first, earlier_id=1)
    assert petition.known_on(second, date(2026, 12, 1)).isoformat() == day
