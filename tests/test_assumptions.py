"""Where the law is silent, a setting says what we take it to say; each is tried both ways where it can differ."""

from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured

from procedures import assumptions
from procedures.assumptions import Assumptions
from procedures.explanation import conditions, models
from tests import lives
from workflow.errors import ConditionUnmet


@pytest.fixture
def assume(monkeypatch):
    def change(**what):
        changed = replace(Assumptions(), **what)
        for module in (models, conditions):
            monkeypatch.setattr(module, "ASSUMED", changed)

    return change


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"A99": 1}, "unknown “A99”"),
        ({"extension_anchor": "MIDDLE"}, "extension_anchor = 'MIDDLE'; what works: 'NOMINAL' or 'ROLLED'"),
        ({"trigger_day_counted": "no"}, "trigger_day_counted = 'no'; what works"),
        ({"representatives_of_5_to_10": True}, "representatives_of_5_to_10 = True; what works"),
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "missing"), [("ACCEPT", []), ("DEFICIENT", ["signature"]), ("CONFIRM_AT_COUNTER", ["signature"])]
)
def test_a_drawn_signature_counts_or_is_asked_for(assume, setting, missing):
    assume(drawn_signature=setting)
    assert lives.filed(lives.Office()).missing == missing


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
