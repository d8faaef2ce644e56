"""Every address, every method, every role, a case in every state: who is let in, against a table typed by hand."""

import pytest
from django.db import connection
from django.urls import reverse

from tests.access.rules import RULES
from tests.access.world import (
    ACCOUNTS,
    BRING,
    IN,
    NO_METHOD,
    ROLES,
    SIGN_IN,
    STATES,
    declared_states,
    outcome,
)
from workflow.permissions.pages import pages

pytestmark = pytest.mark.django_db

TABLE = {(rule.name, method): rule for rule in RULES for method in rule.methods}
NAMES = tuple(dict.fromkeys(rule.name for rule in RULES))
ONCE = 2  # cases for which a method that the page does not have is tried


# the table is whole ----------------------------------------------------------------------------------------------


def test_every_address_has_its_rule_and_every_rule_its_address():
    routes = {page.name: page.route for page in pages()}
    missing = [
        f'tests/access/rules.py: add a line for /{route}: page("{name}", "GET", who is let in, …)'
        for name, route in routes.items()
        if name not in NAMES
    ]
    assert not missing, "\n".join(missing)
    assert sum(len(rule.methods) for rule in RULES) == len(TABLE), "two rules for one address and method"
    assert set(NAMES) == set(routes), "a rule whose address is gone"


def test_every_procedure_brings_a_case_to_every_state():
    known = {(procedure, state) for procedure, states in STATES.items() for state in states}
    missing = sorted(declared_states() - known)
    assert not missing, f"tests/access/world.py: say in STATES and BRING how a case gets there: {missing}"
    assert set(BRING) == set(STATES)


# who is let in ---------------------------------------------------------------------------------------------------


def rule_for(name, method):
    """Return the line for an address and a method; for a method the page does not have, that of another one."""
    return TABLE.get((name, method)) or next(rule for rule in RULES if rule.name == name)


def cells(world, rule):
    """Return the address of a page for every case it can be about, with the case; once, where it is about none."""
    fixed = rule.args(world)
    if not rule.about:
        return [(reverse(rule.name, kwargs=fixed) + rule.query, None)]
    about = [(world.about(rule.about, one), one) for one in world.cases.values()]
    found = [(reverse(rule.name, kwargs={**kwargs, **fixed}), case) for kwargs, case in about if kwargs is not None]
    assert found, f"no case has a {rule.about}"
    return found


def roles_for(case, n):
    """Return who tries: everybody; on PostgreSQL, the second and slower run, a third of them in turn for each case."""
    return ROLES[n % 3 :: 3] if connection.vendor == "postgresql" and case is not None else ROLES


@pytest.mark.parametrize("name", NAMES)
def test_who_is_let_in(world, name):
    wrong = []
    for method in ("GET", "POST"):
        rule, has = rule_for(name, method), (name, method) in TABLE
        for n, (url, case) in enumerate(cells(world, rule)[: None if has else ONCE]):
            data = rule.data(world, case) if method == "POST" and has else None
            for role in roles_for(case, n + NAMES.index(name)):
                answer, law = world.ask(role, method, url, data), rule.expected(role, world, case)
                allowed = {law} if has else {NO_METHOD} if law == IN else {NO_METHOD, law}
                what = f"{method} {name} ({case.state if case else '–'}) as {role}"
                wrong += [f"{what}: {why}" for why in judged(world, role, method, answer, allowed)]
    assert wrong == []


def judged(world, role, method, answer, allowed):
    """Yield what is wrong with one answer: the door, what it shows, what it wrote, and whether it was recorded."""
    got = outcome(answer)
    if got not in allowed:
        yield f"{got} ({answer.status_code}), the table says {' or '.join(sorted(allowed))}"
        return
    yield from world.leaks(role, answer)
    if got in (IN, NO_METHOD):
        return
    if answer.wrote["elsewhere"]:
        yield "was refused and left entries in the log"
    if (
        method == "POST"
        and role in ACCOUNTS
        and answer.resolver_match.func.need.account
        and not answer.wrote["security"]
    ):
        yield "was refused a write, and it is not recorded"


@pytest.mark.parametrize("name", NAMES)
def test_no_other_method_opens_anything(world, name):
    rule = rule_for(name, "GET")
    url, case = cells(world, rule)[0]
    for role in ("anonymous", "head", "keeper"):
        for method in ("PUT", "PATCH", "DELETE"):
            assert outcome(world.ask(role, method, url)) == NO_METHOD, (role, method)
        expected = {NO_METHOD, SIGN_IN, rule.expected(role, world, case)} - {IN}
        if (name, "GET") in TABLE:
            expected = {rule.expected(role, world, case)}
        assert outcome(world.ask(role, "HEAD", url)) in expected, role
