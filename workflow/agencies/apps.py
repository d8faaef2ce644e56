"""The register of agencies as a Django app of its own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgenciesConfig(AppConfig):
    """Former names, successions, lists handed in."""

    name = "workflow.agencies"
    label = "agencies"
    verbose_name = _("Agencies")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the tab beside the others."""
        from workflow import panels
        from workflow.agencies import pages

        panels.add(pages.TAB)
