"""Cases that move together: locked in one statement by ascending id, then read afresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from workflow import registry, store
from workflow.models import Case


def together(case: Case, act: str, data: Mapping[str, Any] | None = None) -> list[int]:
    """Return the ids of the cases that an act locks: the case's own and those it reaches.

    data: what is given with the act, as far as it is known
    """
    rule = registry.get(case.procedure_name).rules.get(act)
    return [case.pk, *(rule.link.touches(case, data or {}) if rule and rule.link else ())]


def about(case: Case) -> list[Case]:
    """Return the cases that are about a case, in the order in which they were opened; one statement."""
    return about_and(case)[0]


def about_and(case: Case, **more: Any) -> tuple[list[Case], Case]:
    """Return the same, and by the same statement the case itself with what is asked of it, as annotations."""
    declared = [one for one in registry.procedures().values() if one.about]
    ids = Case.objects.filter(pk=case.pk).values("pk")
    ids = ids.union(*(one.model._default_manager.filter(**{one.about: case.pk}).values("pk") for one in declared))
    names = [str(one.model._meta.model_name) for one in declared]
    rows = list(Case.objects.filter(pk__in=ids).select_related(*names).annotate(**more).order_by("pk"))
    found = [child for row in rows for name in names if (child := getattr(row, name, None)) and row.pk != case.pk]
    return found, next(row for row in rows if row.pk == case.pk)


def locked(ids: Iterable[int | None], data: Mapping[str, Any]) -> dict[str, Any]:
    """Lock cases by their base rows; return an act's data with every case in it read anew under the lock.

    Call it inside a transaction.
    """
    lock(ids)
    fresh = Case.objects.in_bulk([value.pk for value in data.values() if isinstance(value, Case)])
    return {name: store.load(fresh[value.pk]) if isinstance(value, Case) else value for name, value in data.items()}


def lock(ids: Iterable[int | None]) -> None:
    """Lock the base rows of cases by ascending id in one statement: two acts on the same pair cannot deadlock.

    Whoever writes to several cases takes all of them by this, before anything else. The lock leaves the keys of the
    rows free (NO KEY): what only refers to a case, such as a breach or a document, waits for no act.
    """
    if connection.features.has_select_for_update:
        rows = Case.objects.filter(pk__in={pk for pk in ids if pk is not None}).order_by("pk")
        list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))
