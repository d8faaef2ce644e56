"""`manage.py appoint USERNAME ROLE AGENCY`: the first administrator of an installation, who appoints the others."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflow import appointments, clock
from workflow.actors import SYSTEM
from workflow.appointments.errors import PowerRefused
from workflow.models import Agency, User
from workflow.permissions.labels import labels


def day(text: str) -> date:
    """Return a day given as 2026-03-02."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is no day; write 2026-03-02") from None


class Command(BaseCommand):
    """Appoint somebody in the name of the installation; the log of the agency says so."""

    help = "Appoint a person, in the name of the installation: the first administrator, who appoints the others."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who, as what, where, by which decision and from when."""
        parser.add_argument("username")
        parser.add_argument("role", choices=sorted(labels()))
        parser.add_argument("agency", help="short name of the agency in addresses")
        parser.add_argument("--decision", required=True, help="number of the decision")
        parser.add_argument("--from", dest="starts_on", type=day, help="first day, 2026-03-02; today if not given")
        parser.add_argument("--until", dest="ends_on", type=day, help="last day; without an end if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        """Appoint, or say why not."""
        user = User.objects.filter(username=options["username"]).first()
        agency = Agency.objects.filter(slug=options["agency"]).first()
        if user is None or agency is None:
            missing = f"no account “{options['username']}”" if user is None else f"no agency “{options['agency']}”"
            raise CommandError(f"There is {missing}.")
        try:
            made = appointments.appoint(
                user,
                agency,
                options["role"],
                by=SYSTEM,
                decision=options["decision"],
                starts_on=options["starts_on"] or clock.legal_day(clock.now()),
                ends_on=options["ends_on"],
            )
        except PowerRefused as why:
            raise CommandError(str(why)) from why
        self.stdout.write(f"appointment:{made.pk}: {user.username} is {made.role} at {agency.slug}.")
