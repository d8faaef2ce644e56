"""Start-up checks: a procedure that is declared wrongly does not start, and the reason is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register

from workflow import clock, faces, registry
from workflow.registry import Procedure
from workflow.transitions import OWN, Rule, clause, wants


@register()
def check_procedures(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check every registered procedure."""
    return [message for procedure in registry.procedures().values() for message in check(procedure)]


def check(procedure: Procedure) -> list[CheckMessage]:
    """Return what is wrong with one procedure's declaration."""
    found: list[CheckMessage] = [
        *_states(procedure),
        *_roles_and_law(procedure),
        *_versions(procedure),
        *_sentences(procedure),
        *_grounds(procedure),
        *_clocks(procedure),
        *_parameters(procedure),
    ]
    return found or [*_reach(procedure), *_waits(procedure)]


def _error(number: int, sentence: str) -> Error:
    return Error(sentence, id=f"workflow.E{number:03d}")


def _states(procedure: Procedure) -> Iterator[Error]:
    for rule in procedure.rules.values():
        for state in (*rule.sources, *rule.targets, *([rule.target] if rule.target else [])):
            if state not in procedure.states:
                yield _error(1, f"{procedure.name}: “{rule.name}” names the state “{state}”, which is not declared.")


def _roles_and_law(procedure: Procedure) -> Iterator[Error]:
    for rule in procedure.rules.values():
        if not rule.by:
            yield _error(2, f"{procedure.name}: nobody may fire “{rule.name}”; name the role in `by`.")
        if not rule.law:
            yield _error(3, f"{procedure.name}: “{rule.name}” cites no law; name the key in `law`.")
        for version in procedure.versions if rule.law else ():
            if rule.law not in version.cites:
                yield _error(
                    3,
                    f"{procedure.name}: law version “{version.name}” has no article for “{rule.law}” ({rule.name}).",
                )


def _versions(procedure: Procedure) -> Iterator[Error]:
    """Every version answers every key that another answers, and those of the conditions."""
    conditions = {clause(one) for rule in procedure.rules.values() for one in rule.conditions} - {"", OWN}
    for table in ("cites", "periods", "values", "checklists"):
        known = {key for version in procedure.versions for key in getattr(version, table)}
        known |= conditions if table == "cites" else set()
        for version in procedure.versions:
            for key in sorted(known - getattr(version, table).keys()):
                yield _error(11, f"{procedure.name}: law version “{version.name}” does not answer “{key}” ({table}).")


def _sentences(procedure: Procedure) -> Iterator[Error]:
    """Every version answers the keys that sentences of the procedure name."""
    from workflow import office

    words = faces.words(procedure.name)
    resting = [text for bureau in office.bureaus(procedure.name) for text in bureau.rests.values()]
    for sentence in (*procedure.waits.values(), *resting, *(text for pair in words.values() for text in pair)):
        for version in procedure.versions:
            try:
                version.fill(sentence)
            except KeyError as missing:
                yield _error(
                    11,
                    f"{procedure.name}: law version “{version.name}” does not answer {missing.args[0]!r},"
                    f" which stands in a sentence: {sentence}",
                )


def _grounds(procedure: Procedure) -> Iterator[Error]:
    for rule in procedure.rules.values():
        refuses = rule.target in procedure.refusals
        if refuses and not rule.grounds:
            yield _error(4, f"{procedure.name}: “{rule.name}” refuses without a ground; set `grounds`.")
        for version in procedure.versions if rule.grounds else ():
            if not version.grounds_for(rule.law):
                yield _error(
                    4,
                    f"{procedure.name}: law version “{version.name}” gives no ground for “{rule.law}” ({rule.name}).",
                )


