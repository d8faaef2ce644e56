"""What the notifications hear from the pages: the language a requester reads, and that they opened a document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from notifications import notices
from notifications.models import Channel, Message, Notice, Preference
from notifications.readers import LANGUAGE
from workflow.actors import Requester
from workflow.models import Case, Document


def note_language(sender: object, *, case_id: int, language: str, **_more: Any) -> None:
    """Remember in which language the requester reads, if they chose another than Vietnamese, or left it."""
    if language == LANGUAGE:
        Preference.objects.filter(case_id=case_id).delete()
    elif language in dict(settings.LANGUAGES):
        Preference.objects.update_or_create(case_id=case_id, defaults={"language": language})


def note_opened(sender: object, *, case: Case, document: Document, at: datetime, **_more: Any) -> None:
    """Take the opening of a document as the proof that it was delivered."""
    for notice in Notice.objects.filter(document_id=document.pk).exclude(state=Notice.State.DELIVERED):
        notices.prove(notice, Notice.Evidence.OPENED, f"document {document.pk}", at, by=Requester(case.pk))


def forget(sender: object, *, case: Case, **_more: Any) -> None:
    """Erase whom the requester was told at and what; that they were told, and the proof of it, stays."""
    Preference.objects.filter(case_id=case.pk).delete()
    told = Message.objects.filter(case_id=case.pk).exclude(channel=Channel.IN_APP)
    told.update(recipient=Concat(Value("erased:"), Cast("pk", CharField())), subject="", body="", failure="")
