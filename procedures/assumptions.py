"""Assumptions A1 to A23: where the law is silent, what we take it to say. Every one is a setting.

`GIAITRINH_ASSUMPTIONS`, a JSON object, overrides any of them by name; a wrong name or value stops the start with a
sentence that says what works. Where no other reading makes sense, the setting has one value and says why.
`manage.py procedures` prints them as they stand. A10, A11, A15, A18 and A21 are about complaints, A23 about erasure.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from workflow.calendar import Counting
from workflow.law import Assumption, Choice, Text


def _a(number: int, default: Any, text: Text, *, only: Text = "", least: int = 0, most: int = 99) -> Any:
    """Return the field of an assumption.

    only: why no other value makes sense
    least, most: bounds of a number
    """
    return field(default=default, metadata={"number": f"A{number}", "text": text, "only": only, "range": (least, most)})


Signed = Literal["ACCEPT", "CONFIRM_AT_COUNTER", "DEFICIENT"]
DRAWN_SIGNATURE = Choice(
    _("A signature drawn on the screen"),
    {
        "ACCEPT": _("counts as the signature"),
        "CONFIRM_AT_COUNTER": _("is confirmed at the counter before acceptance"),
        "DEFICIENT": _("is no signature; one is asked for"),
    },
)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Defaults of law file 8.3."""

    time_zone: Literal["Asia/Ho_Chi_Minh"] = _a(
        1,
        "Asia/Ho_Chi_Minh",
        _("Legal days are whole days of Viet Nam."),
        only=_("Viet Nam has one legal time."),
    )
    trigger_day_counted: bool = _a(2, False, _("The day of the event that starts a period is counted."))
    saturday_works: bool = _a(3, False, _("Saturdays are working days."))
    roll_last_day: bool = _a(4, True, _("A last day on a rest day moves to the next working day."))
    off_hours_arrival: Literal["SAME_DAY", "NEXT_WORKING_DAY"] = _a(
        5,
        "SAME_DAY",
        _("An electronic request outside office hours arrives on this day."),
    )
    closing_hour: int = _a(
        5, 17, _("Hour at which the office closes, where off-hours arrivals are moved."), least=1, most=24
    )
    notice_runs_from: Literal["COMPLETION", "FIRST_ARRIVAL"] = _a(
        6,
        "COMPLETION",
        _("The time for the notice on a deficient request runs from this event."),
    )
    explanation_runs_from: Literal["NOTICE_DATE"] = _a(
        7,
        "NOTICE_DATE",
        _("The time for the explanation runs from this day."),
        only=_("The decree counts from the day the notice is issued, which is the date written on it."),
    )
    extension_anchor: Literal["NOMINAL", "ROLLED"] = _a(
        8,
        "NOMINAL",
        _("An extension counts from the last day before or after it moved off a rest day."),
    )
    resumption_day_counted: bool = _a(9, True, _("The day on which a suspended explanation goes on is counted."))
    late_citizen: Literal["FLAG"] = _a(
        10,
        "FLAG",
        _("A limit that binds the citizen is shown and marked; an officer decides."),
        only=_("Whether an obstacle kept the citizen is for a person to judge, so nothing is refused by itself."),
    )
    backward_limit: Literal["EARLIER", "EXACT"] = _a(
        11,
        "EARLIER",
        _("A latest day before an event that is a rest day moves earlier, or stays."),
    )
    law_of_a_case: Literal["RECEIPT", "STEP"] = _a(
        12,
        "RECEIPT",
        _("The law of an act is that of the day the request arrived, or of the day of the act."),
    )
    minutes_replace_notice: bool = _a(13, True, _("The minutes of an explanation on the spot replace the notice."))
    representatives_of_5_to_10: int = _a(14, 2, _("Most representatives of a group of five to ten."), least=1)
    representatives_above_10: int = _a(14, 5, _("Most representatives of a larger group."), least=1)
    remote_needs_reference: Literal[True] = _a(
        15,
        True,
        _("An area is remote by a document that an administrator names."),
        only=_("The law has no list; without a document nobody could check the longer periods."),
    )
    signed_electronic_is_written: bool = _a(16, True, _("A digitally signed electronic request is a written one."))
    beyond_confirmed_calendar: Literal["PROVISIONAL"] = _a(
        17,
        "PROVISIONAL",
        _("Dates beyond the confirmed calendar are provisional and counted anew on its release."),
        only=_("A period runs by law whether or not the days off are published yet, so it has a last day."),
    )
    silence_anchor: Literal["SHIFTED", "NOMINAL"] = _a(
        18,
        "SHIFTED",
        _("A second complaint for silence counts from the last day after or before it moved."),
    )
    interested_barred: bool = _a(
        19, True, _("An interested person neither verifies a complaint nor decides it at second instance.")
    )
    drawn_signature: Signed = _a(
        20,
        "ACCEPT",
        _("A drawn signature counts, is confirmed at the counter, or is asked for anew; agencies may differ."),
    )
    annulled_refusal_restarts: bool = _a(21, True, _("An annulled refusal leads back to the request as received."))
    local_closures_move_dates: bool = _a(22, False, _("A closure of one agency or province moves statutory dates."))
    retention_years: int | None = _a(
        23, None, _("Years for which a closed file is kept; without them nothing is erased."), least=1
    )

    def counting(self) -> Counting:
        """Return how days are counted (A2, A3, A4, A8, A9, A11)."""
        return Counting(
            trigger_day_counted=self.trigger_day_counted,
            saturday_works=self.saturday_works,
            roll_last_day=self.roll_last_day,
            extension_anchor=self.extension_anchor,
            resumption_day_counted=self.resumption_day_counted,
            backward_limit=self.backward_limit,
        )

    def listed(self) -> tuple[Assumption, ...]:
        """Return every assumption as it stands, in the order of the law file."""
        hints = get_type_hints(type(self))
        return tuple(
            Assumption(
                one.metadata["number"],
                one.name,
                getattr(self, one.name),
                tuple(map(str, _choices(hints[one.name]))),
                one.metadata["text"],
                one.metadata["only"],
            )
            for one in fields(self)
        )


def load(given: dict[str, Any]) -> Assumptions:
    """Return the assumptions with the given ones in place of the defaults.

    Raises ImproperlyConfigured that names a wrong name or value and says what would work.
    """
    known = {one.name: one for one in fields(Assumptions)}
    hints = get_type_hints(Assumptions)
    for name, value in given.items():
        if name not in known:
            raise ImproperlyConfigured(f"GIAITRINH_ASSUMPTIONS: unknown “{name}”; known: {', '.join(sorted(known))}")
        if works := _refused(value, hints[name], known[name]):
            number, only = known[name].metadata["number"], known[name].metadata["only"]
            reason = f" ({number}: {only})" if only else ""
            raise ImproperlyConfigured(f"GIAITRINH_ASSUMPTIONS: {name} = {value!r}; what works: {works}{reason}")
    return Assumptions(**given)


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Literal else (True, False) if hint is bool else ()


def _refused(value: Any, hint: Any, one: Field[Any]) -> str:
    """Return what works instead of a value, or an empty string if it works itself."""
    if choices := _choices(hint):
        fits = any(value is choice if isinstance(choice, bool) else value == choice for choice in choices)
        return "" if fits else " or ".join(map(repr, choices))
    least, most = one.metadata["range"]
    fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    if fits or (value is None and type(None) in get_args(hint)):
        return ""
    return f"a whole number from {least} to {most}"


ASSUMED = load(getattr(settings, "ASSUMPTIONS", {}))
