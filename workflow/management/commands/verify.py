"""`manage.py verify`: check the live log, every chain of it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflow.ledger import audit


class Command(BaseCommand):
    help = "Check every chain of the log: hashes, order, heads, disclosures. Exit status 0 only if all hold."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit.check()
        if options["json"]:
            wrong = [{"chain": one.chain, "seq": one.seq, "why": str(one.why)} for one in found.failures]
            result = {"entries": found.entries, "chains": found.chains, "verified": not wrong, "failures": wrong}
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            for failure in found.failures:
                self.stdout.write(str(failure))
            if not found.failures:
                self.stdout.write(str(found))
        if found.failures:
            raise CommandError(str(found))
