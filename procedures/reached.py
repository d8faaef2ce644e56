"""Where whoever started a case can be told of it."""

from __future__ import annotations

from typing import Any


class Reached:
    """A case with a person block (`requester`) that may hold a mail address and a phone number."""

    requester: Any

    @property
    def contact_email(self) -> str:
        """Return the person's mail address, if they gave one."""
        return str(self.requester.get("email", "")).strip()

    @property
    def contact_phone(self) -> str:
        """Return the person's phone number, if they gave one."""
        return str(self.requester.get("phone", "")).strip()
