"""A corrected date of receipt: a stamped scan, two persons, both dates in the log and before the citizen's eyes."""

from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from tests import lives
from workflow import breaches, corrections, escalation
from workflow.ledger import chain
from workflow.models import Breach, Case, Deadline, LogEntry, ReceiptCorrection

pytestmark = pytest.mark.django_db
D = date.fromisoformat
NOW = "2026-10-07 09:00"


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    """A letter entered on Monday 05/10 as if it had arrived that day."""
    return lives.filed(office, "2026-10-05 09:00", **lives.WRITTEN)


def scan(case, on="2026-10-02", file=True):
    content = ContentFile(b"%PDF-1.4 stamp", name="dau-den.pdf") if file else None
    return lives.paper(case, "stamp", D(on), file=content)


def proposed(office, case, on="2026-10-02", by="receiver", at=NOW, **more):
    with lives.on(at):
        paper = more.pop("scan", None) or scan(case, on)
        return corrections.propose(
            case, D(on), scan=paper, reason=more.pop("reason", "Gõ nhầm ngày."), by=getattr(office, by)
        )


def confirmed(office, correction, by="clerk", at=NOW):
    with lives.on(at):
        return corrections.confirm(correction, by=getattr(office, by))


def due_of(case):
    return Deadline.objects.get(case=case).due_on


def test_a_second_person_moves_the_date_and_both_days_are_logged(office, case):
    assert due_of(case) == D("2026-10-12")
    correction = proposed(office, case)
    assert due_of(case) == D("2026-10-12")  # not yet
    entry = confirmed(office, correction)
    assert due_of(case) == D("2026-10-09")
    assert (entry.transition, entry.actor) == ("receipt_corrected", f"user:{office.clerk.pk}")
    assert (entry.data["was_on"], entry.data["received_on"]) == ("2026-10-05", "2026-10-02")
    assert entry.data["proposed_by"] == f"user:{office.receiver.pk}"
    assert entry.data["scan"]["digest"] == correction.document.digest
    (fact,) = entry.data["clocks"]
    assert (fact["event"], fact["was"], fact["due"]) == ("recomputed", "2026-10-12", "2026-10-09")
    assert (fact["anchor_was"], fact["anchor"]) == ("2026-10-05", "2026-10-02")
    assert "Gõ nhầm" not in bytes(entry.canonical).decode()
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_its_alarms_move_with_it(office, case):
    confirmed(office, proposed(office, case))
    assert lives.rings(case)["silence"] == lives.local("2026-10-10 00:00")


def test_the_case_goes_on_from_the_corrected_day(office, case):
    confirmed(office, proposed(office, case))
    lives.act(office, case, "accept", "2026-10-09 16:00", "head")
    assert LogEntry.objects.get(chain=case.chain, transition="accept").data["clocks"][0]["kept"] is True


def test_who_proposed_cannot_confirm(office, case):
    with pytest.raises(corrections.CannotCorrect, match="second person"):
        confirmed(office, proposed(office, case), by="receiver")


@pytest.mark.parametrize("role", ["officer", "administrator", "inspector", "superior", "stranger"])
def test_only_those_who_receive_and_the_head_may(office, case, role):
    with pytest.raises(corrections.CannotCorrect, match="only a receiving officer"):
        proposed(office, case, by=role)
    with pytest.raises(corrections.CannotCorrect, match="only a receiving officer"):
        confirmed(office, proposed(office, case), by=role)


@pytest.mark.parametrize(("more", "why"), [
    ({"file": False}, "must be on file"),
    ({"on": "2026-10-01"}, "must be on file"),
])  # fmt: skip
def test_without_the_stamped_scan_there_is_no_correction(office, case, more, why):
    with lives.on(NOW):
        paper = scan(case, **more)
    with pytest.raises(corrections.CannotCorrect, match=why):
        proposed(office, case, scan=paper)


def test_a_scan_of_another_case_is_none(office, case):
    with lives.on(NOW):
        paper = scan(lives.filed(office, "2026-10-05 09:00"))
    with pytest.raises(corrections.CannotCorrect, match="must be on file"):
        proposed(office, case, scan=paper)


def test_nothing_arrives_after_it_was_entered(office, case):
    with pytest.raises(corrections.CannotCorrect, match="after it was entered"):
        proposed(office, case, "2026-10-06")


def test_the_date_it_has_is_no_correction(office, case):
    with pytest.raises(corrections.CannotCorrect, match="has already"):
        proposed(office, case, "2026-10-05")


def test_a_reason_is_asked(office, case):
    with pytest.raises(corrections.CannotCorrect, match="why"):
        proposed(office, case, reason="  ")


def test_one_waits_at_a_time_and_may_be_taken_back(office, case):
    first = proposed(office, case)
    with pytest.raises(corrections.CannotCorrect, match="another correction"):
        proposed(office, case, "2026-10-01")
    with lives.on(NOW):
        corrections.decline(first, by=office.receiver)
    proposed(office, case, "2026-10-01")
    assert LogEntry.objects.filter(chain=case.chain).count() == 1


def test_a_period_that_has_ended_is_not_moved(office, case):
    correction = proposed(office, case)
    lives.act(office, case, "accept", NOW, "head")
    with pytest.raises(corrections.CannotCorrect, match="no period runs"):
        confirmed(office, correction)


def test_it_is_confirmed_once(office, case):
    correction = proposed(office, case)
    confirmed(office, correction)
    with pytest.raises(corrections.CannotCorrect, match="decided already"):
        confirmed(office, correction, by="head")


@pytest.mark.django_db(transaction=True)
def test_the_database_knows_that_it_takes_two(office, case):
    correction = proposed(office, case)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptCorrection.objects.filter(pk=correction.pk).update(state="accepted", decided_by=office.receiver)


def test_a_breach_is_annotated_when_the_stamp_shows_another_day(office, case):
    with lives.on("2026-10-13 00:05"):
        escalation.sweep(lives.local("2026-10-13 00:05"))
        breaches.read_log()
    confirmed(office, proposed(office, case, at="2026-10-13 09:00"), at="2026-10-13 09:30")
    with lives.on("2026-10-13 10:00"):
        breaches.read_log()
    breach = Breach.objects.get()
    assert (breach.due_on, breach.standing_on, breach.undone) == (D("2026-10-12"), D("2026-10-09"), False)
    assert breach.notes.get().kind == "moved"


def test_what_entered_the_system_electronically_bears_no_stamp(office):
    other = lives.filed(office, "2026-10-05 09:00")
    with pytest.raises(corrections.CannotCorrect, match="no period runs"):
        proposed(office, other)
