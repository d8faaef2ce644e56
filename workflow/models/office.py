"""The office's work on a case, as viewflow keeps it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import Process

from workflow.models.cases import Case


class OfficeWork(Process):
    """One run of an office flow for one case; derived from the case's state, never the other way round."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("office work")
        indexes: ClassVar = [models.Index(fields=["case"], name="office_work_of_case")]
