"""`manage.py add_rung`: add a warning to an agency's ladder, by the agency's decision."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from workflow import added_rungs
from workflow.models import Agency


class Command(BaseCommand):
    help = (
        "Add a rung to the ladder of an agency; the rungs of the law stay as they are. It counts for every clock that"
        " starts or moves from now on, and is logged in the agency's chain."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agency", help="short name in addresses, such as xa-tan-hoa")
        parser.add_argument("procedure", help="such as explanation")
        parser.add_argument("period", help="key of the period, such as decide, or paused for suspended cases")
        parser.add_argument("name", help="short name of the rung: letters, digits, hyphens")
        parser.add_argument(
            "--offset", type=int, required=True, metavar="N", help="units from the last day; before: -N"
        )
        parser.add_argument("--every", type=int, default=0, metavar="N", help="units after which it repeats")
        parser.add_argument("--hour", type=int, default=0, help="local hour at which it rings")
        parser.add_argument("--tells", nargs="+", required=True, metavar="ROLE", help="who is told")
        parser.add_argument("--text", required=True, help="what is said")
        parser.add_argument("--decision", required=True, metavar="NUMBER", help="number and symbol of the decision")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            agency = Agency.objects.get(slug=options["agency"])
            names = ("procedure", "period", "name", "offset", "every", "hour", "tells", "text", "decision")
            rung = added_rungs.add(agency, **{name: options[name] for name in names})
        except Agency.DoesNotExist:
            raise CommandError(_("No agency has the short name “%(slug)s”.") % {"slug": options["agency"]}) from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{agency}: {rung} ({rung.decision})")
