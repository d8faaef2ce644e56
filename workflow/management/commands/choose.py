"""`manage.py choose`: let an agency decide a setting for itself, by its decision."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from workflow.agencies import choices
from workflow.models import Agency


class Command(BaseCommand):
    help = (
        "Let a setting of a procedure have another value at one agency, by a decision with its number. It counts for"
        " what is filed from now on, and is logged in the agency's chain."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agency", help="short name in addresses, such as xa-tan-hoa")
        parser.add_argument("procedure", help="such as explanation")
        parser.add_argument("setting", help="such as drawn_signature")
        parser.add_argument("value", help="such as CONFIRM_AT_COUNTER; empty to follow the others again")
        parser.add_argument("--decision", required=True, metavar="NUMBER", help="number and symbol of the decision")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("procedure", "setting", "value", "decision")
        try:
            agency = Agency.objects.get(slug=options["agency"])
            choices.choose(agency, **{name: options[name] for name in names})
        except Agency.DoesNotExist:
            raise CommandError(_("No agency has the short name “%(slug)s”.") % {"slug": options["agency"]}) from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{agency}: {options['setting']} = {options['value']} ({options['decision']})")
