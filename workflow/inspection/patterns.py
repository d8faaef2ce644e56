"""The patterns as a page shows them: how many, month by month, and who named one ground how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncMonth

from workflow import registry
from workflow.clock import LEGAL_ZONE
from workflow.inspection.findings import MEANS
from workflow.law import Text
from workflow.models import Finding, User

MONTHS = 12
TALLEST = 48
"""Height of the tallest bar, in the units of the drawing."""
OFTEN, SHOWN = 2, 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of a chart: its first day, how many, and the bar from the top, in the units of the drawing."""

    month: date
    n: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern under a jurisdiction."""

    kind: str
    label: Text
    means: Text
    n: int
    cases: int
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Habit:
    """One person who has refused by one ground several times."""

    person: User | None
    ground: str
    text: Text
    n: int
    last: date


def patterns(found: QuerySet[Finding], today: date) -> list[Pattern]:
    """Return every pattern with its numbers, in two queries whatever their number."""
    kinds = found.filter(kind__in=Finding.PATTERNS).order_by()
    totals = {kind: (n, cases) for kind, n, cases in kinds.values_list("kind").annotate(
        n=Count("pk"), cases=Count("case_id", distinct=True))}  # fmt: skip
    months = _months(today)
    counted: dict[tuple[str, date], int] = {}
    by_month = kinds.annotate(month=TruncMonth("at", tzinfo=LEGAL_ZONE)).values_list("kind", "month")
    for kind, month, n in by_month.annotate(n=Count("pk")):
        counted[kind, month.date()] = n
    return [
        Pattern(
            kind,
            kind.label,
            MEANS[kind],
            *totals.get(kind, (0, 0)),
            _bars([(month, counted.get((kind, month), 0)) for month in months]),
        )
        for kind in Finding.PATTERNS
    ]


def _months(today: date) -> list[date]:
    """Return the first days of the last months, the present one last."""
    last = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - MONTHS + 1, last + 1)]


def _bars(counts: list[tuple[date, int]]) -> list[Bar]:
    most = max((n for _, n in counts), default=0) or 1
    heights = [max(2, round(TALLEST * n / most)) if n else 0 for _, n in counts]
    return [
        Bar(month, n, index * 20, TALLEST - height, height)
        for index, ((month, n), height) in enumerate(zip(counts, heights, strict=True))
    ]


def refusing() -> set[str]:
    """Return the acts that refuse what was asked, of all procedures."""
    return {
        rule.name
        for one in registry.procedures().values()
        for rule in one.rules.values()
        if rule.grounds or any(state in one.refusals for source in rule.sources for state in rule.ends_in(source))
    }


def habits(found: QuerySet[Finding]) -> list[Habit]:
    """Return who refused by the same ground more than once, the most frequent first."""
    named = found.filter(kind=Finding.Kind.GROUND, transition__in=refusing()).order_by()
    rows = list(
        named.values("actor", "detail").annotate(n=Count("pk"), last=Max("at")).filter(n__gte=OFTEN)
        .order_by("-n", "detail", "actor")[:SHOWN]
    )  # fmt: skip
    ids = [int(row["actor"].removeprefix("user:")) for row in rows if row["actor"].startswith("user:")]
    people, texts = User.objects.in_bulk(ids), _texts()
    return [
        Habit(
            people.get(int(row["actor"].removeprefix("user:"))) if row["actor"].startswith("user:") else None,
            row["detail"],
            texts.get(row["detail"], ""),
            row["n"],
            row["last"].astimezone(LEGAL_ZONE).date(),
        )
        for row in rows
    ]


def _texts() -> dict[str, Text]:
    return {
        one.code: one.text
        for procedure in registry.procedures().values()
        for version in procedure.versions
        for one in version.grounds
    }
