"""The words in which a procedure states its law: periods, grounds, ladders, versions.

A procedure's `law.py` is made of these and nothing else; a number, a ground or an article stands nowhere else.
Transitions, deadlines and letters carry law by key and resolve it through the version that applies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import ngettext

from workflow.calendar import Period, Unit

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason the law itself gives for an act (căn cứ).

    code: stable name, stored with the entry
    for_acts: keys of the acts it may carry
    excusable: whether a sound reason of the requester (lý do chính đáng) can rescue the request
    """

    code: str
    cite: str
    text: Text
    for_acts: tuple[str, ...] = ()
    excusable: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a list in the law, and the clause that names it."""

    cite: str
    text: Text


@dataclass(frozen=True, slots=True)
class Rung:
    """One warning of a ladder, in the unit of the period it watches.

    offset: units from the last day; negative is before, 0 is the first moment after it ("silence")
    every: units after which it repeats as a numbered occurrence; 0 for once
    then: (units, every) from which a repeating rung changes its pace
    tells: roles that are told
    counted_from: "due", or "pause" for the ladder of suspended cases
    hour: local hour at which it rings
    decision: number of the decision by which an agency added it; empty for one of the law
    """

    name: str
    offset: int
    tells: tuple[str, ...]
    text: Text
    every: int = 0
    then: tuple[int, int] | None = None
    counted_from: str = "due"
    hour: int = 0
    decision: str = ""


def amount(period: Period) -> str:
    """Return how long a period is, in the reader's words."""
    texts = {
        Unit.WORKING_DAY: ngettext("%(n)s working day", "%(n)s working days", period.n),
        Unit.CALENDAR_DAY: ngettext("%(n)s day", "%(n)s days", period.n),
        Unit.YEAR: ngettext("%(n)s year", "%(n)s years", period.n),
    }
    return texts[Unit(period.unit)] % {"n": period.n}


@dataclass(frozen=True, slots=True)
class LawVersion:
    """The law as it stood from `effective` on.

    cites: key of an act, or of what an act or a page relies on, to its article
    periods: key to the time allowed
    grounds: reasons an act may name
    ladders: key of a period to its rungs
    values: other numbers the law or an assumption fixes, by key
    checklists: lists of the law, by the name of what is given with an act in their codes
    instruments: short name of an instrument in a citation to its name

    How days are counted may be cited too: `count_from` (the day of the event), `count_rest` (a last day that is a rest
    day), `count_year`.
    """

    name: str
    effective: date
    periods: Mapping[str, Period]
    cites: Mapping[str, str]
    grounds: tuple[Ground, ...] = ()
    ladders: Mapping[str, tuple[Rung, ...]] = field(default_factory=dict)
    values: Mapping[str, int] = field(default_factory=dict)
    checklists: Mapping[str, Mapping[str, Item]] = field(default_factory=dict)
    instruments: Mapping[str, Text] = field(default_factory=dict)

    def cite(self, key: str) -> str:
        """Return the article of an act."""
        return self.cites[key]

    def fill(self, text: Text) -> str:
        """Return a sentence with the law it names by key: `%(law_accept)s` an article, `%(decide)s` the time allowed.

        Raises KeyError if this version does not answer a key.
        """
        sentence = str(text)
        return sentence % self._named if "%(" in sentence else sentence

    @property
    def _named(self) -> dict[str, object]:
        return {**self.amounts, **{f"law_{key}": cite for key, cite in self.cites.items()}}

    @property
    def amounts(self) -> dict[str, str]:
        """Return the time allowed by key, in words: "5 working days"."""
        return {key: amount(period) for key, period in self.periods.items()}

    def ground(self, code: str) -> Ground | None:
        """Return a ground by its code."""
        return next((ground for ground in self.grounds if ground.code == code), None)

    def grounds_for(self, act: str) -> tuple[Ground, ...]:
        """Return the grounds an act may name."""
        return tuple(ground for ground in self.grounds if act in ground.for_acts)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a procedure takes the law to say where it is silent, as it stands here.

    number: its number in the law file
    name, value, values: the setting, what it is, and what it may be; `values` is empty for a number
    only: why no other value makes sense, if there is one only
    """

    number: str
    name: str
    value: object
    values: tuple[str, ...]
    text: Text
    only: Text = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An assumption that an agency may decide for itself: what it is called, and what it may be, in words."""

    label: Text
    values: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Role:
    """A capacity in which a person acts.

    code: stable name
    held_by: roles of appointment that carry it, at the case's own agency
    held_above: roles of appointment that carry it at the direct superior of the case's agency
    outside: True for the citizen, who holds no appointment
    """

    code: str
    label: Text
    held_by: tuple[str, ...] = ()
    held_above: tuple[str, ...] = ()
    outside: bool = False


__all__ = ["Assumption", "Ground", "Item", "LawVersion", "Period", "Role", "Rung", "Text", "Unit", "amount"]
