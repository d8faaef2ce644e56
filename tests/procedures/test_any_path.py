"""Whatever is tried, on whatever day, the engine and a second reading of the law agree."""

from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.procedures import worlds

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 3, 1), date(2026, 9, 30)
NUMBERS = st.integers(0, 20)


class AnyPath(RuleBasedStateMachine):
    """Tries acts on the files of a world; `world` says which."""

    world: type[worlds.World]

    @initialize(start=st.dates(FIRST, LAST), numbers=st.lists(NUMBERS, min_size=40, max_size=40))
    def open(self, start, numbers):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.here = self.world(start, numbers)

    @rule(
        pick=st.integers(0, 999),
        lawful=st.sampled_from([True, True, False]),
        days=NUMBERS,
        pause=st.sampled_from([0, 0, 1, 2, 3, 7, 14, 32]),
    )
    def attempt(self, pick, lawful, days, pause):
        here = self.here
        here.pass_time(pause)
        tried = here.tried()
        choices = [(file, act) for file, act in tried if file.may(act, days)] if lawful else tried
        if pick % 5:
            choices = [one for one in choices if one[1] not in worlds.ENDING] or choices
        choices = choices or tried
        here.attempt(*choices[pick % len(choices)], days)

    @precondition(lambda self: hasattr(self, "here"))
    @invariant()
    def they_agree(self):
        self.here.agree()

    def teardown(self):
        if hasattr(self, "savepoint"):
            if hasattr(self, "here"):
                self.here.end()
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)


@pytest.mark.parametrize("world", [worlds.Requests, worlds.Appeals, worlds.Pairs])
def test_the_engine_moves_as_a_second_reading_of_the_law(world):
    run_state_machine_as_test(
        type(world.__name__, (AnyPath,), {"world": world}),
        settings=settings(
            max_examples=20,
            derandomize=True,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],
        ),
    )
