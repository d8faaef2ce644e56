"""Whatever is tried, on whatever day, the engine and a second reading of the law agree."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import lives
from tests.procedures import law_4_3
from tests.procedures.model import Request
from workflow import clock, engine, errors, escalation
from workflow.clock import LEGAL_ZONE
from workflow.ledger import chain, replay, stream

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 3, 1), date(2026, 9, 30)
ACTS = sorted(set(law_4_3.SOURCES) - {"file", "provide_copy"})


class AnyPath(RuleBasedStateMachine):
    @initialize(start=st.dates(FIRST, LAST), oral=st.booleans())
    def file(self, start, oral):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.office, self.moment = lives.Office(), datetime.combine(start, time(8), LEGAL_ZONE)
        with clock.simulated(self.moment):
            how = {**lives.oral(), "questions": lives.TWO_QUESTIONS} if oral else lives.WRITTEN
        self.case = lives.filed(self.office, f"{self.moment:%Y-%m-%d %H:%M}", **how)
        self.law = Request(start, in_person=oral, lacking=set() if oral else {"contact"})

    @rule(
        pick=st.integers(0, 999),
        lawful=st.booleans(),
        days=st.integers(1, 15),
        pause=st.sampled_from([0, 0, 1, 2, 3, 7, 14]),
    )
    def attempt(self, pick, lawful, days, pause):
        self.moment += timedelta(days=pause, minutes=1)
        self.law.today = self.moment.date()
        choices = [act for act in ACTS if self.law.may(act) or not lawful] or ACTS
        act = choices[pick % len(choices)]
        by = law_4_3.BY[act][0]
        who = {"explainer": "head", "resolver": "superior"}.get(by, by)
        change = {"extend": {"days": days}, "complain_open": {"object": "silence"}}.get(act, {})
        allowed = self.law.may(act)
        with clock.simulated(self.moment):
            data = lives.given(self.case, act, **change)
            try:
                engine.fire(self.case, act, actor=self.office.actor(who, self.case), **data)
            except errors.Refused as refused:
                assert not allowed, f"{act} in {self.law.state}: {refused}"  # noqa: PT017
            else:
                assert allowed, f"{act} in {self.law.state} was not lawful"
                self.law.do(act, days)
            escalation.sweep(self.moment)
            note(f"{self.moment:%m-%d} {act}: {self.law.state}, {allowed}")

    @precondition(lambda self: hasattr(self, "case"))
    @invariant()
    def they_agree(self):
        case = type(self.case).objects.get(pk=self.case.pk)
        assert case.state == self.law.state
        dues = {one.rule: one.due_on for one in case.clocks if one.state != "stopped"}
        assert dues == self.law.dues
        assert case.is_late(self.moment.date()) == self.law.late
        assert chain.verify_case(case) == []
        assert [str(one) for one in replay.check(stream.Source(connection, 0))] == []

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)


def test_the_engine_moves_as_a_second_reading_of_the_law():
    run_state_machine_as_test(
        AnyPath,
        settings=settings(
            max_examples=30,
            derandomize=True,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],
        ),
    )
