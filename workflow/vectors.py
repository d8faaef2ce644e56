"""Worked examples of the law, checked against the arithmetic of days and against the declared periods.

A vector is one row of the table in the law file: a `kind`, its facts, what is `expected`, the `rule` it shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from workflow import registry
from workflow.calendar import (
    CALENDAR_DAY,
    WORKING_DAY,
    YEAR,
    Calendar,
    CalendarError,
    Period,
    backward_due,
    due,
    legal_effect,
    report_year,
)

Vector = Mapping[str, Any]
Answer = dict[str, object]  # what was computed, under the keys of the vector
UNITS = {
    "WORKING_DAYS": WORKING_DAY,
    "CALENDAR_DAYS": CALENDAR_DAY,
    "BACKWARD_DAYS": CALENDAR_DAY,
    "LEGAL_EFFECT": CALENDAR_DAY,
    "YEARS": YEAR,
}


NOMINAL = "nominal"  # anchor of a period that lengthens another one


class VectorError(ValueError):
    """A row cannot be computed; the text says what would work."""


@dataclass(frozen=True, slots=True)
class Result:
    """One vector compared: what it expects, what was computed, and why they differ if they do."""

    row: int
    example: int | None
    kind: str
    rule: str
    expected: object
    got: object
    why: str

    @property
    def ok(self) -> bool:
        """Return whether the vector holds."""
        return not self.why

    def as_json(self) -> dict[str, object]:
        """Return the result as plain values."""
        return {**asdict(self), "ok": self.ok}


def check(row: int, vector: object, calendar: Calendar) -> Result:
    """Return one vector compared with what the program computes; a bad row is a result with its reason."""
    if not isinstance(vector, Mapping):
        return Result(row, None, "", "", None, None, _("a vector is an object with a “kind”"))
    answer: Answer = {}
    try:
        answer = _compute(vector, calendar)
        why = _differs(vector, answer) or _undeclared(vector)
    except KeyError as error:
        why = _("“%(key)s” is missing") % {"key": error.args[0]}
    except CalendarError as error:
        why = _(error.message) % error.facts
    except VectorError as error:
        why = str(error)
    except (AttributeError, TypeError, ValueError) as error:
        why = _("a fact is not of the form that “%(kind)s” takes: %(error)s") % {
            "kind": vector["kind"],
            "error": error,
        }
    facts = (
        vector.get("example"),
        str(vector.get("kind", "")),
        str(vector.get("rule", "")),
        vector.get("expected"),
    )
    return Result(row, *facts, got=answer.get("expected"), why=why)


def _differs(vector: Vector, answer: Answer) -> str:
    """Return the first thing the vector expects otherwise, or ""."""
    for key, got in answer.items():
        expected = vector["expected"] if key == "expected" else vector.get(key, got)
        if expected != got:
            return _("%(key)s is %(got)s, not %(expected)s") % {"key": key, "got": got, "expected": expected}
    return ""


def _compute(vector: Vector, calendar: Calendar) -> Answer:
    """Return what the program answers. Raises VectorError, CalendarError or KeyError for a bad vector."""
    kind = vector["kind"]
    if kind not in KINDS:
        raise VectorError(_("unknown kind “%(kind)s”; known: %(known)s") % {"kind": kind, "known": ", ".join(KINDS)})
    if override := vector.get("calendar_override"):
        off, work = (map(_day, override.get(key, ())) for key in ("off", "work"))
        calendar = calendar.overridden(off=off, work=work)
    return KINDS[kind](vector, calendar)


def _day(value: object) -> date:
    """Return the day a fact names. Raises VectorError if it names none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise VectorError(_("“%(value)s” is not a day such as 2026-02-12") % {"value": value}) from None


