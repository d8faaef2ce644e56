"""One whole life through the engine."""

import pytest

from tests import lives
from workflow.ledger import chain
from workflow.models import Alarm, Case, LogEntry

pytestmark = pytest.mark.django_db


def test_a_case_lives_from_filing_to_closing_by_law():
    office = lives.Office()
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-06 10:00", "head")
    lives.act(office, case, "extend", "2026-10-19 10:00", "explainer")
    lives.act(office, case, "suspend", "2026-10-20 10:00", "head")
    lives.act(office, case, "resume", "2026-10-26 10:00", "head")
    lives.act(office, case, "sign", "2026-11-02 10:00", "head")
    lives.act(office, case, "send", "2026-11-02 15:00", "clerk")
    lives.act(office, case, "record_receipt", "2026-11-05 15:00", "requester")
    lives.act(office, case, "close", "2026-11-06 15:00", "officer")
    assert case.state == "closed"
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []
    assert LogEntry.objects.filter(chain=case.chain).count() == 9
    due = {d.rule: d.due_on.isoformat() for d in case.deadlines.all()}
    assert due == {"decide": "2026-10-12", "explain": "2026-11-11", "complain": "2027-02-03"}
    assert not Alarm.objects.exists()
