"""The procedures the engine runs. They register themselves at start-up; the engine lists none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workflow.errors import UnknownProcedure
from workflow.law import Assumption, Choice, LawVersion, Role, Text
from workflow.transitions import Rule, rules_of

if TYPE_CHECKING:
    from workflow.calendar import Calendar, Counting
    from workflow.deadlines import Clock
    from workflow.histories import Shadow
    from workflow.models import Case


@dataclass(frozen=True)
class Procedure:
    """A legal procedure (thủ tục), as its model declares it.

    prefix: first letters of a case's code
    states: every state with its label, in the order of the law
    opening: the transition that writes a case
    ends: declared ends; every state must lead to one
    reopenings: states outside the ordinary way, ignored when asking whether an end can be reached
    waits: states that may rest without a running deadline, each with its reason
    refusals: states that refuse what was asked; the act that leads there names a ground
    office_periods: keys of the periods that bind the office; passing one is a breach
    paper_periods: those of them in which the office only sends its papers; no letter speaks of them
    law_of_a_case: "RECEIPT" where the law of the day of arrival stays with the case, "STEP" where each act has the law
        of its own day (assumption A12)
    choices: assumptions that an agency may decide for itself, each with what it may be
    assumptions: what the procedure takes the law to say where it is silent
    counting: how days are counted (assumptions A2 to A4, A8, A9, A11)
    closing_hour: when the office closes, local time; what is done later is done outside office hours (assumption A5)
    closures_move_dates: whether a local closure moves a statutory date (assumption A22)
    interested_barred: whether an interested person may neither verify nor decide as the superior (assumption A19)
    retention_years: how long a file is kept after its end (assumption A23); None where nobody has set it
    without_people: `without_people(case)` returns the columns of a case that speak of people, as they stand once erased
    keeps_others: the same, of a case of any procedure that a case of this one may be about
    about: the field that names the case which a case of this procedure is about; "" where there is none
    keeps: `keeps(case, on)` returns why the law still needs what a case says of people, on a legal day
    stamped: `stamped(case)` returns whether a stamp or a record shows when it arrived; None where that is never so
    shadows: `shadows(case, clock, act that started it, calendar)` returns last days by other readings of the law
    said: `said(case, act or "silence", data of the entry)` returns what whoever started the case is told beside the
        title of an act and its dates
    tells: acts to the roles that are told of them beside whoever started the case and who works on it
    given: what the things given with an act are called, by name
    codes: what their codes mean, by name and code
    """

    name: str
    prefix: str
    label: Text
    states: Mapping[str, Text]
    versions: tuple[LawVersion, ...]
    opening: str
    ends: tuple[str, ...]
    initial: str = "draft"
    reopenings: tuple[str, ...] = ()
    waits: Mapping[str, Text] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    office_periods: tuple[str, ...] = ()
    paper_periods: tuple[str, ...] = ()
    law_of_a_case: str = "RECEIPT"
    choices: Mapping[str, Choice] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    counting: Counting | None = None
    closing_hour: int = 17
    closures_move_dates: bool = False
    interested_barred: bool = True
    retention_years: int | None = None
    without_people: Callable[[Any], dict[str, Any]] = lambda case: {}
    about: str = ""
    keeps: Callable[[Any, date], list[Text]] = lambda case, on: []
    keeps_others: Callable[[Any, date], list[Text]] = lambda case, on: []
    stamped: Callable[[Any], bool] | None = None
    shadows: Callable[[Any, Clock, str, Calendar], list[Shadow]] | None = None
    said: Callable[[Any, str, Mapping[str, Any]], list[str]] = lambda case, act, data: []
    tells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    given: Mapping[str, Text] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    model: type[Case] = field(init=False)

    def __post_init__(self) -> None:
        """Order the versions of the law by their date."""
        object.__setattr__(self, "versions", tuple(sorted(self.versions, key=lambda v: v.effective)))

    @property
    def week(self) -> int:
        """Return how many weekdays work, from Monday (assumption A3)."""
        from workflow.calendar import DEFAULT

        return (self.counting or DEFAULT).week

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Return every transition by name, in the order of the declaration."""
        return rules_of(self.model)

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Return every role a transition names."""
        return {role.code: role for rule in self.rules.values() for role in rule.by}

    def version_on(self, day: date) -> LawVersion:
        """Return the law in force on a day; the oldest known for days before it."""
        found = self.versions[0]
        for version in self.versions:
            if version.effective <= day:
                found = version
        return found

    @property
    def starter(self) -> Role:
        """Return in which role somebody starts a case."""
        return next(role for role in self.rules[self.opening].by if role.outside)

    def law_of(self, case: Case, rule: Rule, on: date) -> LawVersion:
        """Return the law by which an act is judged: the case's, or that of its day (assumption A12).

        That of its day where a transition clause says so (`law_of_day`), or everywhere by the setting.
        """
        by_day = rule.law_of_day or self.law_of_a_case == "STEP"
        return self.version_on(on) if by_day else self.version(case.law_version)

    def version(self, name: str) -> LawVersion:
        """Return a version by name.

        Raises KeyError if no version has this name.
        """
        for version in self.versions:
            if version.name == name:
                return version
        raise KeyError(name)


_procedures: dict[str, Procedure] = {}


def register(model: Any) -> None:
    """Make a procedure known; `model.procedure` declares it. Called from the app's `ready()`."""
    procedure: Procedure = model.procedure
    object.__setattr__(procedure, "model", model)
    _procedures[procedure.name] = procedure


def unregister(name: str) -> None:
    """Forget a procedure (tests declare toys)."""
    _procedures.pop(name, None)


def procedures() -> dict[str, Procedure]:
    """Return every registered procedure by name."""
    return dict(_procedures)


def get(name: str) -> Procedure:
    """Return a procedure by name.

    Raises UnknownProcedure if none is registered under it.
    """
    try:
        return _procedures[name]
    except KeyError:
        raise UnknownProcedure(procedure=name, known=", ".join(sorted(_procedures)) or "–") from None
