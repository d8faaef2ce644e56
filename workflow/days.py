"""The official table of days: which are worked, which are off, and what they are called. Pure.

Law: Labour Code 45/2019/QH14, Arts. 111 and 112; law file 8.2 (A3, A17).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Self

from django.utils.translation import gettext_noop as _

SATURDAY = 5  # date.weekday()


class CalendarError(ValueError):
    """The question has no answer in legal days: a bad period, a bad pause, a contradictory calendar."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message, facts)
        self.message, self.facts = message, facts

    def __str__(self) -> str:
        return self.message % self.facts


class DayKind(StrEnum):
    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"  # nghỉ lễ, tết
    COMPENSATORY = "compensatory"  # nghỉ bù
    SWAPPED = "swapped"  # nghỉ hoán đổi
    MAKEUP = "makeup"  # làm bù: a weekend day that is worked


@dataclass(frozen=True)
class Calendar:
    """The official table of days off and make-up days, as released.

    names: what each day is called, in Vietnamese, as published
    unconfirmed: days a proposal would turn round (rest or work); recorded, not applied
    Raises CalendarError if a day is both off and worked.
    """

    version: str
    holidays: frozenset[date] = frozenset()
    compensatory: frozenset[date] = frozenset()
    swapped: frozenset[date] = frozenset()
    makeup: frozenset[date] = frozenset()
    confirmed_through: date = date.min
    names: Mapping[date, str] = field(default_factory=dict, hash=False)
    unconfirmed: frozenset[date] = frozenset()
    _off: frozenset[int] = field(init=False, repr=False, compare=False)
    _makeup: frozenset[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        off = self.holidays | self.compensatory | self.swapped
        if both := off & self.makeup:
            raise CalendarError(
                _("%(day)s is listed both as a day off and as a make-up day."), day=min(both).isoformat()
            )
        # Ordinals: counting them is several times faster than adding timedeltas to dates.
        object.__setattr__(self, "_off", frozenset(day.toordinal() for day in off))
        object.__setattr__(self, "_makeup", frozenset(day.toordinal() for day in self.makeup))

    def is_working(self, day: date) -> bool:
        """Return whether the offices work on this day. Law: law file 8.2 (A3)."""
        return self.works(day.toordinal())

    def works(self, ordinal: int, week: int = SATURDAY) -> bool:
        """Return the same for the ordinal of a day; `week` weekdays work, from Monday."""
        return ordinal in self._makeup or ((ordinal + 6) % 7 < week and ordinal not in self._off)

    def kind(self, day: date) -> DayKind:
        """Return what the table says of this day; a holiday on a Sunday is a holiday."""
        listed = (
            (self.makeup, DayKind.MAKEUP),
            (self.holidays, DayKind.HOLIDAY),
            (self.compensatory, DayKind.COMPENSATORY),
            (self.swapped, DayKind.SWAPPED),
        )
        plain = DayKind.WORKING if day.weekday() < SATURDAY else DayKind.WEEKEND
        return next((kind for days, kind in listed if day in days), plain)

    def overridden(self, *, off: Iterable[date] = (), work: Iterable[date] = ()) -> Self:
        """Return a calendar in which these days are off and those are worked, whatever the table says."""
        off, work = frozenset(off), frozenset(work)
        if both := off & work:
            raise CalendarError(_("%(day)s cannot be both off and worked."), day=min(both).isoformat())
        rests = off - self.holidays - self.compensatory
        return replace(
            self,
            holidays=self.holidays - work,
            compensatory=self.compensatory - work,
            swapped=(self.swapped - work) | rests,
            makeup=(self.makeup - off) | {day for day in work if day.weekday() >= SATURDAY},
            unconfirmed=self.unconfirmed - off - work,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the calendar written in `data`: flat lists of ISO days, or named `blocks` of them, or both.

        Raises CalendarError if a day is not an ISO date or a list is not a list.
        """
        try:
            blocks = [data, *data.get("blocks", ())]
            names = {date.fromisoformat(day): name for day, name in data.get("names", {}).items()}
            for block in blocks[1:]:
                names |= {date.fromisoformat(day): block["name"] for key in _LISTS for day in block.get(key, ())}
            lists: dict[str, Any] = {name: frozenset(_days(blocks, key)) for key, name in _LISTS.items()}
            return cls(
                version=str(data.get("version", "")),
                **lists,
                # "2026-12-31 (except …)": the date leads, a remark may follow.
                confirmed_through=date.fromisoformat(data.get("confirmed_through", "0001-01-01")[:10]),
                names=names,
                unconfirmed=frozenset(_unconfirmed(data)),
            )
        except CalendarError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise CalendarError(_("This is not a calendar of ISO days: %(error)s"), error=error) from error

    def to_json(self) -> dict[str, Any]:
        """Return the flat form that `from_json` reads back to an equal calendar."""
        days = {key: sorted(day.isoformat() for day in getattr(self, name)) for key, name in _LISTS.items()}
        return {
            "version": self.version,
            **days,
            "unconfirmed": sorted(day.isoformat() for day in self.unconfirmed),
            "confirmed_through": self.confirmed_through.isoformat(),
            "names": {day.isoformat(): name for day, name in sorted(self.names.items())},
        }


_LISTS = {
    "holidays": "holidays",
    "compensatory_rest": "compensatory",
    "swapped_rest": "swapped",
    "makeup_work": "makeup",
}


def _days(blocks: Iterable[Mapping[str, Any]], key: str) -> Iterator[date]:
    return (date.fromisoformat(day) for block in blocks for day in block.get(key, ()))


def _unconfirmed(data: Mapping[str, Any]) -> Iterator[date]:
    """Yield the days of each proposal: a day, or a swap written {"swapped_rest": day, "makeup_work": day}."""
    for key in ("unconfirmed", "unconfirmed_not_applied"):
        for item in data.get(key, ()):
            days = [item] if isinstance(item, str) else [item[name] for name in _LISTS if name in item]
            yield from map(date.fromisoformat, days)


@cache
def shipped() -> Calendar:
    """Return the official table shipped with the program: 2025, 2026, and the known days of 2027."""
    path = Path(__file__).parent / "data" / "calendar.json"
    return Calendar.from_json(json.loads(path.read_text(encoding="utf-8")))
