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
        """Make both procedures known to the engine."""
        from procedures.complaint.models import FirstComplaint, SecondComplaint
        from workflow import registry

        for model in (FirstComplaint, SecondComplaint):
            registry.register(model)
