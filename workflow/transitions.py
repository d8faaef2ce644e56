"""The `transition` declaration: a django-fsm transition that carries its law by key.

The decorator line is a row of the procedure's table: from, to, by whom, under which article, which clocks. What the
method asks for by name is what `fire()` must be given; its annotations say what may be shown in the log.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import django_fsm
from django.utils.functional import Promise
from pydantic import AfterValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from workflow.law import LawVersion, Role

if TYPE_CHECKING:
    from datetime import date, datetime

    from workflow.models import Case

_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., Any])

OPEN = "open"
Public = Annotated[_T, OPEN]
"""Marks a parameter whose value may stand in the log in the clear; all other text is committed to, with a salt."""


@dataclass(frozen=True, slots=True)
class OfKind:
    """Marks a document parameter with the kinds of paper it takes; a form makes the first of them."""

    kinds: tuple[str, ...]


def of_kind(*kinds: str) -> OfKind:
    """Let a document be of one of these kinds: `Annotated[Document, of_kind("T5")]`."""
    return OfKind(kinds)


def listed(name: str) -> AfterValidator:
    """Let a code be one of a checklist of the law version that applies."""
    return _one_of(lambda law: law.checklists[name])


def a_ground_for(act: str) -> AfterValidator:
    """Let a code be one of the grounds that the law version that applies gives for an act."""
    return _one_of(lambda law: {ground.code for ground in law.grounds_for(act)})


def _one_of(codes: Callable[[LawVersion], Container[str]]) -> AfterValidator:
    def known(code: str, info: ValidationInfo) -> str:
        law: LawVersion | None = info.context
        assert law is not None
        if code not in codes(law):
            raise PydanticCustomError("literal_error", "not in this version of the law")
        return code

    return AfterValidator(known)


Condition = Callable[..., "str | Promise | None"]
"""`condition(case, at, **named data)` returns why the law does not allow the act, or None."""

SAME = None

OWN = "own"
"""In place of a key: the condition's sentence names its clauses itself."""


@dataclass(frozen=True, slots=True)
class Param:
    """One thing a transition asks for.

    kinds: of a document, the kinds of paper it may be; empty for any
    """

    name: str
    type: Any
    public: bool
    required: bool
    default: Any = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consequence:
    """An act on another case that follows from an act by law, without a person of its own."""

    case: Case
    transition: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """How an act reaches other cases; all are written in one transaction.

    touches: `touches(case, data)` returns the ids of the cases that are locked with it
    acts: `acts(case, entry, data, day)` yields the acts that follow, once the case has moved
    """

    touches: Callable[[Any, Mapping[str, Any]], Iterable[int]]
    acts: Callable[[Any, Any, Mapping[str, Any], date], Iterable[Consequence]]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One row of a procedure, as declared.

    target: a state, or None where the case stays in the state it is in
    target_of: for a target that depends on the case, the function that finds it
    targets: every state `target_of` may answer
    starts, stops, pauses, resumes, extends, revives: keys of periods, what happens to their clocks
    grounds: whether the act must name one of the grounds the law gives for it
    dated_by: the parameter whose document may date the act in the past
    interested_barred: not for a person with an interest in the matter (assumption A19)
    law_of_day: resolved by the law in force on the day of the act, not by the case's own version (A12)
    link: what the act does to other cases in the same transaction
    """

    name: str
    sources: tuple[str, ...]
    target: str | None
    by: tuple[Role, ...]
    law: str
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    revives: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    grounds: bool = False
    dated_by: str = ""
    interested_barred: bool = False
    targets: tuple[str, ...] = ()
    target_of: Callable[[Any], str] | None = None
    doc: str = ""
    label: str | Promise = ""
    params: Mapping[str, Param] = field(default_factory=dict)
    law_of_day: bool = False
    link: Link | None = None

    @property
    def title(self) -> str:
        """Return what the reader calls this act."""
        return str(self.heading)

    @property
    def heading(self) -> str | Promise:
        """Return the same, to be translated when it is read."""
        return self.label if isinstance(self.label, Promise) else self.label or self.name

    def ends_in(self, source: str) -> tuple[str, ...]:
        """Return the states in which the act may leave a case that was in `source`."""
        if self.target_of:
            return self.targets
        return (self.target or source,)


def transition(
    source: str | Iterable[str],
    target: str | None,
    *,
    by: Role | tuple[Role, ...],
    law: str,
    label: str | Promise = "",
    starts: Iterable[str] = (),
    stops: Iterable[str] = (),
    pauses: Iterable[str] = (),
    resumes: Iterable[str] = (),
    extends: Iterable[str] = (),
    revives: Iterable[str] = (),
    conditions: Iterable[Condition] = (),
    grounds: bool = False,
    dated_by: str = "",
    interested_barred: bool = False,
    target_of: Callable[[Any], str] | None = None,
    targets: Iterable[str] = (),
    law_of_day: bool = False,
    link: Link | None = None,
) -> Callable[[_F], _F]:
    """Declare a named act of a procedure; see `Rule` for the words.

    Wraps `django_fsm.transition`, so that the library decides what leads where.
    """
    sources = (source,) if isinstance(source, str) else tuple(source)

    def declare(method: _F) -> _F:
        rule = Rule(
            name=method.__name__,
            sources=sources,
            target=target,
            by=(by,) if isinstance(by, Role) else tuple(by),
            law=law,
            label=label,
            starts=tuple(starts),
            stops=tuple(stops),
            pauses=tuple(pauses),
            resumes=tuple(resumes),
            extends=tuple(extends),
            revives=tuple(revives),
            conditions=tuple(conditions),
            grounds=grounds,
            dated_by=dated_by,
            interested_barred=interested_barred,
            target_of=target_of,
            targets=tuple(targets),
            doc=inspect.getdoc(method) or "",
            params=_params(method),
            law_of_day=law_of_day,
            link=link,
        )
        to: Any = target
        if target_of:
            find = target_of
            to = django_fsm.GET_STATE(lambda case, **_: find(case), states=list(rule.targets))
        wrapped = django_fsm.transition(field="state", source=list(sources), target=to, custom={"rule": rule})(method)
        wrapped.rule = rule
        return wrapped  # type: ignore[no-any-return]

    return declare


def _params(method: Callable[..., Any]) -> dict[str, Param]:
    """Return what a transition's method asks for, from its keyword-only signature."""
    hints, hints_bare = get_type_hints(method, include_extras=True), get_type_hints(method)
    found = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if name == "self":
            continue
        hint = hints[name]
        public = get_origin(hint) is Annotated and OPEN in get_args(hint)[1:]
        bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        required = parameter.default is inspect.Parameter.empty
        kinds = _kinds(hint)
        if kinds and bare is hint:  # `T14 | None` is `Document | None`
            bare = hints_bare[name]
        found[name] = Param(name, bare, public, required, None if required else parameter.default, kinds)
    return found


