"""Documents on file that no entry names: put there by nobody who acted.

Every document comes into being in the transaction of an entry: the act that cites it, the proposal of a correction
that rests on it, or the filing whose signature names the digests of what is attached.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from workflow.corrections import PROPOSED
from workflow.ledger import canonical
from workflow.models import Document, LogEntry

_HAS = {"postgresql": "position(%s::bytea IN canonical) > 0", "sqlite": "instr(canonical, %s) > 0"}


def unnamed(documents: list[Document]) -> Iterator[Document]:
    """Yield those of some documents that no entry names; what was erased says nothing, and is left out."""
    cited = _cited(_citing(LogEntry.objects.filter(case_id__in={one.case_id for one in documents})))
    left = [one for one in documents if not one.erased_at and one.pk not in cited.get(one.case_id, ())]
    if not left:
        return
    bodies = _bodies({one.case_id for one in left if one.case_id}, cited)
    proposed = _proposed()
    for one in left:
        named = one.pk in proposed or any(one.digest in body for body in bodies.get(one.case_id, ()))
        if not named and not (one.case_id is None and _is_cited_somewhere(one)):
            yield one


def _citing(entries: Any) -> Iterable[tuple[int | None, memoryview | bytes]]:
    """Return case and bytes of the entries that cite a document."""
    found: Iterable[tuple[int | None, memoryview | bytes]] = entries.extra(
        where=[_HAS[connection.vendor]], params=[b'"document":']
    ).values_list("case_id", "canonical")
    return found


def _cited(entries: Iterable[tuple[int | None, memoryview | bytes]]) -> dict[int | None, set[int]]:
    """Return the documents that are cited, by case; what cannot be read cites nothing, and is named elsewhere."""
    found: dict[int | None, set[int]] = {}
    for case_id, data in entries:
        try:
            shown = json.loads(bytes(data)[1:])["data"]
        except (ValueError, KeyError, TypeError):
            continue
        found.setdefault(case_id, set()).update(pk for pk, _digest in canonical.documents(shown))
    return found


def _bodies(cases: set[int], cited: dict[int | None, set[int]]) -> dict[int | None, list[str]]:
    """Return what the cited documents of some cases say: a signature names the digests of what is attached."""
    found: dict[int | None, list[str]] = {}
    told = Document.objects.filter(case_id__in=cases).exclude(body="")
    for pk, case_id, body in told.values_list("pk", "case_id", "body"):
        if pk in cited.get(case_id, ()):
            found.setdefault(case_id, []).append(body)
    return found


def _proposed() -> set[int]:
    """Return the documents that proposals of a correction rest on; these stand in the chains of the agencies."""
    entries = LogEntry.objects.filter(case_id__isnull=True, transition=PROPOSED)
    return set().union(*_cited(entries.values_list("case_id", "canonical")).values())


def _is_cited_somewhere(document: Document) -> bool:
    """Return whether any entry cites a document that belongs to no case."""
    entries = LogEntry.objects.extra(
        where=[_HAS[connection.vendor]], params=[f'"digest":"{document.digest}","document":{document.pk}'.encode()]
    )
    return bool(entries.exists())
