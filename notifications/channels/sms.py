"""Text messages by an HTTP gateway: one JSON POST with an Idempotency-Key, the same at every try.

The gateway sends one text per key, so a message that we try again after a crash or a lost answer reaches the phone
once. Every try has its own connection: what an odd gateway says twice cannot be taken for the answer to the next.
"""

from __future__ import annotations

import re

import urllib3
from django.conf import settings

from notifications.channels import PutOff, Refused
from notifications.models import Message

REFUSING = (400, 404, 410, 413, 422)
"""Answers that speak of this message, not of us or of the moment."""
LONGEST_ANSWER = 64 * 1024  # bytes
COUNTRY = "+84"


def send(message: Message) -> None:
    """Post one message to the gateway.

    Raises Refused, PutOff, or an OSError or urllib3's HTTPError where the gateway cannot be reached or is too slow.
    """
    headers = {"Idempotency-Key": str(message.key), "Connection": "close"}
    if settings.SMS_GATEWAY_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SMS_GATEWAY_TOKEN}"
    body = {"to": message.recipient, "text": message.body.strip(), "reference": str(message.key)}
    wait = urllib3.Timeout(connect=settings.SMS_TIMEOUT, read=settings.SMS_TIMEOUT)
    with urllib3.PoolManager(num_pools=1) as line:
        answer = line.request(
            "POST",
            settings.SMS_GATEWAY_URL,
            json=body,
            headers=headers,
            timeout=wait,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        status = answer.status
        answer.close()
    if status in REFUSING:
        raise Refused(f"HTTP {status}")
    if not 200 <= status < 300:
        raise PutOff(f"HTTP {status}")


def number(typed: str) -> str:
    """Return a phone number in the international form, or an empty string where it is none.

    A number without a country is one of Viet Nam.
    """
    digits = re.sub(r"[\s().-]", "", typed)
    if re.fullmatch(r"0[1-9]\d{8,9}", digits):
        return COUNTRY + digits[1:]
    return digits if re.fullmatch(r"\+[1-9]\d{7,14}", digits) else ""
