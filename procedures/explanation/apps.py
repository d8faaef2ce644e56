"""The explanation procedure as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExplanationConfig(AppConfig):
    """Requests for explanation (yêu cầu giải trình)."""

    name = "procedures.explanation"
    label = "explanation"
    verbose_name = _("Explanation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the procedure known to the engine."""
        from procedures.explanation.models import ExplanationRequest
        from workflow import registry

        registry.register(ExplanationRequest)
