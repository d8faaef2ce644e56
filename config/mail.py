"""E-mail in development: on the console, and kept as files."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends import console, filebased


class ConsoleAndFileBackend(filebased.EmailBackend):
    """Write each message to EMAIL_FILE_PATH and print it, so that it is seen and can be read again."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Return how many messages were written."""
        console.EmailBackend(fail_silently=self.fail_silently).send_messages(email_messages)
        return super().send_messages(email_messages) or 0
