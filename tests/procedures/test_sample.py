"""The sample lives through the engine as its files say, on one clock, and leaves nothing personal in the log."""

from datetime import datetime

import pytest
from django.db import transaction
from django.test import override_settings

from procedures import sample
from procedures.outcome import outcome
from workflow import clock
from workflow.calendar import shipped
from workflow.clock import LEGAL_ZONE
from workflow.ledger import audit
from workflow.models import Case, Deadline, Document, LogEntry, User

pytestmark = pytest.mark.django_db

LIVES = sample.lives()
END = datetime(2026, 11, 23, 8, tzinfo=LEGAL_ZONE)


@pytest.fixture(scope="module")
def _lived(django_db_setup, django_db_blocker, tmp_path_factory):
    """Live everything once for this file."""
    media = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        sample.settle()
        cases = sample.play(LIVES, until=END)
        with clock.simulated(END):
            sample.note(cases)
        yield media, {name: case.pk for name, case in cases.items()}
        transaction.set_rollback(True)


@pytest.fixture
def lived(_lived, settings):
    settings.MEDIA_ROOT, lives = _lived
    return {name: Case.objects.get(pk=pk) for name, pk in lives.items()}


@pytest.mark.parametrize("name", LIVES)
def test_a_life_ends_where_its_file_says_and_its_deadlines_fall_on_the_days_of_the_law(lived, name):
    found = outcome(lived[name], ("accept", "decide", "explain"), clock.legal_day(END), shipped())
    assert found.differs(LIVES[name]["expect"]) == ""


def test_every_chain_of_the_sample_holds(lived):
    found = audit.check()
    assert found.failures == []
    assert found.entries == LogEntry.objects.count()


def test_no_word_of_a_requester_stands_in_the_log(lived):
    log = b"\n".join(bytes(data) for data in LogEntry.objects.values_list("canonical", flat=True)).decode()
    for life in LIVES.values():
        person = life["requester"]
        said = [person["name"], person["address"], person["phone"], person["email"], life.get("affects", "")]
        said += [one["text"] for one in life.get("questions") or life["demands"]] + person.get("members", [])
        assert not [text for text in said if text and text in log]
    assert not [user.full_name for user in User.objects.all() if user.full_name in log]


def test_acts_are_lived_in_one_order_of_time_with_the_alarms_between_them(lived):
    times = list(LogEntry.objects.filter(case_id__isnull=False).order_by("id").values_list("recorded_at", flat=True))
    assert times == sorted(times)
    assert times[-1] <= END
    assert not Deadline.objects.filter(next_at__lte=END).exists()
    late = lived["13-ho-kinh-doanh"]
    rungs = LogEntry.objects.filter(case_id=late.pk, transition__startswith="alarm:").order_by("seq")
    assert [entry.transition for entry in rungs][:4] == [
        "alarm:two_left", "alarm:one_left", "alarm:silence", "alarm:repeat",
    ]  # fmt: skip


def test_papers_entered_for_others_are_on_file(lived):
    entered = LogEntry.objects.filter(on_behalf_of__startswith="user:")
    assert entered
    for entry in entered:
        cited = [value["document"] for value in entry.data.values() if isinstance(value, dict) and "document" in value]
        assert any(document.file for document in Document.objects.filter(pk__in=cited)), entry
    assert Document.objects.filter(case__isnull=True).count() == 0


def test_the_system_chain_says_that_this_is_a_sample(lived):
    entry = LogEntry.objects.get(chain="system", transition=sample.LOADED)
    assert entry.data["simulated_clock"] is True
    assert entry.data["cases"] == len(LIVES)
