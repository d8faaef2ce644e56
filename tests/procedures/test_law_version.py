"""A new law is a new version in the data: cases received before keep the old one, and nothing else changes."""

from dataclasses import replace
from datetime import date

import pytest

from procedures.explanation.law import DECREE_59
from tests import lives
from workflow import checks, engine, errors, registry
from workflow.calendar import CALENDAR_DAY, WORKING_DAY, Period
from workflow.law import Ground

pytestmark = pytest.mark.django_db

NEW = replace(
    DECREE_59,
    name="NĐ 999/2027/NĐ-CP",
    effective=date(2026, 11, 1),
    periods={
        **DECREE_59.periods,
        "decide": Period(7, CALENDAR_DAY, "NĐ999 Đ.7"),
        "explain": Period(10, WORKING_DAY, "NĐ999 Đ.8"),
        "extension": Period(3, WORKING_DAY, "NĐ999 Đ.8"),
    },
    cites={key: cite.replace("NĐ59", "NĐ999") for key, cite in DECREE_59.cites.items()},
    grounds=(*DECREE_59.grounds, Ground("S4", "NĐ999 Đ.9", "Flood.", ("suspend",))),
    values={**DECREE_59.values, "extensions": 2},
)


@pytest.fixture
def office(monkeypatch):
    declared = registry.get("explanation")
    versions = declared.versions
    object.__setattr__(declared, "versions", (DECREE_59, NEW))
    yield lives.Office()
    object.__setattr__(declared, "versions", versions)


def law_of(entry):
    return entry.law_version, {fact["law"] for fact in entry.data["clocks"]}, entry.data["law"]


def test_the_new_version_is_well_declared(office):
    assert checks.check(registry.get("explanation")) == []


@pytest.mark.parametrize(
    ("received", "version", "cite", "decide", "explain"),
    [
        ("2026-10-31 23:59", DECREE_59.name, "NĐ59 Đ.4, Đ.11 k.4", "2026-11-06", "2026-11-17"),
        ("2026-11-01 00:00", NEW.name, "NĐ999 Đ.4, Đ.11 k.4", "2026-11-09", "2026-11-16"),
    ],
)
def test_the_day_of_receipt_decides(office, received, version, cite, decide, explain):
    case = lives.filed(office, received)
    assert (case.law_version, case.clock("decide").due_on.isoformat()) == (version, decide)
    entry = lives.act(office, case, "accept", "2026-11-02 09:00", "head")
    assert law_of(entry) == (version, {version}, cite)
    assert (case.clock("explain").due_on.isoformat(), case.clock("explain").law_version) == (explain, version)
    assert set(case.deadlines.values_list("law_version", flat=True)) == {version}


def test_a_duration_of_the_other_version_is_refused(office):
    old, new = lives.filed(office, "2026-10-30 09:00"), lives.filed(office, "2026-11-02 09:00")
    for case in (old, new):
        lives.act(office, case, "accept", "2026-11-02 10:00", "head")
    with pytest.raises(errors.ConditionUnmet, match=r"from 1 to 3 days \(NĐ999 Đ.13\)"):
        lives.act(office, new, "extend", "2026-11-03 09:00", "head", days=15)
    lives.act(office, old, "extend", "2026-11-03 09:00", "head", days=15)
    lives.act(office, new, "extend", "2026-11-03 09:00", "head", days=3)
    lives.act(office, new, "extend", "2026-11-03 10:00", "head", days=1)
    assert (old.clock("explain").due_on, new.clock("explain").due_on) == (date(2026, 12, 2), date(2026, 11, 20))
    with pytest.raises(errors.ConditionUnmet, match="once"):
        lives.act(office, old, "extend", "2026-11-03 10:00", "head", days=1)


def test_a_ground_of_the_other_version_is_refused(office):
    old, new = lives.filed(office, "2026-10-30 09:00"), lives.filed(office, "2026-11-02 09:00")
    for case in (old, new):
        lives.act(office, case, "accept", "2026-11-02 10:00", "head")
    lives.act(office, new, "suspend", "2026-11-03 09:00", "head", ground="S4")
    with pytest.raises(errors.ConditionUnmet, match="ground of the law"):
        lives.act(office, old, "suspend", "2026-11-03 09:00", "head", ground="S4")


def test_an_offer_cites_the_version_of_its_case(office):
    with lives.on("2026-11-02 09:00"):
        cites = [
            {offer.rule.name: offer.law for offer in engine.available(case, office.head)}["accept"]
            for case in (lives.filed(office, "2026-10-30 09:00"), lives.filed(office, "2026-11-02 09:00"))
        ]
    assert cites == ["NĐ59 Đ.4, Đ.11 k.4", "NĐ999 Đ.4, Đ.11 k.4"]
