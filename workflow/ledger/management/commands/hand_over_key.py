"""`manage.py hand_over_key FILE`: the key that signs the log now names the next one, and both sign it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from workflow.ledger import keys


class Command(BaseCommand):
    help = "Hand the log over from the key that signs now to another; this is logged and cannot be taken back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", metavar="FILE", type=Path, help="the new key in PEM; drawn if there is no such file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            if not path.exists():
                keys.draw(path)
            new = keys.read(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except ImproperlyConfigured as wrong:
            raise CommandError(
                _("%(file)s holds no Ed25519 key; name a file that does not exist, and one is drawn.") % {"file": path}
            ) from wrong
        if new.verifier == keys.public():
            raise CommandError(_("%(file)s holds the key that signs now; name another.") % {"file": path})
        done = keys.hand_over(new)
        self.stdout.write(
            _(
                "Handed over at %(size)s entries. Set LEDGER_KEY_FILE=%(file)s and start everything again now: "
                "what the old key signs from here on is not trusted. Publish the new key:"
            )
            % {"size": done.size, "file": path}
        )
        self.stdout.write(str(new.verifier))
