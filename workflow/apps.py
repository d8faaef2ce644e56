"""The engine as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    """Cases, deadlines, people and the log."""

    name = "workflow"
    verbose_name = _("Casework")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Install the database guards after each migrate and register the start-up checks."""
        from workflow import checks, guards, panels  # noqa: F401  (checks register themselves)
        from workflow.appointments import own
        from workflow.appointments import views as people
        from workflow.views import breaches, calendar_admin, powers

        post_migrate.connect(guards.install_after_migrate, dispatch_uid="workflow.guards")
        panels.add(calendar_admin.TAB)
        panels.add(breaches.TAB)
        panels.add(powers.TAB)
        panels.add(people.TAB)
        panels.add(own.TAB)
