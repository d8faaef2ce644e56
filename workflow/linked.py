"""Cases that move together: locked in one statement by ascending id, then read afresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from workflow import store
from workflow.models import Case


def locked(ids: Iterable[int | None], data: Mapping[str, Any]) -> dict[str, Any]:
    """Lock cases by their base rows; return an act's data with every case in it read anew under the lock.

    Call it inside a transaction.
    """
    lock(ids)
    fresh = Case.objects.in_bulk([value.pk for value in data.values() if isinstance(value, Case)])
    return {name: store.load(fresh[value.pk]) if isinstance(value, Case) else value for name, value in data.items()}


def lock(ids: Iterable[int | None]) -> None:
    """Lock the base rows of cases by ascending id in one statement: two acts on the same pair cannot deadlock."""
    if connection.features.has_select_for_update:
        rows = Case.objects.select_for_update(of=("self",)).filter(pk__in={pk for pk in ids if pk is not None})
        list(rows.order_by("pk").values_list("pk"))
