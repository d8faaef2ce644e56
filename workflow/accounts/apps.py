"""Accounts as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Invitations, second factors, single sign-on, sessions, lockout, deactivation."""

    name = "workflow.accounts"
    label = "accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what allauth does, and show administrators their tab."""
        from workflow import panels
        from workflow.accounts import listeners  # noqa: F401  (receivers connect themselves)
        from workflow.accounts.administration import TAB

        panels.add(TAB)
