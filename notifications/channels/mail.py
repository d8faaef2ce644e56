"""E-mail by SMTP.

SMTP knows no idempotency key. A message is sent again where we cannot know that the relay took it: our process died,
or the line broke, after the text went out and before its answer was written down. Its Message-ID is then the same, so
that a mail program can show it once.
"""

from __future__ import annotations

import smtplib
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from notifications.channels import PutOff, Refused
from notifications.models import Message

PERMANENT = 500
"""SMTP replies from here on say that trying again is of no use (RFC 5321, 4.2.1)."""


def send(message: Message) -> None:
    """Hand one message to the relay.

    Raises Refused, PutOff, or an OSError where the relay cannot be reached.
    """
    line = get_connection()
    mail = EmailMessage(message.subject, message.body, to=[message.recipient], headers=headers(message))
    try:
        line.open()
        if not line.send_messages([mail]):
            raise PutOff("the relay took nothing")
    except smtplib.SMTPRecipientsRefused as error:
        raise _judged(code for code, _reply in error.recipients.values()) from error
    except smtplib.SMTPDataError as error:
        raise _judged([error.smtp_code]) from error
    finally:
        with suppress(OSError):  # it has accepted the message; a line that breaks now changes nothing
            line.close()


def headers(message: Message) -> dict[str, str]:
    """Return what a message bears beside its text: a name of its own, and that no answering machine should reply."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return {
        "Message-ID": f"<{message.key}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }


def _judged(codes: Any) -> Exception:
    found = list(codes)
    kind = Refused if found and all(code >= PERMANENT for code in found) else PutOff
    return kind(f"SMTP {', '.join(map(str, found))}")
