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
        """Make the procedure known to the engine, its office work to the inbox, its words to the forms."""
        from procedures.explanation import flows, office_forms
        from procedures.explanation.models import ExplanationRequest
        from workflow import faces, office, registry

        registry.register(ExplanationRequest)
        for flow in (flows.IntakeFlow, flows.PreparationFlow):
            office.register(ExplanationRequest.procedure.name, flow)
        faces.register(ExplanationRequest.procedure.name, office_forms.face())
