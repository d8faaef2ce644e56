"""The complaint as a Django app: two procedures, first and second instance."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintConfig(AppConfig):
    """Complaints (khiếu nại), first and second time."""

    name = "procedures.complaint"
    label = "complaint"
    verbose_name = _("Complaint")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make both procedures known to the engine, their office work to the inbox, their pages to the citizen."""
        from procedures import citizen
        from procedures.complaint import flows, office_forms
        from procedures.complaint.forms import FORMS
        from procedures.complaint.models import FirstComplaint, SecondComplaint
        from procedures.complaint.views import facts_of
        from workflow import faces, office, registry

        own = {FirstComplaint: flows.BOTH, SecondComplaint: (*flows.BOTH, *flows.SECOND_ONLY)}
        about = {FirstComplaint: "explanation", SecondComplaint: FirstComplaint.procedure.name}
        again = {FirstComplaint: dict.fromkeys(("appeal", "appeal_silence"), "complaint:new"), SecondComplaint: {}}
        for model, followed in own.items():
            name = model.procedure.name
            registry.register(model)
            for one in followed:
                office.register(name, one)
            faces.register(name, office_forms.face(about[model]))
            citizen.register(name, citizen.Page("complaint/case.html", FORMS, facts_of, elsewhere=again[model]))
