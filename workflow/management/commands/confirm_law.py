"""`manage.py confirm_law`: record that a lawyer has compared a law version with the gazette."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from workflow import clock, registry
from workflow.actors import SYSTEM
from workflow.errors import UnknownProcedure
from workflow.ledger import chain
from workflow.models import LawConfirmation


class Command(BaseCommand):
    help = "Record the number of the document by which a named person confirms a law version; it is logged for ever."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # our --version names a law; Django's, which prints its own, gives way
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("procedure", help="such as explanation")
        parser.add_argument("--document", required=True, metavar="NUMBER", help="number and symbol of the document")
        parser.add_argument("--by", required=True, metavar="NAME", help="who compared the version with the gazette")
        parser.add_argument("--version", dest="law", metavar="V", help="law version; else the one in force")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            procedure = registry.get(options["procedure"])
        except UnknownProcedure as error:
            raise CommandError(str(error)) from error
        today = clock.legal_day(clock.now())
        try:
            law = procedure.version(options["law"]) if options["law"] else procedure.version_on(today)
        except KeyError:
            known = ", ".join(version.name for version in procedure.versions)
            facts = {"name": options["law"], "known": known}
            raise CommandError(_("No law version “%(name)s”; known: %(known)s") % facts) from None
        document, name = options["document"].strip(), options["by"].strip()
        if not document or not name:
            raise CommandError(_("A confirmation names its document and the person who confirms."))
        with transaction.atomic():
            row, is_new = LawConfirmation.objects.get_or_create(
                procedure=procedure.name,
                version=law.name,
                defaults={"document": document, "confirmed_by": name, "confirmed_on": today},
            )
            if is_new:
                facts = {"procedure": procedure.name, "version": law.name, "document": document}
                chain.append(chain.SYSTEM_CHAIN, "law_confirmed", actor=SYSTEM, **facts)
        facts = {"law": law.name, "document": row.document, "name": row.confirmed_by}
        if not is_new and (row.document, row.confirmed_by) != (document, name):
            raise CommandError(_("%(law)s is confirmed already: %(document)s, %(name)s.") % facts)
        self.stdout.write(_("%(law)s is confirmed: %(document)s, %(name)s.") % facts)
