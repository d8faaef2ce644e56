"""`manage.py makemessages`: Django's, with what stands in no call of `gettext`.

That is the docstrings of acts and conditions, which `procedures` prints too, and the sentences and weekdays of Django
on our pages that our catalogue words better than Django's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

from workflow import describe, registry

DJANGO = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Mon",
    "Tue",
    "Wed",
    "Thu",
    "Fri",
    "Sat",
    "Sun",
    "This field is required.",
    "Enter a valid email address.",
    "Enter a valid date.",
    "Enter a whole number.",
    "Null characters are not allowed.",
    "username",
    "Please enter a correct %(username)s and password. Note that both fields may be case-sensitive.",
)


def uncalled() -> set[str]:
    """Return the sentences a translator needs that no call of `gettext` holds."""
    return {*DJANGO, *(text for procedure in registry.procedures().values() for text in describe.said(procedure))}


class Command(makemessages.Command):
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def handle(self, *args: Any, **options: Any) -> None:
        """Collect the messages; what no call holds stands in a file of its own meanwhile."""
        file = Path(settings.BASE_DIR) / "workflow" / "said_elsewhere.py"
        file.write_text("".join(f"_({text!r})\n" for text in sorted(uncalled())), encoding="utf-8")
        options["add_location"] = options["add_location"] or "file"  # line numbers would change with every commit
        options["no_obsolete"] = True
        try:
            super().handle(*args, **options)
        finally:
            file.unlink()
