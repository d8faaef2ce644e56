"""A case, the clocks that run on it, and its documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin

from workflow import clock
from workflow.models.people import Agency, User

if TYPE_CHECKING:
    from workflow.calendar import Calendar
    from workflow.deadlines import Clock
    from workflow.law import LawVersion, Text
    from workflow.registry import Procedure


class Case(FSMModelMixin, models.Model):
    """One matter, from request to its end (vụ việc); each procedure adds a child table.

    State, seq and head change by `engine.fire()` alone; a database trigger refuses a new state without a new seq.
    """

    procedure: ClassVar[Procedure]

    procedure_name = models.CharField(max_length=32, db_column="procedure")
    code = models.CharField(_("code"), max_length=24)
    law_version = models.CharField(_("law version"), max_length=64)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="cases", verbose_name=_("agency"), db_index=False)
    handler = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("handler"), db_index=False
    )
    state = FSMField(_("state"), default="draft", protected=True, max_length=32)
    seq = models.IntegerField(default=0)
    head = models.CharField(max_length=64, default="")
    opened_at = models.DateTimeField(null=True)
    acted_at = models.DateTimeField(null=True)
    secret_hash = models.CharField(max_length=64, default="")

    class Meta:
        verbose_name = _("case")
        constraints: ClassVar = [models.UniqueConstraint(fields=["code"], name="case_has_its_own_code")]
        # every act moves the row and pays for each index, and for each check, which PostgreSQL reads anew with every
        # statement: no other index on these columns, and whole numbers without the check that they are positive
        indexes: ClassVar = [
            # the inbox of an office, newest first; keyset pages
            models.Index(fields=["agency", "state", "-id"], name="case_of_agency"),
            # what a person handles
            models.Index(fields=["handler"], condition=models.Q(handler__isnull=False), name="case_of_handler"),
        ]

    applied_law: LawVersion | None = None
    """The law of the act under way, while the engine judges it (A12)."""

    def __str__(self) -> str:
        """Return the tracking code."""
        return self.code

    @property
    def chain(self) -> str:
        """Return the name of this case's chain in the log."""
        return f"case:{self.code}"

    @property
    def state_label(self) -> str:
        """Return the state as the reader calls it."""
        from workflow import registry

        return str(registry.get(self.procedure_name).states.get(self.state, self.state))

    @property
    def contact_email(self) -> str:
        """Return where the requester can be told by mail, or an empty string."""
        return ""

    @property
    def contact_phone(self) -> str:
        """Return where the requester can be told by a text message, or an empty string."""
        return ""

    @property
    def law(self) -> LawVersion:
        """Return the law version that applies to the act under way, or to one done now (assumption A12)."""
        from workflow import registry

        declared = registry.get(self.procedure_name)
        if declared.law_of_a_case == "STEP" and self.applied_law is None:
            return declared.version_on(clock.legal_day(clock.now()))
        return self.applied_law or declared.version(self.law_version)

    @cached_property
    def clocks(self) -> list[Clock]:
        """Return the clocks of this case as they were read with it."""
        from workflow import store

        return store.clocks_of(self)

    @cached_property
    def paper_kinds(self) -> frozenset[str]:
        """Return the kinds of the documents on file, as they were read with the case."""
        return frozenset(self.documents.values_list("kind", flat=True))

    def clock(self, rule: str) -> Clock | None:
        """Return the latest clock of a period, or None."""
        return next((one for one in reversed(self.clocks) if one.rule == rule), None)

    def is_late(self, on: date) -> bool:
        """Return whether a running period of the office has passed by this legal day; computed, never stored."""
        office = self.procedure.office_periods
        return any(
            one.state == "running" and one.due_on is not None and one.due_on < on and one.rule in office
            for one in self.clocks
        )

    def remember(self, transition: str, source: str, at: datetime) -> None:
        """Note what later acts ask about, after the state has changed in memory; a procedure says what."""

    def clock_data(self, transition: str, at: datetime, calendar: Calendar) -> dict[str, Any]:
        """Return what a procedure knows of the clocks an act moves.

        `anchors` by period, `periods` whose row of the law is not their own key, `spared` that do not start here,
        `stopped_seq` to revive.
        """
        return {}

    def row_of(self, period: str) -> str:
        """Return the key of the row of the law that a period takes on this case; its own, where the law has but one."""
        return period

    def is_own_act(self, user_id: int | None) -> bool:
        """Return whether this person answers here for an act of their own: shown, not blocked (assumption A19)."""
        return False

    def is_interested(self, user_id: int | None) -> bool:
        """Return whether this person has an interest in the matter, so that some acts are not theirs (A19)."""
        return self.is_own_act(user_id)


