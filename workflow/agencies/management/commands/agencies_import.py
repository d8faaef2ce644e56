"""`manage.py agencies_import FILE`: take a list of agencies over, as the page does, for the whole tree.

This is how a new installation gets its first agencies. Nothing is done if any row is wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from workflow.actors import SYSTEM
from workflow.agencies import imports, sheets, taking, tree


class Command(BaseCommand):
    help = "Take a list of agencies over (CSV or XLSX), all of it or nothing; the first ones of a new installation too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                rows = sheets.read(file, path.stat().st_size)
        except (OSError, sheets.Unreadable) as why:
            raise CommandError(str(why)) from why
        with transaction.atomic():
            tree.hold()
            plan = imports.plan(rows, tree.scope(SYSTEM), roots=True)
            for line in plan.of(imports.WRONG):
                for _name, wrong in line.wrong:
                    self.stderr.write(_("row %(n)s") % {"n": line.number} + f": {wrong}")
            if plan.of(imports.WRONG):
                raise CommandError(_("The list has errors, or changes nothing; nothing was done."))
            if not options["dry_run"] and plan.sound:
                taking.write(plan, by=SYSTEM)
        counts = {"add": len(plan.of(imports.ADD)), "change": len(plan.of(imports.CHANGE))}
        self.stdout.write(_("New: %(add)s, changed: %(change)s") % counts)
