"""`manage.py export_log`: an evidence bundle of a case, of an agency with its cases, or of everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow.actors import SYSTEM
from workflow.ledger import chain, export
from workflow.models import Agency, Case, Chain


class Command(BaseCommand):
    help = "Write the log of a case, of an agency and what is below it, or all of it, to a ZIP file; this is logged."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--case", metavar="CODE")
        what.add_argument("--agency", metavar="SLUG")
        what.add_argument("--all", action="store_true")
        parser.add_argument("out", metavar="OUT.zip", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        case, agency = (options["case"] or "").upper(), options["agency"] or ""
        if case and not Case.objects.filter(code=case).exists():
            raise CommandError(_("There is no case %(code)s.") % {"code": case})
        if agency and not Agency.objects.filter(slug=agency).exists():
            raise CommandError(_("There is no agency “%(slug)s”.") % {"slug": agency})
        try:
            n = export.write(options["out"], _chains(case, agency))
        except OSError as error:
            facts = {"file": options["out"], "error": error.strerror}
            raise CommandError(_("%(file)s cannot be written: %(error)s") % facts) from error
        chain.append(chain.SYSTEM_CHAIN, "exported", actor=SYSTEM, case=case, agency=agency, entries=n)
        text = ngettext("%(file)s holds %(n)s entry.", "%(file)s holds %(n)s entries.", n)
        self.stdout.write(text % {"file": options["out"], "n": n})


def _chains(case: str, agency: str) -> Iterator[str]:
    """Yield the names of the chains that are wanted."""
    cases, others = Case.objects.order_by("id"), Chain.objects.order_by("name")
    if case:
        cases, others = cases.filter(code=case), others.none()
    elif agency:
        below = Agency.objects.filter(path__startswith=Agency.objects.get(slug=agency).path)
        names = [f"agency:{slug}" for slug in below.values_list("slug", flat=True)]
        cases, others = cases.filter(agency__in=below), others.filter(name__in=names)
    for one in cases.iterator():
        yield one.chain
    yield from others.values_list("name", flat=True)