def _clocks(procedure: Procedure) -> Iterator[Error]:
    for rule in procedure.rules.values():
        for key in {*rule.starts, *rule.stops, *rule.pauses, *rule.resumes, *rule.extends, *rule.revives}:
            for version in procedure.versions:
                if key not in version.periods:
                    yield _error(
                        5,
                        f"{procedure.name}: law version “{version.name}” has no period “{key}” ({rule.name}).",
                    )
        for key in rule.starts:
            for version in procedure.versions:
                rungs = version.ladders.get(key, ())
                if key in procedure.office_periods and not any(rung.offset == 0 for rung in rungs):
                    yield _error(
                        6,
                        f"{procedure.name}: the ladder of “{key}” ({version.name}) has no rung for silence.",
                    )


def _parameters(procedure: Procedure) -> Iterator[Error]:
    for rule in procedure.rules.values():
        asked = {name for condition in rule.conditions for name in wants(condition)}
        for name in sorted({*asked, *([rule.dated_by] if rule.dated_by else [])} - rule.params.keys()):
            yield _error(10, f"{procedure.name}: “{rule.name}” looks at “{name}”, which is not given with the act.")


def edges(procedure: Procedure) -> Iterator[tuple[Rule, str, str]]:
    """Return every move a procedure allows, as (rule, from, to)."""
    for rule in procedure.rules.values():
        for source in rule.sources:
            for target in rule.ends_in(source):
                yield rule, source, target


def _reach(procedure: Procedure) -> Iterator[Error]:
    reached = {procedure.initial}
    moves = [(source, target) for _, source, target in edges(procedure)]
    while more := {target for source, target in moves if source in reached} - reached:
        reached |= more
    for state in procedure.states:
        if state not in reached:
            yield _error(7, f"{procedure.name}: no way leads to the state “{state}”.")
    ordinary = [(s, t) for s, t in moves if t not in procedure.reopenings]
    ending = set(procedure.ends)
    while more := {source for source, target in ordinary if target in ending} - ending:
        ending |= more
    for state in procedure.states:
        if state not in ending:
            yield _error(8, f"{procedure.name}: from the state “{state}” no end can be reached.")


def _waits(procedure: Procedure) -> Iterator[Error]:
    for state in sorted({state for state, running in situations(procedure) if not running}):
        if state not in procedure.waits and state not in procedure.ends:
            yield _error(
                9,
                f"{procedure.name}: in the state “{state}” a case can wait without a deadline and without a stated"
                " reason; start a period or state the reason in `waits`.",
            )


Situation = tuple[str, frozenset[str]]


def situations(procedure: Procedure) -> set[Situation]:
    """Return every (state, periods running in it) that can be reached, by walking the declaration."""
    start: Situation = (procedure.initial, frozenset())
    seen, waiting = {start}, [start]
    while waiting:
        state, running = waiting.pop()
        for rule, source, target in edges(procedure):
            if source != state:
                continue
            after = (running - {*rule.stops, *rule.pauses}) | {*rule.starts, *rule.resumes, *rule.revives}
            situation = (target, frozenset(after))
            if situation not in seen:
                seen.add(situation)
                waiting.append(situation)
    return seen


@register(Tags.security, deploy=True)
def check_law_confirmed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn until a named person has recorded a lawyer's confirmation of the law version in force."""
    today = clock.legal_day(clock.now())
    open_versions = [
        f"{procedure.name}: {procedure.version_on(today).name}"
        for procedure in registry.procedures().values()
        if not confirmed(procedure, today)
    ]
    if not open_versions:
        return []
    return [
        Warning(
            f"The law version in force is unconfirmed ({'; '.join(open_versions)}).",
            hint="After a lawyer has compared it with the gazette: manage.py confirm_law PROCEDURE --document NUMBER"
            " --by NAME",
            id="workflow.W001",
        )
    ]


def confirmed(procedure: Procedure, on: date) -> bool:
    """Return whether the version in force on a day is confirmed; without a database it is not."""
    from django.db import DatabaseError

    from workflow.models import LawConfirmation

    try:
        wanted = LawConfirmation.objects.filter(procedure=procedure.name, version=procedure.version_on(on).name)
        return wanted.exists()
    except DatabaseError:
        return False
