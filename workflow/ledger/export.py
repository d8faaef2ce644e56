"""An evidence bundle: entries of whole chains in their exact bytes, with what is still disclosed, in one ZIP file."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from workflow.models import Disclosure, LogEntry

CHUNK = 1000
README = (
    "Evidence bundle of Giải Trình.\n\n"
    "entries.jsonl holds one entry on each line, chain by chain in order of seq:\n"
    "  chain, seq   where the entry stands\n"
    "  hash         SHA-256 over the bytes below, in hexadecimal\n"
    "  canonical    the exact bytes of the entry, in base64: one version byte (01), then JSON\n"
    "  disclosures  values behind the commitments in it, each with its name and salt; erased ones are absent\n\n"
    "To check an entry: decode the bytes, hash them, compare. Its “prev” is the hash of the entry before in its\n"
    "chain, and empty in the first. A commitment is SHA-256 over 01, the salt and the value as written here.\n"
    "The bundle holds personal data. Hand it on only to those who may see it.\n"
)


def write(path: Path, chains: Iterable[str]) -> int:
    """Write the chains to a new ZIP file; return how many entries it holds.

    Raises FileExistsError if the file is there already.
    """
    n = 0
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", README)
        with bundle.open("entries.jsonl", "w", force_zip64=True) as file:
            for row in _rows(chains):
                file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                n += 1
    return n


def _rows(chains: Iterable[str]) -> Iterator[dict[str, Any]]:
    for chain in chains:
        entries = LogEntry.objects.filter(chain=chain).order_by("seq")
        stream = entries.iterator(CHUNK)
        while batch := list(islice(stream, CHUNK)):
            opened: dict[int, list[dict[str, str]]] = {}
            for one in Disclosure.objects.filter(entry__in=[entry.pk for entry in batch]).order_by("name"):
                told = {"name": one.name, "salt": one.salt, "value": one.value}
                opened.setdefault(one.entry_id, []).append(told)
            for entry in batch:
                yield {
                    "chain": entry.chain,
                    "seq": entry.seq,
                    "hash": entry.hash,
                    "canonical": base64.b64encode(bytes(entry.canonical)).decode(),
                    "disclosures": opened.get(entry.pk, []),
                }
