"""`manage.py deadline`: compute one last day and explain it, or check a file of worked examples."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow import registry
from workflow.calendar import Calendar, CalendarError, Counting, Due, Period, due, shipped
from workflow.errors import UnknownProcedure
from workflow.explain import sentences
from workflow.law import LawVersion
from workflow.vectors import Result, check, extensions

USAGE = 2  # exit status of a question that cannot be asked; 1 is that of an answer that does not hold


class Command(BaseCommand):
    help = "Compute a due date and explain it day by day, or check worked examples. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("procedure", nargs="?", help="such as explanation")
        parser.add_argument("period", nargs="?", help="its key or its row of the rule table: decide, EXPL_NOTICE")
        parser.add_argument("--from", dest="start", type=_day, metavar="ISO", help="day of the event, not counted")
        parser.add_argument("--law", help="name of a law version; else the one in force on the day of the event")
        parser.add_argument("--agency", help="the agency concerned; its own closures move no date (A22)")
        parser.add_argument("--pause", type=_pause, action="append", default=[], metavar="ISO/ISO",
                            help="suspended on / resumed on; may be repeated")  # fmt: skip
        parser.add_argument("--extend", type=int, default=0, metavar="DAYS", help="days of extension")
        parser.add_argument("--vectors", metavar="FILE", help="worked examples to check")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["vectors"]:
            self._check(Path(options["vectors"]), as_json=options["json"])
        elif options["procedure"] and options["period"] and options["start"]:
            self._compute(options)
        else:
            raise CommandError(_("Name a procedure, a period and --from DAY; or --vectors FILE."), returncode=USAGE)

    def _compute(self, options: dict[str, Any]) -> None:
        procedure, start, extension = _procedure(options["procedure"]), options["start"], options["extend"]
        law = _law(procedure, options["law"], start)
        period = _period(law, options["period"])
        _extendable(period, extension, start)
        try:
            last = due(
                period,
                start,
                shipped(),
                extension=extension,
                pauses=options["pause"],
                counting=procedure.counting or Counting(),
            )
        except CalendarError as error:
            raise CommandError(_(error.message) % error.facts, returncode=USAGE) from error
        if options["json"]:
            self._print(_as_json(last, procedure.name, law, options["agency"]))
            return
        heading = {
            "label": period.label or options["period"],
            "law": law.name,
            "calendar": last.calendar.version,
        }
        self.stdout.write(_("%(label)s – %(law)s, calendar %(calendar)s") % heading)
        for sentence in sentences(last, law=law):
            self.stdout.write(f"  {sentence}")
        if options["agency"]:
            self.stdout.write(_("  agency %(agency)s: its own closures move no date (A22)") % options)

    def _check(self, path: Path, *, as_json: bool) -> None:
        calendar, vectors = _read(path)
        results = [check(row, vector, calendar) for row, vector in enumerate(vectors, 1)]
        failed = [result for result in results if not result.ok]
        matched = len(results) - len(failed)
        if as_json:
            rows = [result.as_json() for result in results]
            self._print({"file": path.name, "calendar": calendar.version, "vectors": len(results),
                         "matched": matched, "results": rows})  # fmt: skip
        else:
            for result in failed:
                self.stdout.write(_sentence(path, result))
            self.stdout.write(_("%(matched)s of %(n)s vectors match.") % {"matched": matched, "n": len(results)})
        if failed:
            raise CommandError(
                ngettext("%(n)s vector does not match.", "%(n)s vectors do not match.", len(failed))
                % {"n": len(failed)}
            )

    def _print(self, value: object) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("“%(text)s” is not a day such as 2026-02-12") % {"text": text}) from None


def _pause(text: str) -> tuple[date, date]:
    suspended, _slash, resumed = text.partition("/")
    if not resumed:
        raise ArgumentTypeError(
            _("“%(text)s”: a suspension still open has no due date; write ISO/ISO") % {"text": text}
        )
    return _day(suspended), _day(resumed)


def _procedure(name: str) -> registry.Procedure:
    try:
        return registry.get(name)
    except UnknownProcedure as error:
        raise CommandError(str(error), returncode=USAGE) from error


def _law(procedure: registry.Procedure, name: str | None, on: date) -> LawVersion:
    try:
        return procedure.version(name) if name else procedure.version_on(on)
    except KeyError:
        known = ", ".join(version.name for version in procedure.versions)
        text = _("No law version “%(name)s”; known: %(known)s") % {"name": name, "known": known}
        raise CommandError(text, returncode=USAGE) from None


def _period(law: LawVersion, name: str) -> Period:
    found = law.periods.get(name) or next((p for p in law.periods.values() if p.rule == name), None)
    if found is None:
        text = _("No period “%(name)s”; known: %(known)s") % {"name": name, "known": ", ".join(law.periods)}
        raise CommandError(text, returncode=USAGE)
    return found


def _extendable(period: Period, days: int, on: date) -> None:
    """Raise CommandError if the law does not let this period be extended by so many days."""
    longest = max((most.n for base, most, _times in extensions(on) if base.rule == period.rule), default=0)
    if days > longest:
        text = _("The law lets this period be extended by %(longest)s days at most, not %(days)s.")
        raise CommandError(text % {"longest": longest, "days": days}, returncode=USAGE)


def _as_json(last: Due, procedure: str, law: LawVersion, agency: str | None) -> dict[str, object]:
    days = [{"on": d.on.isoformat(), "kind": d.kind, "number": d.number or None, "skip": d.skip} for d in last.days]
    return {
        "procedure": procedure,
        "rule": last.period.rule,
        "law": law.name,
        "cite": last.period.cite,
        "agency": agency,
        "calendar": last.calendar.version,
        "start": last.start.isoformat(),
        "n": last.period.n,
        "unit": last.period.unit,
        "extension": last.extension,
        "nominal": last.nominal.isoformat(),
        "due": last.on.isoformat(),
        "provisional": last.provisional,
        "days": days,
        "explanation": sentences(last, law=law),
    }


def _read(path: Path) -> tuple[Calendar, list[object]]:
    """Return the calendar and the rows of a file. Raises CommandError that says what would work."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        table, vectors = (data.get("calendar"), data.get("vectors")) if isinstance(data, dict) else (None, data)
        calendar = shipped() if table is None else Calendar.from_json(table)
    except (OSError, ValueError) as error:
        raise CommandError(_("%(file)s cannot be read: %(error)s") % {"file": path, "error": error}) from error
    if not isinstance(vectors, list) or not vectors:
        text = _("%(file)s holds no vectors: an array of them, or {“calendar”: …, “vectors”: […]}, is wanted.")
        raise CommandError(text % {"file": path})
    return calendar, vectors


def _sentence(path: Path, result: Result) -> str:
    facts = {
        "file": path.name,
        "row": result.row,
        "kind": result.kind,
        "rule": result.rule,
        "why": result.why,
    }
    return _("%(file)s, row %(row)s (%(kind)s %(rule)s): %(why)s") % facts
