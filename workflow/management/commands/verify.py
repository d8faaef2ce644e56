"""`manage.py verify`: check the live log, every chain of it; or a bundle, by itself and against the live log."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workflow.ledger import audit, keys, verify
from workflow.ledger.compare import compare
from workflow.ledger.notes import NoteError, Verifier
from workflow.ledger.sentences import LANGUAGES, sentence
from workflow.models import LogEntry


class Command(BaseCommand):
    help = (
        "Check the log: every entry, chain, disclosure, document, leaf and checkpoint. With --bundle: a bundle by"
        " itself, and whether the log still is what it says. Exit status 0 only if all hold."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--bundle", metavar="FILE", type=Path, help="an evidence bundle made earlier")
        parser.add_argument(
            "--key", metavar="PUB", help="the log's public key as you know it: a file, or the line itself"
        )
        parser.add_argument(
            "--since", metavar="SIZE", type=int, default=0, help="begin at the checkpoint of this size, checked before"
        )

        parser.add_argument(
            "--without-deadlines", action="store_true", help="leave out comparing deadlines with what the log says"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key = verify.read_key(options["key"]) if options["key"] else None
        except (NoteError, OSError) as error:
            raise CommandError(f"--key: {error}") from error
        if options["bundle"]:
            self._bundle(options["bundle"], key, as_json=options["json"])
            return
        bar = _Bar(self.stderr, LogEntry.objects.count()) if not options["json"] and sys.stderr.isatty() else None
        try:
            found = audit.check(
                since=options["since"],
                key=key,
                deadlines=not options["without_deadlines"],
                watch=bar or (lambda done, size: None),
            )
        except LookupError:
            raise CommandError(_("There is no checkpoint of size %(n)s.") % {"n": options["since"]}) from None
        except KeyboardInterrupt:
            size = bar.size if bar else 0
            raise CommandError(_("Interrupted; go on with --since %(n)s.") % {"n": size}) from None
        if bar:
            bar.end()
        wrong = [{"chain": one.chain, "seq": one.seq, "why": str(one.why)} for one in found.failures]
        facts = {"entries": found.entries, "chains": found.chains, "checkpoints": found.checkpoints, "size": found.size}
        self._told(facts, wrong, str(found), as_json=options["json"])

    def _bundle(self, path: Path, key: Verifier | None, *, as_json: bool) -> None:
        report = verify.verify(path, key or keys.public())
        language = "vi" if get_language() not in LANGUAGES else str(get_language())
        wrong = [{"where": one.where, "why": sentence(one.which, language, **one.facts)} for one in report.failures]
        if not wrong:
            wrong += [{"where": f"{one.chain} #{one.seq}", "why": str(one.why)} for one in compare(path)]
        facts = {"entries": report.entries, "chains": report.chains, "documents": report.documents, "size": report.size}
        said = _("The bundle does not hold, or the log is no longer what it says.") if wrong else ""
        self._told(facts, wrong, said or "\n".join(report.told(language)), as_json=as_json)

    def _told(self, facts: dict[str, int], wrong: list[dict[str, Any]], said: str, *, as_json: bool) -> None:
        if as_json:
            result = {**facts, "verified": not wrong, "failures": wrong}
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            for one in wrong:
                where = one.get("where") or f"{one['chain']} #{one['seq']}"
                self.stdout.write(f"{where}: {one['why']}")
            if not wrong:
                self.stdout.write(said)
        if wrong:
            raise CommandError(said)


class _Bar:
    """A line that shows how far a long check is."""

    WIDTH = 40

    def __init__(self, out: Any, total: int) -> None:
        self.out, self.total, self.size = out, total, 0
        self.began = self.shown = time.monotonic()

    def __call__(self, done: int, size: int) -> None:
        self.size, now = size, time.monotonic()
        if now - self.shown < 0.2:
            return
        self.shown = now
        full = min(self.WIDTH, self.WIDTH * done // max(self.total, 1))
        rate = done / (now - self.began)
        self.out.write(f"\r[{'#' * full}{'.' * (self.WIDTH - full)}] {done:,}/{self.total:,} {rate:,.0f}/s", ending="")
        self.out.flush()

    def end(self) -> None:
        self.out.write("\r" + " " * (self.WIDTH + 40) + "\r", ending="")
