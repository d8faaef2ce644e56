"""Papers of a case: how one is put on file, with a digest that the log can cite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction

from workflow.ledger import canonical
from workflow.models import Case, Document, User

_stored: ContextVar[list[Document] | None] = ContextVar("stored", default=None)


@contextmanager
def files_go_if_undone() -> Iterator[None]:
    """Remove the files of documents that were issued inside, if it ends in an error: open it around the transaction."""
    stored: list[Document] = []
    token = _stored.set(stored)
    try:
        yield
    except BaseException:
        for document in stored:
            document.file.storage.delete(str(document.file.name))
        raise
    finally:
        _stored.reset(token)


def issue(
    *,
    case: Case | None,
    kind: str,
    dated_on: date,
    number: str = "",
    summary: str = "",
    body: str = "",
    file: File[bytes] | None = None,
    added_by: User | None = None,
) -> Document:
    """Put a document on file; call it inside the unit of the act it belongs to, so that a refusal undoes both.

    dated_on: local date the document bears
    file: a scan; it is stored under its own digest, so that the same scan is kept once
    """
    content = file.read() if file else b""
    file_digest = hashlib.sha256(content).hexdigest() if file else ""
    document = Document(
        case=case,
        kind=kind,
        number=number,
        dated_on=dated_on,
        summary=summary,
        body=body,
        file_name=file.name.rsplit("/", 1)[-1][:200] if file and file.name else "",
        added_by=added_by,
        digest=digest(kind, number, dated_on, summary, body, file_digest),
    )
    if file:
        file.seek(0)
        document.file.save(f"{file_digest[:2]}/{file_digest}", file, save=False)
        if (stored := _stored.get()) is not None:
            stored.append(document)
    document.save(force_insert=True)
    return document


def empty(document: Document, at: datetime) -> Document:
    """Erase what a document says; kind, number, date and digest stay. Its file goes when no other document has it.

    Call it inside a transaction; the file goes once that has held.
    """
    name, storage = str(document.file.name or ""), document.file.storage
    document.summary, document.body, document.file_name, document.erased_at = "", "", "", at
    document.file = None
    document.save(update_fields=["summary", "body", "file", "file_name", "erased_at"])

    def drop() -> None:
        if not Document.objects.filter(file=name).exists():
            storage.delete(name)

    if name:
        transaction.on_commit(drop)
    return document


def is_intact(document: Document) -> bool:
    """Return whether a document and its file are still what its digest says; what was erased says nothing more."""
    if document.erased_at:
        return not (document.summary or document.body or document.file)
    file_digest = ""
    if document.file:
        try:
            with document.file.open("rb") as file:
                file_digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return False
    now = (document.kind, document.number, document.dated_on, document.summary, document.body, file_digest)
    return digest(*now) == document.digest


def digest(kind: str, number: str, dated_on: date, summary: str, body: str, file_digest: str) -> str:
    """Return SHA-256 over a document's fields and its file's digest."""
    fields: dict[str, Any] = {
        "kind": kind,
        "number": number,
        "date": dated_on.isoformat(),
        "summary": summary,
        "body": body,
        "file": file_digest,
    }
    return canonical.digest(canonical.form(fields))
