"""`manage.py seal`: give every new entry its place in the tree and sign a checkpoint."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflow.ledger import seal


class Command(BaseCommand):
    help = "Seal every entry written since the last checkpoint, and print the latest checkpoint."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        before = seal.size_sealed()
        try:
            checkpoint = seal.seal()
        except seal.Broken as broken:
            raise CommandError(str(broken)) from broken
        if options["json"]:
            size, root = (checkpoint.size, checkpoint.root) if checkpoint else (0, "")
            self.stdout.write(json.dumps({"sealed": size - before, "size": size, "root": root}))
        elif checkpoint:
            self.stdout.write(checkpoint.note.rstrip("\n"))
