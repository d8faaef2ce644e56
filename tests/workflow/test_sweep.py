"""Alarms ring once, in the order of the ladder, whatever happened meanwhile."""

import pytest

from tests import lives
from workflow import escalation
from workflow.ledger import chain
from workflow.models import Case, Deadline, LogEntry

pytestmark = pytest.mark.django_db


def sweep(at):
    with lives.on(at):
        return escalation.sweep(lives.local(at))


def test_the_first_moment_after_the_last_day_is_an_event():
    office = lives.Office()
    case = lives.filed(office, "2026-10-05 09:00")  # due Monday 12/10
    assert sweep("2026-10-12 23:59") == {"two_left": 1, "one_left": 1}
    assert sweep("2026-10-13 00:00") == {"silence": 1}
    silence = LogEntry.objects.get(transition="alarm:silence")
    assert silence.data["responsible"]["head"] == office.head.pk
    assert silence.data["due"] == "2026-10-12"
    assert silence.at == lives.local("2026-10-13 00:00")
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_a_second_sweep_finds_nothing():
    lives.filed(lives.Office(), "2026-10-05 09:00")
    assert sweep("2026-10-13 00:00")["silence"] == 1
    assert sweep("2026-10-13 00:00") == {}


def test_after_downtime_the_ladder_is_climbed_in_order_and_every_occurrence_rings():
    office = lives.Office()
    case = lives.filed(office, "2026-10-05 09:00")
    rung = sweep("2026-10-17 09:00")  # Saturday; Tuesday 13 to Thursday 15 were working days
    assert rung == {"two_left": 1, "one_left": 1, "silence": 1, "repeat": 4, "superior": 1, "inspectorate": 1}
    names = list(
        LogEntry.objects.filter(chain=case.chain, seq__gt=1).order_by("seq").values_list("transition", flat=True)
    )
    assert names[:3] == ["alarm:two_left", "alarm:one_left", "alarm:silence"]
    assert names[3:5] in (["alarm:repeat", "alarm:superior"], ["alarm:superior", "alarm:repeat"])
    assert set(lives.rings(case)) == {"repeat"}  # its next occurrence
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_a_suspended_case_climbs_its_own_ladder():
    office = lives.Office()
    case = lives.filed(office, "2026-03-02 08:00")
    lives.act(office, case, "accept", "2026-03-02 10:00", "head")
    lives.act(office, case, "suspend", "2026-03-10 10:00", "head")
    assert sweep("2026-04-17 12:00") == {"paused": 3}  # 25/03, 09/04, then weekly: 16/04
    lives.act(office, case, "resume", "2026-04-20 10:00", "head")
    assert sweep("2026-04-21 12:00") == {"seven_left": 1}
    lives.act(office, case, "suspend", "2026-04-22 10:00", "head")
    assert sweep("2026-05-07 12:00") == {"paused": 1}
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_an_act_in_time_silences_the_ladder():
    office = lives.Office()
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "refuse", "2026-10-06 09:00", "head")
    assert sweep("2026-12-01 00:00") == {}


def test_a_case_that_cannot_be_composed_is_set_aside_and_rings_when_it_is_mended():
    office = lives.Office()
    bad, good = lives.filed(office, "2026-10-05 09:00"), lives.filed(office, "2026-10-05 10:00")
    law = Deadline.objects.get(case=bad).law_version
    Deadline.objects.filter(case=bad).update(law_version="no such law")
    assert sweep("2026-10-13 00:00")["silence"] == 1
    (aside,) = escalation.waiting(lives.local("2026-10-13 00:00")).set_aside.items()
    assert aside[0] == bad.code
    assert aside[1]["why"] == "KeyError: 'no such law'"
    assert sweep("2026-10-13 00:00:30") == {}
    Deadline.objects.filter(case=bad).update(law_version=law)
    assert sweep("2026-10-13 00:01") == {"two_left": 1, "one_left": 1, "silence": 1}
    assert not escalation.waiting(lives.local("2026-10-13 00:01")).set_aside
    for case in (bad, good):
        assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_a_case_that_cannot_be_written_is_set_aside_and_the_rest_of_its_batch_rings():
    office = lives.Office()
    bad, *good = [lives.filed(office, f"2026-10-05 {hour}:00") for hour in ("09", "10", "11")]
    Case.objects.filter(pk=bad.pk).update(seq=0)  # entry 1 is there already
    assert sweep("2026-10-13 00:00")["silence"] == 2
    assert [*escalation.waiting(lives.local("2026-10-13 00:00")).set_aside] == [bad.code]
    for case in good:
        assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_a_case_rests_longer_after_each_failure():
    case = lives.filed(lives.Office(), "2026-10-05 09:00")
    Deadline.objects.filter(case=case).update(law_version="no such law")
    tried = [at for at in range(12) if sweep_fails(f"2026-10-13 00:{at:02}")]
    assert tried == [0, 1, 3, 7]


def sweep_fails(at):
    before = Deadline.objects.get().failures
    sweep(at)
    return Deadline.objects.get().failures > before
