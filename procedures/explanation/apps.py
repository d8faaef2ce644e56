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
        from procedures import citizen
        from procedures.explanation import flows, office_forms
        from procedures.explanation.forms.acts import FORMS
        from procedures.explanation.models import ExplanationRequest
        from procedures.explanation.views.following import facts_of
        from workflow import faces, office, registry

        registry.register(ExplanationRequest)
        for flow in (flows.IntakeFlow, flows.PreparationFlow):
            office.register(ExplanationRequest.procedure.name, flow)
        faces.register(ExplanationRequest.procedure.name, office_forms.face())
        complain = dict.fromkeys(("complain", "complain_open"), "complaint:new")
        page = citizen.Page("explanation/case.html", FORMS, facts_of, elsewhere=complain)
        citizen.register(ExplanationRequest.procedure.name, page)
