"""`manage.py export_log`: an evidence bundle of a case, of an agency with its cases, or of everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow import clock
from workflow.actors import SYSTEM
from workflow.inspection import extract
from workflow.ledger import chain, export, seal
from workflow.ledger.models import Checkpoint
from workflow.models import Agency, Case


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

        def log(written: export.Written) -> None:
            chain.append(
                chain.SYSTEM_CHAIN,
                "exported",
                actor=SYSTEM,
                case=case,
                agency=agency,
                entries=written.entries,
                size=written.size,
                attached=dict(written.attached),
            )

        def attach(checkpoint: Checkpoint | None) -> dict[str, bytes]:
            if not case:
                return {}
            return {extract.MEMBER: extract.pdf(Case.objects.get(code=case), checkpoint, at=now)}

        now = clock.now()
        try:
            written = export.write(options["out"], export.Scope(case, agency), at=now, then=log, attach=attach)
        except OSError as error:
            facts = {"file": options["out"], "error": error.strerror}
            raise CommandError(_("%(file)s cannot be written: %(error)s") % facts) from error
        except seal.Broken as broken:
            raise CommandError(str(broken)) from broken
        text = ngettext("%(file)s holds %(n)s entry.", "%(file)s holds %(n)s entries.", written.entries)
        self.stdout.write(text % {"file": options["out"], "n": written.entries})
