"""What the engine's pages tell to those who listen: sent with `send_robust`, so that no listener breaks a page."""

from __future__ import annotations

from django.dispatch import Signal

case_opened = Signal()
"""Sent when the requester has shown that a case is theirs: `case_id`, and `language`, the code of the one they read."""

paper_opened = Signal()
"""Sent when the requester has opened a document of their case: `case` (Case), `document` (Document), `at` (aware)."""

case_erased = Signal()
"""Sent within the transaction that erases what a case says of people: `case` (Case)."""
