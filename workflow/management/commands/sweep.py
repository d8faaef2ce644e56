"""`manage.py sweep`: fire all due alarms once, as the clock of the office does every minute.

Ends with status 1 if a case had to be set aside: its alarms are due and have not rung.
"""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from workflow import clock, escalation


class Command(BaseCommand):
    help = "Fire every alarm that is due, once; print how many of each rung."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=moment, metavar="ISO", help="look from this moment instead of now")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or clock.now()
        fired = self._sweep(at)
        left = escalation.waiting(at)
        if options["json"]:
            told = {"at": at, "fired": fired, "lag_seconds": left.lag, "set_aside": left.set_aside}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2, default=datetime.isoformat))
        else:
            self.stdout.write("\n".join(_lines(fired, left)))
        if left.set_aside:
            raise CommandError(_("%(n)s cases are set aside; their alarms are due.") % {"n": len(left.set_aside)})

    def _sweep(self, at: datetime) -> dict[str, int]:
        if at <= clock.now():
            return escalation.sweep(at)
        if not settings.SIMULATED_CLOCK_ALLOWED:
            text = _("%(at)s lies in the future; only a sample can be swept ahead of time.")
            raise CommandError(text % {"at": at.isoformat()})
        with clock.simulated(at):
            return escalation.sweep(at)


def _lines(fired: dict[str, int], left: escalation.Waiting) -> Iterator[str]:
    """Yield how many of each rung rang, and what was set aside."""
    if not fired:
        yield _("No alarm is due.") if not left.alarms else _("No alarm rang.")
    for rung, n in sorted(fired.items()):
        yield f"{rung:<16} {n}"
    for code, why in left.set_aside.items():
        again = why["again_at"].astimezone(clock.LEGAL_ZONE)
        facts = {"code": code, "tried": why["tried"], "again": f"{again:%d/%m/%Y %H:%M}", "why": why["why"]}
        yield _("Set aside: %(code)s; tried: %(tried)s; next try: %(again)s. %(why)s") % facts


def moment(text: str) -> datetime:
    """Return an aware moment; a plain one is local."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            _("“%(text)s” is not a moment such as 2026-02-12T09:00+07:00") % {"text": text}
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.LEGAL_ZONE)