class Deadline(models.Model):
    """A period running on a case (thời hạn): an identity with a changing head; its history is in the log.

    pauses: [[suspended on, resumed on or null], …] as ISO dates
    nominal_on: before the move to a working day; due_on: the last day, null while paused
    ladder: [[rung, how often it has rung, the moment it last rang for, the moment it rings next], …] in the order of
        the ladder, moments in UTC or null; re-projected whenever the date moves
    next_at, last_at: the first and the last of the moments at which it rings next; null if it is silent
    failures, next_try_at, failed_why: a ladder that could not ring is set aside until then, and shown
    """

    class State(models.TextChoices):
        """Whether the clock runs."""

        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        STOPPED = "stopped", _("stopped")

    # no constraint in the database: the engine writes the row out of its case's own, and no case is ever deleted
    case = models.ForeignKey(Case, models.PROTECT, related_name="deadlines", db_index=False, db_constraint=False)
    rule = models.CharField(max_length=32)
    started_seq = models.IntegerField()
    stopped_seq = models.IntegerField(null=True)
    state = models.CharField(max_length=8, choices=State)
    law_version = models.CharField(max_length=64)
    calendar_version = models.IntegerField()
    n = models.SmallIntegerField()
    unit = models.CharField(max_length=16)
    anchor_on = models.DateField()
    extension = models.SmallIntegerField(default=0)
    extensions = models.SmallIntegerField(default=0)
    pauses = models.JSONField(default=list)
    nominal_on = models.DateField()
    due_on = models.DateField(null=True)
    stopped_on = models.DateField(null=True)
    ladder = models.JSONField(default=list)
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    failures = models.SmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True)
    failed_why = models.CharField(max_length=300, default="", db_default="")

    class Meta:
        verbose_name = _("deadline")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "rule", "started_seq"], name="deadline_starts_once"),
        ]
        indexes: ClassVar = [
            # "what is due first, what is late?" of an inbox
            models.Index(fields=["due_on", "case"], condition=models.Q(state="running"), name="deadline_running"),
            # the sweep
            models.Index(fields=["next_at", "id"], condition=models.Q(next_at__isnull=False), name="deadline_rings"),
        ]

    def __str__(self) -> str:
        """Return the period and its last day."""
        return f"{self.rule} {self.due_on or '–'}"


class Alarm(models.Model):
    """One rung of a deadline's ladder that has rung, for its n-th time; written when it rings, once.

    fire_at: when it should have rung; fired_at: when it did
    """

    deadline = models.ForeignKey(Deadline, models.PROTECT, related_name="alarms", db_index=False, db_constraint=False)
    rung = models.CharField(max_length=32)
    occurrence = models.PositiveIntegerField()
    fire_at = models.DateTimeField()
    fired_at = models.DateTimeField()

    class Meta:
        verbose_name = _("alarm")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deadline", "rung", "occurrence"], name="alarm_rings_once"),
        ]

    def __str__(self) -> str:
        """Return the rung and its moment."""
        return f"{self.rung}#{self.occurrence} {self.fire_at:%Y-%m-%d %H:%M}"


class Document(models.Model):
    """A paper of a case (văn bản): number, date, summary, text, perhaps a scan. Never edited once it is in the log.

    digest: SHA-256 over the fields and the file, in hexadecimal; the log cites it
    erased_at: since when only kind, number, date and digest are left of it
    """

    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="documents")
    kind = models.CharField(_("kind"), max_length=16)
    number = models.CharField(_("number and symbol"), max_length=64, blank=True)
    dated_on = models.DateField(_("date"))
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    file = models.FileField(_("file"), upload_to="documents/", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("document")
        indexes: ClassVar = [models.Index(fields=["case", "kind"], name="document_of_case")]

    def __str__(self) -> str:
        """Return number and date, as a letter cites it."""
        return f"{self.number or self.kind_name} ({self.dated_on:%d/%m/%Y})"

    @property
    def kind_name(self) -> Text:
        """Return what this kind of paper is called, or its code where nobody has named it."""
        from workflow.faces import kind_names

        return kind_names(self.case.procedure_name).get(self.kind, self.kind) if self.case else self.kind
