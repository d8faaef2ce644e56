"""`manage.py makemessages`: Django's, with the docstrings of acts and conditions, which `procedures` prints too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

from workflow import describe, registry


class Command(makemessages.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Collect the messages; the docstrings stand in a file of their own meanwhile."""
        file = Path(settings.BASE_DIR) / "workflow" / "said_by_docstrings.py"
        said = {text for procedure in registry.procedures().values() for text in describe.said(procedure)}
        file.write_text("".join(f"_({text!r})\n" for text in sorted(said)), encoding="utf-8")
        try:
            super().handle(*args, **options)
        finally:
            file.unlink()
