"""Telling people what happened, as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Reads the engine's outbox; nobody imports it."""

    name = "notifications"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to the pages, and add to the official's: a tab, and the legal notices of a case."""
        from notifications import listeners
        from notifications.views import administration, evidence, inbox
        from workflow import panels, signals

        signals.case_opened.connect(listeners.note_language, dispatch_uid="notifications.language")
        signals.paper_opened.connect(listeners.note_opened, dispatch_uid="notifications.opened")
        signals.case_erased.connect(listeners.forget, dispatch_uid="notifications.erased")
        panels.add(inbox.TAB)
        panels.add(administration.TAB)
        panels.add(evidence.PANEL)
