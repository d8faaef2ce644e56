"""A request as a plain django-fsm model, and as a viewflow process."""

from django.db import models
from django_fsm import FSMField, transition
from django_fsm_log.decorators import fsm_log_by
from viewflow.workflow.models import Process

from workflow.models import Agency, Appointment


class PlainRequest(models.Model):
    """One table, one state; django-fsm-log writes who moved it."""

    code = models.CharField(max_length=24, unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    state = FSMField(default="received", protected=True)
    requester = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    opened_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self):
        return self.code

    def may(self, user, role):
        """Return whether a person holds a role at this request's agency."""
        return Appointment.objects.filter(user=user, agency_id=self.agency_id, role=role).exists()

    @fsm_log_by
    @transition("state", source="received", target="accepted")
    def accept(self, by=None):
        """Accept."""

    @fsm_log_by
    @transition("state", source="accepted", target="accepted")
    def extend(self, by=None):
        """Extend."""

    @fsm_log_by
    @transition("state", source="accepted", target="suspended")
    def suspend(self, by=None):
        """Suspend."""

    @fsm_log_by
    @transition("state", source="suspended", target="accepted")
    def resume(self, by=None):
        """Continue."""

    @fsm_log_by
    @transition("state", source="accepted", target="explained_written")
    def sign(self, by=None):
        """Sign."""

    @fsm_log_by
    @transition("state", source="explained_written", target="sent")
    def send(self, by=None):
        """Send."""


class FlowRequest(Process):
    """The process of six human tasks."""

    code = models.CharField(max_length=24, unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    requester = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
