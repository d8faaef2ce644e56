"""Assumptions A1 to A23: where the law is silent, what we take it to say. Every one is a setting.

`GIAITRINH_ASSUMPTIONS`, a JSON object, overrides any of them by name; a wrong name or value stops the start.

Nothing reads these yet, and changing them changes nothing: A15, A18 and A21, which belong to complaints, and A23,
which belongs to erasure. A1, A7, A10, A11, A12 and A17 are written down with the only value that is built.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from workflow.calendar import Counting


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Defaults of law file 8.3; the comment names the assumption."""

    time_zone: Literal["Asia/Ho_Chi_Minh"] = "Asia/Ho_Chi_Minh"  # A1
    trigger_day_counted: bool = False  # A2
    saturday_works: bool = False  # A3
    roll_last_day: bool = True  # A4
    off_hours_arrival: Literal["SAME_DAY", "NEXT_WORKING_DAY"] = "SAME_DAY"  # A5
    closing_hour: int = 17  # A5, only where off-hours arrivals are moved
    notice_runs_from: Literal["COMPLETION", "FIRST_ARRIVAL"] = "COMPLETION"  # A6
    explanation_runs_from: Literal["NOTICE_DATE"] = "NOTICE_DATE"  # A7
    extension_anchor: Literal["NOMINAL", "ROLLED"] = "NOMINAL"  # A8
    resumption_day_counted: bool = True  # A9
    late_citizen: Literal["FLAG"] = "FLAG"  # A10
    backward_limit: Literal["EARLIER"] = "EARLIER"  # A11
    law_of_a_case: Literal["RECEIPT"] = "RECEIPT"  # A12
    minutes_replace_notice: bool = True  # A13
    representatives_of_5_to_10: int = 2  # A14
    representatives_above_10: int = 5  # A14
    remote_needs_reference: bool = True  # A15
    signed_electronic_is_written: bool = True  # A16
    beyond_confirmed_calendar: Literal["PROVISIONAL"] = "PROVISIONAL"  # A17
    silence_anchor: Literal["SHIFTED"] = "SHIFTED"  # A18
    interested_barred: bool = True  # A19
    drawn_signature: Literal["ACCEPT", "CONFIRM_AT_COUNTER", "DEFICIENT"] = "ACCEPT"  # A20
    annulled_refusal_restarts: bool = True  # A21
    local_closures_move_dates: bool = False  # A22
    retention_years: int | None = None  # A23

    def counting(self) -> Counting:
        """Return how days are counted (A2, A3, A4, A8, A9)."""
        return Counting(
            trigger_day_counted=self.trigger_day_counted,
            saturday_works=self.saturday_works,
            roll_last_day=self.roll_last_day,
            extension_anchor=self.extension_anchor,
            resumption_day_counted=self.resumption_day_counted,
        )


def load(given: dict[str, Any]) -> Assumptions:
    """Return the assumptions with the given ones in place of the defaults.

    Raises ImproperlyConfigured that names a wrong name or value and says what would work.
    """
    known = {field.name for field in fields(Assumptions)}
    hints = get_type_hints(Assumptions)
    for name, value in given.items():
        if name not in known:
            raise ImproperlyConfigured(f"GIAITRINH_ASSUMPTIONS: unknown “{name}”; known: {', '.join(sorted(known))}")
        hint = hints[name]
        choices = get_args(hint) if get_origin(hint) is Literal else ()
        fits = (
            value in choices if choices else isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
        )
        if not fits:
            works = " or ".join(map(repr, choices)) if choices else str(hint)
            raise ImproperlyConfigured(f"GIAITRINH_ASSUMPTIONS: {name} = {value!r}; what works: {works}")
    return Assumptions(**given)


ASSUMED = load(getattr(settings, "ASSUMPTIONS", {}))
