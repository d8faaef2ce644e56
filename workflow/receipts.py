"""Receipts (biên nhận): what anybody may hold of one entry of the log, and what the log says when it is shown again.

Whoever holds a receipt can show that an entry was there with this hash, and, once it is sealed, that it stood in a tree
that the log has signed. So a receipt is checked against the log, and the log against the receipt.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflow.ledger import canonical, keys, merkle, notes, trust
from workflow.ledger.models import Anchor, Handover
from workflow.ledger.receipts import Receipt, holds, latest, receipt
from workflow.ledger.tiles import Tiles
from workflow.models import Case, LogEntry

SHORT = 16
"""Characters of the hash in a code: 64 bits, beyond guessing."""
LONGEST = 64 * 1024
CASE = "case:"
CODE = re.compile(
    rf"^([A-Z]{{1,8}}(?:-[A-Z0-9]{{4}}){{2}})[.\s]+([0-9]{{1,9}})[.\s]+([0-9a-f]{{{SHORT}}})$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the log says of a receipt.

    outcome: "unreadable", "unknown", "foreign" (not signed by this log), "rewritten" (signed by this log, and the log
        no longer says so), "promised" (there, not sealed yet), "proven"
    why: what is wrong, for the outcomes that are not good
    now: the receipt of the entry as it stands now
    """

    outcome: str
    why: str = ""
    now: Receipt | None = None

    @property
    def entry(self) -> LogEntry | None:
        """Return the entry it is about, if the log has it."""
        return self.now.entry if self.now else None

    @property
    def anchors(self) -> list[Anchor]:
        """Return who outside has seen the log since the entry stands in it, the latest first."""
        if self.now is None or self.now.index is None:
            return []
        seen = Anchor.objects.filter(checkpoint__size__gt=self.now.index).select_related("checkpoint")
        return list(seen.order_by("-at")[:5])


def code_of(entry: LogEntry) -> str:
    """Return the code that stands on a receipt of a case's entry: the case, the number, the beginning of the hash."""
    return f"{entry.chain.removeprefix(CASE)}.{entry.seq}.{entry.hash[:SHORT]}"


def code_after(case: Case) -> str:
    """Return the code of the entry that a case gets next: for a document that this entry cites, so that made before it.

    Its mark cannot be told from other entries, so a receipt does not open the entry after its own.
    """
    return f"{case.code}.{case.seq + 1}.{_mark(case, case.seq + 1)}"


def _mark(case: Case, seq: int) -> str:
    return hmac.digest(case.secret_hash.encode(), f"{case.code}.{seq}".encode(), "sha256").hex()[:SHORT]


def _fits(entry: LogEntry, start: str) -> bool:
    """Return whether a code names this entry: by the beginning of its hash, or by the mark on its document."""
    if entry.hash[:SHORT] == start:
        return True
    case = Case.objects.only("code", "secret_hash").get(code=entry.chain.removeprefix(CASE))
    return bool(case.secret_hash) and hmac.compare_digest(_mark(case, entry.seq), start)


def check_code(text: str) -> Verdict:
    """Return what the log says of the code on a receipt or a document."""
    match = CODE.match(text.strip())
    if match is None:
        return Verdict("unreadable", "code")
    code, seq, start = match.groups()
    entry = LogEntry.objects.filter(chain=f"{CASE}{code.upper()}", seq=int(seq)).first()
    if entry is None or not _fits(entry, start.lower()):
        return Verdict("unknown")
    return _standing(entry)


def check_file(content: bytes) -> Verdict:
    """Return what the log says of a receipt in its JSON form (`docs/ledger.md`, Receipts)."""
    try:
        given = json.loads(content)
        chain, seq, hash_ = str(given["chain"]), int(given["seq"]), str(given["hash"])
        bytes.fromhex(hash_)
    except (ValueError, KeyError, TypeError, RecursionError):
        return Verdict("unreadable", "file")
    entry = LogEntry.objects.filter(chain=chain, seq=seq).first() if chain.startswith(CASE) else None
    there = entry is not None and entry.hash == hash_
    if "checkpoint" not in given:
        return _standing(entry) if entry and there else Verdict("unknown")
    try:
        checkpoint = _signed(str(given["checkpoint"]))
        is_in = _is_included(given, hash_, checkpoint)
    except (ValueError, KeyError, TypeError) as why:
        return Verdict("foreign", str(why))
    if not is_in:
        return Verdict("foreign", "proof")
    if not there or not _extends(checkpoint):
        return Verdict("rewritten", now=receipt(entry) if entry else None)
    assert entry is not None
    return _standing(entry)


def _standing(entry: LogEntry) -> Verdict:
    """Return how an entry stands that the receipt names: its bytes hashed anew, its proof followed to the root."""
    now = receipt(entry)
    if canonical.digest(bytes(entry.canonical)) != entry.hash or (now.is_proven and not holds(now)):
        return Verdict("rewritten", now=now)
    return Verdict("proven" if now.is_proven else "promised", now=now)


def _signed(note: str) -> notes.Checkpoint:
    """Return the checkpoint of a note that this log has signed, now or before it changed its key.

    Raises NoteError if it has not.
    """
    handovers = list(Handover.objects.order_by("pk").values_list("note", flat=True))
    now = keys.public()
    first = notes.Verifier.parse(notes.Note.parse(handovers[0]).text.split("\n")[3]) if handovers else now
    return trust.checkpoint_of(notes.Note.parse(note), trust.trusted(first, handovers), now.name)


def _is_included(given: Mapping[str, Any], hash_: str, checkpoint: notes.Checkpoint) -> bool:
    leaf, proof = merkle.leaf_hash(bytes.fromhex(hash_)), [bytes.fromhex(str(one)) for one in given["proof"]]
    return merkle.is_included(leaf, int(given["leaf"]), checkpoint.size, proof, checkpoint.root)


def _extends(checkpoint: notes.Checkpoint) -> bool:
    """Return whether the tree as it is now extends the one of a checkpoint."""
    newest = latest()
    if newest is None or newest.size < checkpoint.size:
        return False
    try:
        proof = Tiles(newest.size).consistency_proof(checkpoint.size, newest.size)
    except LookupError:
        return False
    root = bytes.fromhex(newest.root)
    return merkle.is_consistent(checkpoint.size, checkpoint.root, newest.size, root, proof)
