"""`manage.py sample`: load the sample province, its people and the lives of its requests up to today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures import roles, sample
from workflow import clock
from workflow.ledger import seal
from workflow.models import Agency, Case, User

FIRST = (
    # one commune from the counter to its head, then those who look on
    "tanhoa.tiepnhan", "tanhoa.chuyenvien", "tanhoa.phochutich", "tanhoa.chutich", "tanhoa.vanthu",
    "binhminh.chuyenvien", "thanhtra.vien", "tinh.quantri", "tinh.quantri2",
)  # fmt: skip


class Command(BaseCommand):
    help = "Load the sample province, its people, their requests and complaints, lived through the engine up to today."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accounts", action="store_true", help="print the sample accounts (all with --verbosity 2)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accounts"]:
            self._accounts(every=options["verbosity"] > 1)
            return
        if not settings.SIMULATED_CLOCK_ALLOWED:
            raise CommandError(
                _("The sample lives on a simulated clock and has known passwords; production refuses it.")
            )
        if sample.is_loaded():
            self.stdout.write(_("The sample is here already; nothing was changed."))
            return
        if Case.objects.exists() or Agency.objects.exists():
            raise CommandError(_("This database is in use. The sample is for an empty one; name it in DATABASE_URL."))
        with transaction.atomic():  # all of it or nothing
            sample.settle()
            cases = sample.play(sample.lives(), until=clock.now())
            sample.note(cases)
        seal.seal()
        text = ngettext(
            "Loaded a sample province, its people and %(n)s request.",
            "Loaded a sample province, its people and %(n)s requests.",
            len(cases),
        )
        self.stdout.write(text % {"n": len(cases)})

    def _accounts(self, *, every: bool) -> None:
        known = set(User.objects.values_list("username", flat=True))
        agencies = dict(Agency.objects.values_list("slug", "name"))
        rows = {row["username"]: row for row in sample.people() if row["username"] in known}
        if not rows:
            self.stdout.write(_("There are no sample accounts in this database; manage.py sample makes them."))
            return
        shown = [rows[name] for name in FIRST if name in rows]
        rest = [row for row in rows.values() if row not in shown]
        self.stdout.write(
            _("Accounts of the sample; the password of each is “%(password)s”:") % {"password": sample.PASSWORD}
        )
        for row in [*shown, *(rest if every else ())]:
            self.stdout.write(_line(row, agencies))
        if rest and not every:
            text = ngettext(
                "and %(n)s more in tests/data/people.toml", "and %(n)s more in tests/data/people.toml", len(rest)
            )
            self.stdout.write("  " + text % {"n": len(rest)})


def _line(row: Mapping[str, Any], agencies: Mapping[str, str]) -> str:
    """Return one account: username, name, roles, agency."""
    labels = {role.code: str(role.label) for role in roles.ALL}
    held = ", ".join(dict.fromkeys(labels[post["role"]] for post in row["appointments"]))
    where = ", ".join(dict.fromkeys(agencies[post["agency"]] for post in row["appointments"]))
    return f"  {row['username']:<20} {row['full_name']:<22} {held}, {where}"
