"""`manage.py succeed`: do what confirmed successions ask for, as the clock of the office does every minute."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from workflow import clock
from workflow.agencies import moving
from workflow.management.commands.sweep import moment


class Command(BaseCommand):
    help = "Let agencies succeed one another whose day has come; move open cases, tasks and powers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=moment, metavar="ISO", help="look from this moment instead of now")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or clock.now()
        ahead = at > clock.now()
        if ahead and not settings.SIMULATED_CLOCK_ALLOWED:
            text = _("%(at)s lies in the future; only a sample can be moved ahead of time.")
            raise CommandError(text % {"at": at.isoformat()})
        with clock.simulated(at) if ahead else nullcontext():
            done = moving.settle(at)
        if options["json"]:
            self.stdout.write(json.dumps({"at": at.isoformat(), **asdict(done)}))
            return
        text = _("Successions begun: %(begun)s, completed: %(ended)s; cases moved: %(cases)s, tasks moved: %(tasks)s")
        self.stdout.write(text % asdict(done))