def _kinds(hint: Any) -> tuple[str, ...]:
    """Return the kinds of paper that a document parameter takes."""
    if get_origin(hint) is Annotated:
        return next((mark.kinds for mark in get_args(hint)[1:] if isinstance(mark, OfKind)), ())
    return next((kinds for inner in get_args(hint) if (kinds := _kinds(inner))), ())


def rules_of(model: type[Case]) -> dict[str, Rule]:
    """Return the declared rows of a procedure's model, in the order in which they are written."""
    rows: dict[str, Rule] = {}
    for owner in reversed(model.__mro__):
        for value in vars(owner).values():
            rule = getattr(value, "rule", None)
            if isinstance(rule, Rule):
                rows[rule.name] = rule
    return rows


def under(key: str) -> Callable[[Condition], Condition]:
    """Declare the clause a condition applies, by key; without it, that of the act is cited."""

    def declare(condition: Condition) -> Condition:
        condition.law = key  # type: ignore[attr-defined]
        return condition

    return declare


def by_hand(condition: Condition) -> Condition:
    """Declare a condition that is asked of a person, not where the act follows by law from one on another case."""
    condition.by_hand = True  # type: ignore[attr-defined]
    return condition


def clause(condition: Condition) -> str:
    """Return the key of the clause a condition applies, OWN, or an empty string where it is the act's."""
    return str(getattr(condition, "law", ""))


def unmet(
    rule: Rule, case: Case, at: datetime, data: Mapping[str, Any] | None, *, follows: bool = False
) -> tuple[str | Promise, Condition] | None:
    """Return the first reason why the law does not allow the act, and the condition that gives it, or None.

    data: what was given with the act, to ask the conditions that look at it; None to ask all the others
    follows: whether the act follows by law from an act on another case, without a person of its own
    """
    for condition in rule.conditions:
        names = wants(condition)
        if bool(names) is (data is None) or (follows and getattr(condition, "by_hand", False)):
            continue
        if why := condition(case, at, **{name: (data or {}).get(name) for name in names}):
            return why, condition
    return None


def wants(condition: Condition) -> tuple[str, ...]:
    """Return the names of the data a condition looks at, after the case and the moment."""
    cached: tuple[str, ...] | None = getattr(condition, "_wants", None)
    if cached is None:
        cached = tuple(inspect.signature(condition).parameters)[2:]
        condition._wants = cached  # type: ignore[attr-defined]
    return cached
