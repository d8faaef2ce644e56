"""`manage.py sweep`: fire all due alarms once, as the clock of the office does every minute."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from workflow import clock, escalation


class Command(BaseCommand):
    help = "Fire every alarm that is due, once; print how many of each rung."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=_moment, metavar="ISO", help="look from this moment instead of now")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or clock.now()
        fired = self._sweep(at)
        if options["json"]:
            self.stdout.write(json.dumps({"at": at.isoformat(), "fired": fired}, ensure_ascii=False, indent=2))
            return
        for rung, n in sorted(fired.items()):
            self.stdout.write(f"{rung:<16} {n}")
        if not fired:
            self.stdout.write(_("No alarm is due."))

    def _sweep(self, at: datetime) -> dict[str, int]:
        if at <= clock.now():
            return escalation.sweep(at)
        if not settings.SIMULATED_CLOCK_ALLOWED:
            text = _("%(at)s lies in the future; only a sample can be swept ahead of time.")
            raise CommandError(text % {"at": at.isoformat()})
        with clock.simulated(at):
            return escalation.sweep(at)


def _moment(text: str) -> datetime:
    """Return an aware moment; a plain one is local."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            _("“%(text)s” is not a moment such as 2026-02-12T09:00+07:00") % {"text": text}
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.LEGAL_ZONE)
