"""`manage.py export_complaints`: write the register of complaints as CSV."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from procedures.complaint import register


class Command(BaseCommand):
    help = "Write the complaints received within some days as CSV, for the national database (NĐ155 Đ.13)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", metavar="OUT.csv", help="the file; it holds personal data")
        parser.add_argument("--since", metavar="DAY", type=date.fromisoformat, help="received from this day on")
        parser.add_argument("--until", metavar="DAY", type=date.fromisoformat, help="received up to this day")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with open(options["out"], "x", newline="", encoding="utf-8-sig") as to:
                n = register.write(to, options["since"], options["until"])
        except FileExistsError as error:
            text = _("“%(file)s” exists already; name another file.")
            raise CommandError(text % {"file": options["out"]}) from error
        self.stdout.write(_("%(n)s complaints written to %(file)s.") % {"n": n, "file": options["out"]})
