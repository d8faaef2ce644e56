"""`manage.py procedures`: print a procedure as it is declared, for lawyers, programs and diagrams."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from workflow import clock, describe, diagram, registry
from workflow.errors import UnknownProcedure
from workflow.law import LawVersion
from workflow.registry import Procedure


class Command(BaseCommand):
    help = "Print the declared procedure with its articles, periods, grounds and ladders."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="such as explanation; else all of them")
        parser.add_argument("--format", choices=("text", "json", "dot"), default="text")
        parser.add_argument("--law", metavar="V", help="name of a law version; else the one in force")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], help="of the words")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = [registry.get(options["name"])] if options["name"] else list(registry.procedures().values())
        except UnknownProcedure as error:
            raise CommandError(str(error)) from error
        with translation.override(options["language"] or translation.get_language()):
            self._print(chosen, options)

    def _print(self, chosen: list[Procedure], options: dict[str, Any]) -> None:
        laws = [(procedure, _law(procedure, options["law"])) for procedure in chosen]
        if options["format"] == "json":
            told = {procedure.name: describe.as_json(procedure, law) for procedure, law in laws}
            value = told[options["name"]] if options["name"] else told
            self.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))
            return
        tell = diagram.as_dot if options["format"] == "dot" else describe.as_text
        for procedure, law in laws:
            self.stdout.write(tell(procedure, law))


def _law(procedure: Procedure, name: str | None) -> LawVersion:
    try:
        return procedure.version(name) if name else procedure.version_on(clock.legal_day(clock.now()))
    except KeyError:
        known = ", ".join(version.name for version in procedure.versions)
        raise CommandError(_("No law version “%(name)s”; known: %(known)s") % {"name": name, "known": known}) from None
