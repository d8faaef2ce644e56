"""From its opening, through the real engine, every state of a procedure is reached and none is a trap."""

import pytest

from tests.procedures.explorations import FirstComplaints, Requests, SecondComplaints, explored_by
from workflow import checks

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", params=[Requests, FirstComplaints, SecondComplaints])
def explored(request, django_db_setup, django_db_blocker):
    yield from explored_by(request.param, django_db_blocker)


def test_every_state_of_the_law_is_reached_and_no_other(explored):
    law = {state for sources, _, _, to in explored.rows for state in (*sources, *(to or ()))}
    assert {state for state, _ in explored.situations} | {"draft"} == law == set(explored.declared.states)


def test_every_act_happens_wherever_the_law_has_it_and_ends_where_the_law_says(explored):
    happened = {(name, a[0], b[0]) for a, name, b in explored.moves}
    law = {act: (sources, to) for sources, act, _, to in explored.rows if sources != ("draft",)}
    assert {
        (act, state, target) for act, state, target in happened
        if act not in law or state not in law[act][0] or target not in (law[act][1] or (state,))
    } == set()  # fmt: skip
    assert {(act, state) for act, (sources, _) in law.items() for state in sources} - {
        (act, state) for act, state, _ in happened
    } == explored.never


def test_from_everywhere_the_file_can_be_closed(explored):
    ending = {one for one in explored.situations if one[0] == "closed"}
    ordinary = [(a, b) for a, _, b in explored.moves if b[0] != "appealed"]
    while more := {a for a, b in ordinary if b in ending} - ending:
        ending |= more
    assert explored.situations - ending == set()


def test_whoever_waits_has_a_deadline_or_a_stated_reason(explored):
    declared = explored.declared
    unexplained = {state for state, clocks in explored.situations if not clocks & set(declared.office_periods)}
    assert unexplained - {*declared.waits, "closed"} == set()


def test_the_office_always_owes_something_while_a_case_is_open(explored):
    """The reason given for a wait is not an excuse: where the office must act, its clock runs."""
    for state, clocks in explored.situations:
        assert explored.owed.get(state) in {None, *clocks}, (state, clocks)


def test_what_is_reached_is_what_the_start_up_check_expects(explored):
    assert explored.situations <= checks.situations(explored.declared)


def test_a_clock_runs_only_where_its_act_is_still_to_come(explored):
    for state, clocks in explored.situations:
        for clock in clocks & explored.at_home.keys():
            assert state in explored.at_home[clock], (state, clocks)
