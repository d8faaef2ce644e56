"""What ties the log to somebody outside: witnesses' cosignatures and time stamps; and since when there was none."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3
from cryptography import x509
from django.conf import settings
from django.db.models import Max, Min
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response

from workflow.errors import WorkflowError
from workflow.ledger.models import Anchor, Checkpoint, Handover
from workflow.ledger.notes import Note, NoteError, Signature, Verifier
from workflow.ledger.seal import latest
from workflow.ledger.tiles import Tiles

LATEST = timedelta(hours=24)
"""How old the last word from outside may be."""
STAMPED_EVERY = timedelta(hours=6)
LONGEST = 1 << 16
"""Most bytes of an authority's answer."""


class NotAnchored(WorkflowError):
    """What came from outside does not hold, or nothing came."""

    message = "%(why)s"


def request(old: int) -> dict[str, Any] | None:
    """Return what a witness asks for: the latest checkpoint, and the proof that it extends the one of size `old`.

    None before the first checkpoint. The proof is empty where `old` is no earlier size: the witness sees for itself.
    """
    checkpoint = latest()
    if checkpoint is None:
        return None
    proof = Tiles(checkpoint.size).consistency_proof(old, checkpoint.size) if 0 < old <= checkpoint.size else []
    return {
        "old": old,
        "proof": [one.hex() for one in proof],
        "note": checkpoint.note,
        "handovers": list(Handover.objects.order_by("pk").values_list("note", flat=True)),
    }


def accept(line: str) -> Anchor:
    """Keep a cosignature of a known witness on one of the latest checkpoints.

    Raises NotAnchored if the line has no form, no known witness has made it, or it is of no recent checkpoint.
    """
    known = [Verifier.parse(one) for one in settings.LEDGER_WITNESSES]
    for checkpoint in Checkpoint.objects.order_by("-size")[:1000]:
        note = Note.parse(checkpoint.note)
        try:
            signature = Note.parse(f"{note.text}\n{line.strip()}\n").signatures[0]
        except NoteError as error:
            raise NotAnchored(why=str(error)) from error
        witness = next((one for one in known if (one.name, one.key_id) == (signature.name, signature.key_id)), None)
        if witness is None:
            raise NotAnchored(why="The line is by no witness that this log knows.")
        if witness.holds(note.text, signature.value):
            return _kept(checkpoint, signature)
    raise NotAnchored(why="The line is a cosignature of none of the latest checkpoints.")


def _kept(checkpoint: Checkpoint, signature: Signature) -> Anchor:
    known = checkpoint.anchors.filter(body=str(signature)).first()
    at = datetime.fromtimestamp(signature.time, UTC)
    return known or Anchor.objects.create(
        checkpoint=checkpoint, kind=Anchor.Kind.WITNESS, name=signature.name, at=at, body=str(signature)
    )


def stamp(at: datetime) -> Anchor | None:
    """Have the latest checkpoint stamped by the time-stamp authority (RFC 3161), if its turn has come.

    Raises NotAnchored if the authority does not answer, or not what its roots vouch for.
    """
    checkpoint = latest()
    last = Anchor.objects.filter(kind=Anchor.Kind.STAMP).aggregate(last=Max("at"))["last"]
    if not settings.LEDGER_TSA_URL or checkpoint is None or (last and at - last < STAMPED_EVERY):
        return None
    text = Note.parse(checkpoint.note).text.encode()
    asked = TimestampRequestBuilder().data(text).build()
    try:
        answer = urllib3.PoolManager().request(
            "POST", settings.LEDGER_TSA_URL, body=asked.as_bytes(), timeout=30, retries=False, redirect=False,
            headers={"Content-Type": "application/timestamp-query"},
        )  # fmt: skip
    except urllib3.exceptions.HTTPError as error:
        raise NotAnchored(why=f"The time-stamp authority does not answer: {error}") from error
    if answer.status != 200 or len(answer.data) > LONGEST:
        raise NotAnchored(why=f"The time-stamp authority answers {answer.status}, {len(answer.data)} bytes.")
    try:
        response = decode_timestamp_response(answer.data)
        _verifier(asked.nonce).verify_message(response, text)
    except (VerificationError, ValueError) as error:
        raise NotAnchored(why=f"The time stamp does not hold: {error}") from error
    return Anchor.objects.create(
        checkpoint=checkpoint,
        kind=Anchor.Kind.STAMP,
        name=settings.LEDGER_TSA_URL[:200],
        at=response.tst_info.gen_time,
        body=base64.b64encode(answer.data).decode(),
    )


def holds(anchor: Anchor) -> bool:
    """Return whether a kept anchor is still what its witness or authority said of the checkpoint."""
    text = Note.parse(anchor.checkpoint.note).text
    if anchor.kind == Anchor.Kind.STAMP:
        try:
            response = decode_timestamp_response(base64.b64decode(anchor.body))
            return bool(_verifier(None).verify_message(response, text.encode()))
        except (VerificationError, ValueError, OSError):
            return False
    try:
        note = Note.parse(f"{text}\n{anchor.body}\n")
    except NoteError:
        return False
    return any(note.signed_by(Verifier.parse(one)) for one in settings.LEDGER_WITNESSES)


def _verifier(nonce: int | None) -> Any:
    roots = x509.load_pem_x509_certificates(Path(settings.LEDGER_TSA_ROOTS).read_bytes())
    return VerifierBuilder(roots=roots, nonce=nonce).build()


def are_due() -> bool:
    """Return whether somebody outside is to see the log: in production, and wherever a witness or stamp is set up."""
    return bool(settings.PRODUCTION or settings.LEDGER_WITNESSES or settings.LEDGER_TSA_URL)


def lag(at: datetime) -> float:
    """Return the seconds since somebody outside last saw the log; 0 for the first 24 hours, and where nobody is to."""
    if not are_due():
        return 0.0
    last = Anchor.objects.aggregate(last=Max("at"))["last"] or Checkpoint.objects.aggregate(at=Min("at"))["at"]
    if last is None or at - last <= LATEST:
        return 0.0
    return float((at - last).total_seconds())
