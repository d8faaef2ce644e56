"""Finding agencies by any of their names, with or without diacritics, and listing them page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from workflow import permissions
from workflow.agencies.models import Change, FormerName
from workflow.folding import folded
from workflow.models import Agency
from workflow.permissions import STEP

PAGE = 50
MOST_WORDS = 8


def under(paths: Iterable[str]) -> QuerySet[Agency]:
    """Return the agencies of some subtrees, superiors before those below them."""
    found: QuerySet[Agency] = Agency.objects.filter(permissions.under(paths)).order_by("path")
    return found


def named(agencies: QuerySet[Agency], text: str) -> QuerySet[Agency]:
    """Return those that bear all these words in their name, or bore them in one they had before."""
    words = folded(text[:200]).split()[:MOST_WORDS]
    if not words:
        return agencies
    now, once = Q(), Q()
    for word in words:
        now &= Q(search__contains=word)
        once &= Q(search__contains=word)
    return agencies.filter(now | Exists(FormerName.objects.filter(once, agency=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class Row:
    """An agency in a list.

    superior: its superior's name; indent: how deep it stands under the top of the page
    once: names it bore before; now: what has taken its place
    """

    agency: Agency
    superior: str
    indent: int
    once: list[str]
    now: list[Agency]


def rows(page: Iterable[Agency], top: int) -> list[Row]:
    """Return the rows of a page in three statements whatever its length; top: depth that is not indented."""
    found = list(page)
    above = Agency.objects.filter(path__in={one.path[:-STEP] for one in found}).values_list("path", "name")
    superiors = dict(above)
    once: dict[int, list[str]] = {}
    for former in FormerName.objects.filter(agency__in=found).order_by("-until", "-pk"):
        once.setdefault(former.agency_id, []).append(former.name)
    now = successors(one for one in found if one.ends_on)
    return [
        Row(
            one,
            superiors.get(one.path[:-STEP], ""),
            min(max(one.depth - top, 0), 5),
            once.get(one.pk, []),
            now.get(one.pk, []),
        )
        for one in found
    ]


def successors(agencies: Iterable[Agency]) -> dict[int, list[Agency]]:
    """Return who has taken the place of agencies that ended, the first successor first; two statements."""
    ended = [one.pk for one in agencies]
    if not ended:
        return {}
    changes = Change.objects.filter(agency__in=ended, ends=True, succession__begun_at__isnull=False)
    found: dict[int, list[Agency]] = {}
    for one in changes.select_related("successor").prefetch_related("heirs__agency").order_by("pk"):
        heirs = [one.successor, *(heir.agency for heir in one.heirs.all())]
        found[one.agency_id] = list(dict.fromkeys(heir for heir in heirs if heir is not None))
    return found


def formerly(agencies: Iterable[Agency]) -> dict[int, list[str]]:
    """Return the names by which people may still know agencies: their own old ones, and of those they succeeded."""
    ids = [one.pk for one in agencies]
    found: dict[int, list[str]] = {}
    for pk, name in FormerName.objects.filter(agency__in=ids).order_by("-pk").values_list("agency", "name"):
        found.setdefault(pk, []).append(name)
    began = Change.objects.filter(ends=True, succession__begun_at__isnull=False).order_by("pk")
    for name, first, other in began.values_list("agency__name", "successor", "heirs__agency"):
        for pk in {first, other} & set(ids):
            found.setdefault(pk, []).append(name)
    return {pk: list(dict.fromkeys(names)) for pk, names in found.items()}


def standing(agencies: QuerySet[Agency], on: date) -> QuerySet[Agency]:
    """Return those that exist on a day."""
    return agencies.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