def _number(value: object) -> int:
    """Return the number a fact is. Raises VectorError if it is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise VectorError(_("“%(value)s” is not a whole number of days or years") % {"value": value})
    return value


def _forward(vector: Vector, calendar: Calendar) -> Answer:
    last = due(
        Period(_number(vector["n"]), UNITS[vector["kind"]], ""),
        _day(vector["start"]),
        calendar,
        extension=_number(vector.get("extension", 0)),
        obstacle_days=_number(vector.get("obstacle_days", 0)),
        pauses=[(_day(s), _day(r)) for s, r in vector.get("pauses", ())],
    )
    return {"expected": last.on.isoformat(), "expected_nominal": last.nominal.isoformat()}


def _backward(vector: Vector, calendar: Calendar) -> Answer:
    return {"expected": backward_due(_number(vector["n"]), _day(vector["event"]), calendar).isoformat()}


def _effect(vector: Vector, calendar: Calendar) -> Answer:
    return {"expected": legal_effect(_number(vector["n"]), _day(vector["start"])).isoformat()}


def _report(vector: Vector, calendar: Calendar) -> Answer:
    return {"expected": report_year(_day(vector["date"]))}


def _same_day(vector: Vector, calendar: Calendar) -> Answer:
    return {"expected": _day(vector["start"]).isoformat()}


def _extension(vector: Vector, calendar: Calendar) -> Answer:
    """Return REJECTED for an extension after the last day, beyond the number of times or of days declared."""
    found = extensions(_day(vector["start"]) if "start" in vector else date.max)
    if not found:
        raise VectorError(_("no registered procedure declares an extension"))
    base, longest, times = found[0]
    most = {"count": times, "days": longest.n}
    refused = [_number(vector[name]) > limit for name, limit in most.items() if name in vector]
    if "attempt" in vector:
        last = due(base, _day(vector["start"]), calendar)
        refused.append(_day(vector["attempt"]) > last.on)
    # "count>1 or days>15": each of the two must be refused from its first value on
    described = re.findall(r"(count|days)\s*>\s*(\d+)", vector.get("reason", ""))
    refused += [all(int(above) >= most[name] for name, above in described)] if described else []
    if not refused:
        raise VectorError(
            _("an extension is refused for its “attempt”, “days”, “count” or “reason” (count>1, days>15)")
        )
    return {"expected": "REJECTED" if any(refused) else "ACCEPTED"}


KINDS: dict[str, Callable[[Vector, Calendar], Answer]] = {
    "WORKING_DAYS": _forward,
    "CALENDAR_DAYS": _forward,
    "YEARS": _forward,
    "BACKWARD_DAYS": _backward,
    "LEGAL_EFFECT": _effect,
    "REPORT_YEAR": _report,
    "SAME_DAY": _same_day,
    "REJECT_EXTENSION": _extension,
}


def declared_rules(on: date) -> dict[str, tuple[Period, ...]]:
    """Return the declared periods by row of the rule table, as the law stands on a day.

    "RULE_V1", "RULE_V2" are those of the first and second version of a law, whatever the day.
    """
    rules: dict[str, tuple[Period, ...]] = {}
    for procedure in registry.procedures().values():
        named = [(f"_V{number}", version) for number, version in enumerate(procedure.versions, 1)]
        for suffix, version in [*named, ("", procedure.version_on(on))]:
            for period in version.periods.values():
                if period.rule:
                    key = period.rule + suffix
                    rules[key] = (*rules.get(key, ()), period)
    return rules


def extensions(on: date) -> list[tuple[Period, Period, int]]:
    """Return what may be extended on a day: (the period, the longest extension, how many times)."""
    found = []
    for procedure in registry.procedures().values():
        law = procedure.version_on(on)
        longest = next((period for period in law.periods.values() if period.anchor == NOMINAL), None)
        keys = {key: None for rule in procedure.rules.values() for key in rule.extends}
        if longest:
            found += [(law.periods[key], longest, law.values.get("extensions", 1)) for key in keys]
    return found


def _undeclared(vector: Vector) -> str:
    """Return how a vector departs from the declared period of its rule, or "" if it does not."""
    unit = UNITS.get(vector["kind"])
    start = vector.get("start") or vector.get("event")
    on = _day(start) if start else date.max
    periods = declared_rules(on).get(vector.get("rule", ""))
    if not periods or unit is None:
        return ""
    if periods[0].anchor == NOMINAL:  # a rule of extension: n is that of the period extended
        allowed = [(base, longest) for base, longest, _times in extensions(on) if longest in periods]
        if not any(vector.get("extension", 0) <= longest.n for _base, longest in allowed):
            return _("%(rule)s: an extension of %(n)s is more than is declared") % {
                "rule": vector["rule"],
                "n": vector.get("extension"),
            }
        periods = tuple(base for base, _longest in allowed)
    if any((period.n, period.unit) == (vector["n"], unit) for period in periods):
        return ""
    declared = ", ".join(f"{period.n} {period.unit}" for period in periods)
    return _("%(rule)s: %(n)s %(unit)s, but declared is %(declared)s") % {
        "rule": vector["rule"],
        "n": vector["n"],
        "unit": unit,
        "declared": declared,
    }
