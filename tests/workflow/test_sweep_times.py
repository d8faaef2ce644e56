"""Ladders through whatever happens to time: downtime, wrong clocks, moved dates, suspensions, two beats at once."""

import json
from collections import Counter
from contextlib import ExitStack
from datetime import date, timedelta

import pytest
from django.db import connection

from tests import crowds, lives
from workflow import added_rungs, clock, deadlines, escalation, ladders, store
from workflow.calendar import shipped
from workflow.ledger import chain
from workflow.models import Alarm, CalendarVersion, Case, Deadline, LogEntry

pytestmark = pytest.mark.django_db


def sweep(at):
    with lives.on(at):
        return escalation.sweep(lives.local(at))


def holds(*cases):
    return [failure for case in cases for failure in chain.verify_case(Case.objects.get(pk=case.pk))] == []


def rang(case):
    """Return what rang on a case, in the order of its chain, with when it should have."""
    entries = LogEntry.objects.filter(chain=case.chain, transition__startswith="alarm:").order_by("seq")
    return [
        (one.transition.removeprefix("alarm:"), f"{one.at.astimezone(clock.LEGAL_ZONE):%d/%m %H:%M}") for one in entries
    ]


# downtime ----------------------------------------------------------------------------------------------------------


def test_ninety_days_of_downtime_are_caught_up_in_the_order_of_the_ladder():
    office = lives.Office()
    cases = [lives.filed(office, f"2026-04-06 {hour:02}:00") for hour in (8, 9, 10)]  # due Monday 13/04
    found = sweep("2026-07-12 09:00")
    assert found["silence"] == found["superior"] == found["inspectorate"] == 3
    assert found["repeat"] > 150
    for case in cases:
        entries = LogEntry.objects.filter(chain=case.chain, seq__gt=1).order_by("seq")
        moments = [entry.at for entry in entries]
        assert moments == sorted(moments)
        assert [one for one in Counter(entries.values_list("transition", flat=True)).items() if one[1] > 1] == [
            ("alarm:repeat", found["repeat"] // 3)
        ]
        numbered = [entry.data["occurrence"] for entry in entries if entry.transition == "alarm:repeat"]
        assert numbered == list(range(1, len(numbered) + 1))
    assert holds(*cases)
    fired = Alarm.objects.all()
    assert set(fired.values_list("fired_at", flat=True)) == {lives.local("2026-07-12 09:00")}
    assert fired.order_by("fire_at").first().fire_at == lives.local("2026-04-09 08:00")


# clocks ------------------------------------------------------------------------------------------------------------


def test_a_clock_three_days_behind_rings_late_and_once():
    case = lives.filed(lives.Office(), "2026-10-05 09:00")  # due Monday 12/10
    assert sweep("2026-10-09 07:00") == {"two_left": 1}  # it is the 12th; the clock says the 9th
    assert sweep("2026-10-13 00:05") == {"one_left": 1, "silence": 1}
    assert sweep("2026-10-10 00:06") == {}  # and goes back again
    assert sweep("2026-10-13 00:06") == {}
    assert rang(case) == [("two_left", "08/10 08:00"), ("one_left", "09/10 08:00"), ("silence", "13/10 00:00")]
    assert holds(case)


@pytest.mark.postgres
def test_a_machine_that_runs_ahead_of_the_database_rings_nothing_early():
    office = lives.Office()
    now = clock.now()
    case = lives.filed(office, f"{now.astimezone(clock.LEGAL_ZONE):%Y-%m-%d %H:%M}")
    ahead = now + timedelta(days=60)
    assert escalation.sweep(ahead) == {}
    assert Alarm.objects.filter(deadline__case=case).count() == 0


# moved dates -------------------------------------------------------------------------------------------------------


def reprojected(case, calendar, at):
    """Count the clocks of a case anew by another calendar, as its administration does."""
    with lives.on(at):
        seen = store.read(Case.objects.get(pk=case.pk), lock=True)
        version = CalendarVersion.objects.create(table=calendar.to_json()).pk
        law = seen.case.law
        bench = deadlines.Bench(law, calendar, version, deadlines.Counting(), lives.local(at), seen.case.seq + 1)
        for one in seen.clocks:
            deadlines._project(one, bench)
        for one in seen.clocks:
            next_at, last_at = ladders.bounds(one.bells)
            rings = {"ladder": ladders.stored(one.bells), "next_at": next_at, "last_at": last_at}
            Deadline.objects.filter(pk=one.id).update(due_on=one.due_on, **rings)


def test_a_day_off_that_is_announced_late_moves_what_has_not_rung_and_repeats_nothing():
    case = lives.filed(lives.Office(), "2026-10-05 09:00")  # due Monday 12/10
    assert sweep("2026-10-08 09:00") == {"two_left": 1}
    reprojected(case, shipped().overridden(off={date(2026, 10, 12)}, work=()), "2026-10-09 07:00")  # due Tuesday 13/10
    assert sweep("2026-10-09 09:00") == {"one_left": 1}  # two days were left on Thursday, as before
    assert sweep("2026-10-13 09:00") == {}
    assert sweep("2026-10-14 00:00") == {"silence": 1}
    reprojected(case, shipped(), "2026-10-14 08:00")  # and back: due Monday 12/10, one day late since 14/10, 00:00
    assert sweep("2026-10-14 08:01") == {"repeat": 1, "superior": 1}
    assert Alarm.objects.filter(rung="silence").count() == 1
    assert holds(case)


def test_resuming_at_the_very_moment_of_a_rung_rings_it_once():
    office = lives.Office()
    case = lives.filed(office, "2026-03-02 08:00")
    lives.act(office, case, "accept", "2026-03-02 10:00", "head")  # due Tuesday 17/03; seven days are left on the 10th
    lives.act(office, case, "suspend", "2026-03-09 10:00", "head")
    lives.act(office, case, "resume", "2026-03-10 08:00", "head")
    due = lives.rings(case)["seven_left"]
    lives.act(office, case, "suspend", f"{due.astimezone(clock.LEGAL_ZONE) - timedelta(days=1):%Y-%m-%d} 10:00", "head")
    resumed = f"{due.astimezone(clock.LEGAL_ZONE):%Y-%m-%d %H:%M}"
    assert sweep(resumed) == {}  # it rests
    lives.act(office, case, "resume", resumed, "head")
    moved = lives.rings(case)["seven_left"]
    at = f"{moved.astimezone(clock.LEGAL_ZONE):%Y-%m-%d %H:%M}"
    assert sweep(at) == {"seven_left": 1}
    assert sweep(at) == {}
    assert holds(case)


def test_a_case_that_rests_again_after_a_revival_does_not_ring_for_what_has_rung():
    office = lives.Office()
    case = lives.filed(office, "2026-03-02 08:00")
    lives.act(office, case, "accept", "2026-03-02 10:00", "head")
    lives.act(office, case, "suspend", "2026-03-10 10:00", "head")
    assert sweep("2026-04-10 12:00") == {"paused": 2}  # 25/03 and 09/04
    lives.act(office, case, "terminate", "2026-04-13 10:00", "head")
    lives.act(office, case, "complain", "2026-04-14 10:00", "requester", object="termination")
    lives.act(office, case, "annul_termination", "2026-04-15 10:00", "superior")
    assert sweep("2026-04-15 12:00") == {}
    assert sweep("2026-04-16 12:00") == {"paused": 1}
    assert holds(case)


# rungs that an agency adds -----------------------------------------------------------------------------------------


def test_an_added_rung_rings_beside_those_of_the_law_and_names_its_decision():
    office = lives.Office()
    rung = {"procedure": "explanation", "period": "decide", "text": "Nhắc sớm", "decision": "12/QĐ-UBND"}
    with lives.on("2026-10-01 09:00"):
        added_rungs.add(office.agency, name="early", offset=-4, tells=["officer"], **rung)
        added_rungs.add(office.agency, name="again", offset=2, every=2, tells=["head"], **rung)
        added_rungs.add(office.other, name="elsewhere", offset=-1, tells=["head"], **rung)
    case = lives.filed(office, "2026-10-05 09:00")
    assert sweep("2026-10-13 00:00") == {"office:early": 1, "two_left": 1, "one_left": 1, "silence": 1}
    assert sweep("2026-10-20 00:00")["office:again"] == 2  # Thursday 15/10, Monday 19/10
    early = LogEntry.objects.get(transition="alarm:office:early")
    assert (early.data["decision"], early.data["tells"]) == ("12/QĐ-UBND", ["officer"])
    assert "decision" not in LogEntry.objects.get(transition="alarm:silence").data
    assert holds(case)


def test_an_added_rung_of_suspended_cases_falls_silent_when_the_case_goes_on():
    office = lives.Office()
    with lives.on("2026-03-01 09:00"):
        added_rungs.add(office.agency, procedure="explanation", period="paused", name="soon", offset=5, every=5,
                        tells=["officer"], text="Nhắc", decision="12/QĐ-UBND")  # fmt: skip
    case = lives.filed(office, "2026-03-02 08:00")
    lives.act(office, case, "accept", "2026-03-02 10:00", "head")
    lives.act(office, case, "suspend", "2026-03-09 10:00", "head")
    assert sweep("2026-03-19 12:00") == {"office:soon": 2}
    lives.act(office, case, "resume", "2026-03-20 08:00", "head")
    assert not {"office:soon", "paused"} & set(lives.rings(case))
    assert holds(case)


# two beats at once -------------------------------------------------------------------------------------------------

BEAT = """
import json, sys, django
django.setup()
from datetime import datetime
from workflow import clock, escalation
at = datetime.fromisoformat(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
with clock.simulated(at):
    print(json.dumps(escalation.sweep(at)))
"""


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_sweep_at_once_ring_everything_once(tmp_path):
    office = lives.Office()
    cases = [lives.filed(office, "2026-10-05 09:00") for _ in range(12)]
    file = crowds.as_file(tmp_path) if connection.vendor == "sqlite" else None
    found = beats(file, lives.local("2026-10-17 09:00"), 2)
    assert found == {"two_left": 12, "one_left": 12, "silence": 12, "repeat": 48, "superior": 12, "inspectorate": 12}
    assert beats(file, lives.local("2026-10-17 09:00"), 2) == {}
    assert connection.vendor == "sqlite" or holds(*cases)


def beats(file, at, n):
    """Return what n processes rang that began to sweep at the same moment."""
    with ExitStack() as stack:
        beats = [stack.enter_context(crowds.process(BEAT, at.isoformat(), file=file)) for _ in range(n)]
        for beat in beats:
            assert beat.stdout.readline() == "ready\n"
        for beat in beats:
            beat.stdin.write("\n")
            beat.stdin.flush()
        total = Counter()
        for beat in beats:
            total.update(json.loads(beat.communicate(timeout=120)[0]))
    return total


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sweeps_that_meet_leave_nothing_to_each_other():
    """Each passes over what another holds, and must ring what it holds itself, whatever it saw before."""
    office = lives.Office()
    cases = [lives.filed(office, "2026-10-05 09:00") for _ in range(6)]
    for day in ("2026-10-08", "2026-10-12", "2026-10-14", "2026-10-17", "2026-10-24", "2026-11-20"):
        at = f"{day} 09:00"
        found = crowds.at_once([lambda at=at: escalation.sweep(lives.local(at)) for _ in range(6)], at)
        assert [one for one in found if not isinstance(one, dict)] == []
        assert escalation.waiting(lives.local(at)).alarms == 0, day
    assert holds(*cases)
