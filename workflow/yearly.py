"""A year of the official table as people read and write it: rows, a CSV file, the proposal of the holidays package.

Pure but for the files it is given. Law: law file 8.2, A17.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import holidays
from django.utils.translation import gettext_noop as _

from workflow.calendar import Calendar, CalendarError, DayKind

LISTS = {
    "holiday": "holidays",
    "compensatory": "compensatory",
    "swapped": "swapped",
    "makeup": "makeup",
    "unconfirmed": "unconfirmed",
}
"""Kind of a day to the list of the table that holds it. "unconfirmed": only announced; recorded, not applied (A17)."""
COLUMNS = ("date", "kind", "name")
FIRST, LAST = 2000, 2100  # years a table may speak of
_COMPENSATORY = re.compile(r"\(nghỉ bù\)")
_SWAPPED = re.compile(r"thay cho ngày (\d{2})/(\d{2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """One listed day of a year: what it is and what it is called."""

    on: date
    kind: str
    name: str = ""


def rows(calendar: Calendar, year: int) -> list[Row]:
    """Return the listed days of a year, in order."""
    found = [
        Row(day, kind, calendar.names.get(day, ""))
        for kind, name in LISTS.items()
        for day in getattr(calendar, name)
        if day.year == year
    ]
    return sorted(found, key=lambda row: (row.on, row.kind))


def is_confirmed(calendar: Calendar, year: int) -> bool:
    """Return whether the whole year is confirmed; a provisional one may still change (A17)."""
    return calendar.confirmed_through >= date(year, 12, 31)


def replaced(calendar: Calendar, year: int, new: Iterable[Row], *, confirmed: bool, version: str) -> Calendar:
    """Return the table with one year replaced.

    confirmed: whether the year is; confirming it confirms the years before it, withdrawing it also those after it
    Raises CalendarError if a day is listed twice or lies in another year.
    """
    new = list(new)
    for row in new:
        if row.on.year != year:
            raise CalendarError(_("%(day)s is not a day of %(year)s."), day=row.on.isoformat(), year=year)
    days = [row.on for row in new]
    if twice := {day for day in days if days.count(day) > 1}:
        raise CalendarError(_("%(day)s is listed twice."), day=min(twice).isoformat())
    lists: dict[str, Any] = {
        name: frozenset(day for day in getattr(calendar, name) if day.year != year)
        | {row.on for row in new if row.kind == kind}
        for kind, name in LISTS.items()
    }
    names = {day: name for day, name in calendar.names.items() if day.year != year}
    through = calendar.confirmed_through
    if confirmed != is_confirmed(calendar, year):
        through = date(year if confirmed else year - 1, 12, 31)
    return replace(
        calendar,
        **lists,
        version=version,
        confirmed_through=through,
        names=names | {row.on: row.name for row in new if row.name},
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """A day that two tables list otherwise; an empty kind is a day that is not listed."""

    on: date
    was: str
    now: str
    name: str


def difference(old: Calendar, new: Calendar) -> list[Difference]:
    """Return the days that two tables list otherwise, in order."""
    years = {day.year for one in (old, new) for name in LISTS.values() for day in getattr(one, name)}
    was, now = ({row.on: row for year in years for row in rows(one, year)} for one in (old, new))
    nothing = Row(date.min, "")
    pairs = [(day, was.get(day, nothing), now.get(day, nothing)) for day in sorted({*was, *now})]
    return [Difference(day, a.kind, b.kind, b.name or a.name) for day, a, b in pairs if a.kind != b.kind]


def from_csv(text: str) -> list[Row]:
    """Return the days of a CSV file with the columns date (ISO), kind and name.

    Raises CalendarError that names the line.
    """
    found = []
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not table.fieldnames or not {"date", "kind"} <= {str(name).strip() for name in table.fieldnames}:
        raise CalendarError(_("The file needs the columns %(columns)s."), columns=", ".join(COLUMNS))
    for line, given in enumerate(table, 2):
        values = {str(key).strip(): str(value or "").strip() for key, value in given.items()}
        kind = values["kind"]
        try:
            day = date.fromisoformat(values["date"])
        except ValueError:
            raise CalendarError(
                _("Line %(line)s: “%(text)s” is not a day such as 2027-01-01."), line=line, text=values["date"]
            ) from None
        if kind not in LISTS:
            known = ", ".join(LISTS)
            raise CalendarError(_("Line %(line)s: the kind is one of %(known)s."), line=line, known=known)
        found.append(Row(day, kind, values.get("name", "")))
    return found


def to_csv(listed: Iterable[Row]) -> str:
    """Return days as the CSV file that `from_csv` reads back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((row.on.isoformat(), row.kind, row.name) for row in listed)
    return text.getvalue()


def from_holidays(year: int) -> list[Row]:
    """Return what the `holidays` package believes of a year: a start for a proposal, never the official table."""
    found: dict[date, Row] = {}
    for day, name in sorted(holidays.country_holidays("VN", years=year, language="vi").items()):
        kind = DayKind.HOLIDAY
        if _COMPENSATORY.search(name):
            kind = DayKind.COMPENSATORY
        elif swap := _SWAPPED.search(name):
            kind = DayKind.SWAPPED
            worked = date(int(swap[3]), int(swap[2]), int(swap[1]))
            found[worked] = Row(worked, str(DayKind.MAKEUP), "")
        found[day] = Row(day, str(kind), name)
    return [row for _on, row in sorted(found.items()) if row.on.year == year]
