"""A bundle made earlier, held against the live log: every entry must still be there, in its place in the tree."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from workflow.ledger.chain import Failure
from workflow.ledger.notes import Checkpoint, Note
from workflow.ledger.seal import size_sealed
from workflow.ledger.tiles import Tiles
from workflow.models import LogEntry

TOGETHER = 500


def compare(path: Path) -> list[Failure]:
    """Return what of a bundle the live log no longer is; verify the bundle itself first.

    path: a bundle that `verify` has found to hold
    """
    found: list[Failure] = []
    size = size_sealed()
    with zipfile.ZipFile(path) as bundle:
        for line in _lines(bundle, "checkpoints.jsonl"):
            checkpoint = Checkpoint.parse(Note.parse(line["note"]).text)
            try:
                same = checkpoint.size <= size and Tiles(size).root(checkpoint.size) == checkpoint.root
            except LookupError:
                same = False
            if not same:
                found.append(Failure("tree", checkpoint.size, _("the log no longer has the root that was signed")))
        entries = _lines(bundle, "entries.jsonl")
        while some := list(islice(entries, TOGETHER)):
            found += _compared(some)
    return found


def _compared(lines: list[dict[str, Any]]) -> Iterator[Failure]:
    leaves = [line["leaf"] for line in lines]
    rows = LogEntry.objects.filter(leaf__index__in=leaves).values_list("leaf__index", "chain", "seq", "hash")
    live = {leaf: (chain, seq, hashed) for leaf, chain, seq, hashed in rows}
    for line in lines:
        if line["leaf"] not in live:
            yield Failure(line["chain"], line["seq"], _("the entry is in the bundle, the log has it no more"))
        elif live[line["leaf"]] != (line["chain"], line["seq"], line["hash"]):
            yield Failure(line["chain"], line["seq"], _("the log has another entry in its place"))


def _lines(bundle: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    with bundle.open(name) as file:
        for line in file:
            yield json.loads(line)
