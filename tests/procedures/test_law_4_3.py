"""The declared procedure is the law's table, row for row."""

import pytest

from tests.procedures import law_4_3
from workflow import registry

DECLARED = registry.get("explanation")


def targets(rule):
    if rule.target_of:
        return tuple(rule.targets)
    return (rule.target,) if rule.target else None


def test_the_declaration_has_the_rows_of_the_law_and_no_other():
    declared = tuple(
        (rule.sources, rule.name, tuple(role.code for role in rule.by), targets(rule))
        for rule in DECLARED.rules.values()
    )
    assert declared == law_4_3.ROWS


def test_the_declared_states_are_those_of_the_law():
    assert set(DECLARED.states) == set(law_4_3.STATES)


@pytest.mark.parametrize("code", sorted(law_4_3.HELD_BY))
def test_a_role_is_held_by_whom_the_law_says(code):
    role = DECLARED.roles[code]
    held = set(role.held_by) | ({"superior"} if role.held_above == ("head",) else set())
    assert held | ({"requester"} if role.outside else set()) == law_4_3.HELD_BY[code]


# period: acts that start, stop, pause, resume, extend and revive it (law file 4.1, 5.3, A21)
CLOCKS = {
    "decide": {
        "starts": {"file", "supplement", "annul_refusal"},
        "stops": {"request_supplement", "redirect", "provide_copy", "refuse", "accept", "explain_directly", "terminate",
                  "withdraw"},
        "revives": {"annul_termination"},
    },
    "explain": {
        "starts": {"accept", "explain_again"},
        "stops": {"explain_directly", "send", "terminate", "withdraw"},
        "pauses": {"suspend"},
        "resumes": {"resume"},
        "extends": {"extend"},
        "revives": {"annul_termination"},
    },
    # the decision after a whole withdrawal is no longer owed when the termination is annulled
    "termination": {"starts": {"withdraw"}, "stops": {"issue_termination", "terminate", "annul_termination"}},
    # the limit for a complaint has done its work when the complaint is lodged
    "complain": {"starts": {"record_receipt"}, "stops": {"complain"}},
}  # fmt: skip


@pytest.mark.parametrize("period", sorted(CLOCKS))
@pytest.mark.parametrize("effect", ["starts", "stops", "pauses", "resumes", "extends", "revives"])
def test_an_act_moves_the_clocks_the_law_says(period, effect):
    found = {rule.name for rule in DECLARED.rules.values() if period in getattr(rule, effect)}
    assert found == CLOCKS[period].get(effect, set())
