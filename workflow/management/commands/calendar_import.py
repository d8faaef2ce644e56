"""`manage.py calendar_import`: put a year's days before a second person, from a CSV file or the holidays package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow import calendars, clock, yearly
from workflow.calendar import CalendarError
from workflow.errors import WorkflowError
from workflow.models import CalendarProposal, User


class Command(BaseCommand):
    help = "Propose a year of the official table of days; another administrator publishes it on the calendar's page."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", metavar="FILE.csv", help="columns: date, kind, name")
        parser.add_argument("--holidays", action="store_true", help="take the days of the holidays package instead")
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--by", required=True, metavar="USERNAME", help="administrator who proposes it")
        parser.add_argument("--document", default="", metavar="NUMBER", help="number of the official notice")
        parser.add_argument("--confirmed", action="store_true", help="the notice confirms the whole year")
        parser.add_argument("--dry-run", action="store_true", help="show what would move and propose nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["file"]) == options["holidays"]:
            raise CommandError(_("Name a CSV file, or --holidays."))
        if options["confirmed"] and not options["document"]:
            raise CommandError(_("A confirmed year follows an official notice; give its number."))
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(_("There is no account “%(by)s”.") % options)
        source = CalendarProposal.Source.HOLIDAYS if options["holidays"] else CalendarProposal.Source.CSV
        try:
            rows = self._rows(options)
            version = clock.legal_day(clock.now()).isoformat()
            table = yearly.replaced(
                calendars.in_force(), options["year"], rows, confirmed=options["confirmed"], version=version
            )
            seen = calendars.preview(table, clock.now())
            made = None
            if not options["dry_run"]:
                made = calendars.propose(table, by=by, document=options["document"], source=source)
        except CalendarError as error:
            raise CommandError(_(error.message) % error.facts) from error
        except WorkflowError as error:
            raise CommandError(str(error)) from error
        self._print(seen, made, len(rows), as_json=options["json"])

    def _rows(self, options: dict[str, Any]) -> list[yearly.Row]:
        if options["holidays"]:
            return yearly.from_holidays(options["year"])
        try:
            return yearly.from_csv(Path(options["file"]).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(_("%(file)s cannot be read: %(error)s") % {**options, "error": error}) from error

    def _print(self, seen: calendars.Preview, made: CalendarProposal | None, n: int, *, as_json: bool) -> None:
        moves = [
            {"case": one.case.code, "period": one.rule, "was": one.was.isoformat(), "now": one.now.isoformat(),
             "breach": one.late}
            for one in seen.moves
        ]  # fmt: skip
        if as_json:
            told = {"proposal": made.pk if made else None, "days": n, "moves": moves, "confirmed": seen.confirmed}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
            return
        for move in moves:
            self.stdout.write("{case}  {period}  {was} → {now}  {breach}".format(**move).rstrip())
        text = ngettext("%(n)s open deadline would move.", "%(n)s open deadlines would move.", len(moves))
        self.stdout.write(text % {"n": len(moves)})
        if made:
            self.stdout.write(_("Proposal %(n)s waits for another administrator.") % {"n": made.pk})
