"""Where the law is silent, a setting says what we take it to say; `test_readings` tries what each of them changes."""

import json
import os
import subprocess
import sys
from functools import partial

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from procedures import assumptions
from procedures.assumptions import Assumptions
from tests import lives, readings
from workflow.errors import ConditionUnmet
from workflow.models import LogEntry


@pytest.fixture
def assume(monkeypatch):
    return partial(readings.assume, monkeypatch)


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
        assert "Theo quy định của cơ quan" in client.get(f"/van-phong/ho-so/{case.code}/").content.decode()
        session["receipt"] = {"case": case.pk, "secret": "A" * 16, "until": "2026-03-03T03:00:00+00:00"}
        session.save()
        assert "xác nhận chữ ký" in guest.get("/yeu-cau/da-nhan/").content.decode()
        lives.act(office, case, "accept", "2026-03-03 09:00", "head", signature_confirmed=True)
        told = guest.get(f"/ho-so/{case.code}/").content.decode()
        assert "trước khi cơ quan có thể" not in told
        assert "Chữ ký đã xác nhận tại bộ phận tiếp nhận" in told


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


WIRED = """
from workflow import registry
for name in ("explanation", "complaint", "complaint_second"):
    one = registry.get(name)
    print([name, one.law_of_a_case, one.interested_barred, one.closures_move_dates, one.counting.saturday_works])
print(registry.get("explanation").retention_years)
"""


@pytest.mark.parametrize(
    ("given", "declared", "years"),
    [
        ({}, ["RECEIPT", True, False, False], "None"),
        (
            {"law_of_a_case": "STEP", "interested_barred": False, "local_closures_move_dates": True,
             "saturday_works": True, "retention_years": 7},
            ["STEP", False, True, True], "7",
        ),
    ],
    ids=["default", "other"],
)  # fmt: skip
def test_every_procedure_declares_what_is_set(given, declared, years):
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", WIRED],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "GIAITRINH_ASSUMPTIONS": json.dumps(given)},
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert told == [*(str([name, *declared]) for name in ("explanation", "complaint", "complaint_second")), years]
