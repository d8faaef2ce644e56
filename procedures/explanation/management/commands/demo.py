"""`manage.py demo`: the sample lives end to end on a simulated clock, in a scratch database, and is verified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.dateformat import format as written
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures import sample
from procedures.outcome import Outcome, Term, outcome
from workflow import clock, registry
from workflow.calendar import WORKING_DAY, shipped
from workflow.ledger import audit
from workflow.models import Case

TOLD = ("accept", "decide", "explain")


class Command(BaseCommand):
    help = "Live the sample requests from 2026-01-05 to the last end in a database of their own; verify every chain."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument(
            "--inside", metavar="FILE", help="used by the command itself: the scratch database it is in"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["inside"]:
            self._apart(as_json=options["json"])
            return
        if str(settings.DATABASES["default"]["NAME"]) != options["inside"]:
            raise CommandError(_("This is not the scratch database of a demonstration; run manage.py demo alone."))
        self._live(as_json=options["json"])

    def _apart(self, *, as_json: bool) -> None:
        """Run in processes of our own with a database of their own, away from the configured one."""
        with tempfile.TemporaryDirectory(prefix="giaitrinh-demo-") as folder:
            file = str(Path(folder) / "demo.sqlite3")
            scratch = {"DATABASE_URL": f"sqlite:///{file}", "GIAITRINH_VAR": folder, "GIAITRINH_ENV": "development"}
            line = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
            for more in (["migrate", "--verbosity", "0"], ["demo", "--inside", file, *(["--json"] if as_json else [])]):
                done = subprocess.run(
                    [*line, *more],
                    env={**os.environ, **scratch, "PYTHONIOENCODING": "utf-8"},
                    stdout=subprocess.PIPE,
                    encoding="utf-8",
                )
                self.stdout.write(done.stdout, ending="")
                if done.returncode:
                    raise CommandError(_("The demonstration does not hold."), returncode=done.returncode)

    def _live(self, *, as_json: bool) -> None:
        stories = sample.lives()
        end = max(act["at"] for life in stories.values() for act in life["acts"])
        with transaction.atomic():
            sample.settle()
            cases = sample.play(stories)
            with clock.simulated(end):
                sample.note(cases)
        table, today = shipped(), clock.legal_day(end)
        told = {name: outcome(Case.objects.get(pk=case.pk), TOLD, today, table) for name, case in cases.items()}
        wrong = [
            f"{told[name].code}: {why}" for name, life in stories.items() if (why := told[name].differs(life["expect"]))
        ]
        checked = audit.check()
        wrong += map(str, checked.failures)
        if as_json:
            rows = [_as_json(told[name], stories[name]) for name in stories]
            log = {"entries": checked.entries, "verified": not checked.failures}
            self.stdout.write(json.dumps({"cases": rows, "log": log}, ensure_ascii=False, indent=2))
        else:
            self._table([(told[name], stories[name]) for name in stories], checked)
        if wrong:
            raise CommandError("\n".join(wrong))

    def _table(self, rows: list[tuple[Outcome, sample.Life]], checked: audit.Audit) -> None:
        """Print one line for each case, then what the check of the log says."""
        for found, life in rows:
            states = registry.get(found.procedure).states
            path = " → ".join(str(states[state]) for state in found.path)
            terms = "; ".join(_sentence(term, found.procedure) for term in found.terms)
            self.stdout.write(f"{found.code} | {life['title']} | {path} | {terms}")
        self.stdout.write(str(checked))


def _sentence(term: Term, procedure: str) -> str:
    """Return one deadline in words: its article's name, last day, kept or not, days used."""
    facts = {"label": registry.get(procedure).versions[-1].periods[term.rule].label}
    facts["due"] = _("due %(day)s") % {"day": written(term.due, "d/m/Y")} if term.due else _("suspended")
    facts["kept"] = {True: _("kept"), False: _("not kept"), None: _("running")}[term.kept]
    if term.unit == WORKING_DAY:
        facts["used"] = ngettext("%(n)s working day used", "%(n)s working days used", term.used) % {"n": term.used}
    else:
        facts["used"] = ngettext("%(n)s day used", "%(n)s days used", term.used) % {"n": term.used}
    return _("%(label)s: %(due)s, %(kept)s, %(used)s") % facts


def _as_json(found: Outcome, life: sample.Life) -> dict[str, object]:
    """Return a case; `due` and `done` are those of the deadline that was started last."""
    return {
        "code": found.code,
        "title": life["title"],
        "agency": life["agency"],
        "path": found.path,
        **found.last.as_json(),
        "deadlines": [term.as_json() for term in found.terms],
    }
