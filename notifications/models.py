"""Messages: who is told what because of which log entry, how far the telling has come, and what proves it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The ways on which a message reaches somebody; `notifications.channels` has a module for each."""

    MAIL = "mail", _("e-mail")
    SMS = "sms", _("text message")
    IN_APP = "inapp", _("on these pages")


class Message(models.Model):
    """One message to one person about one entry on one channel; written once, however often the fan-out runs.

    key: goes out with the message, the same at every try (SMS: Idempotency-Key; e-mail: Message-ID)
    due_at: since when it should have been sent; it stands still while tries are put off
    refused: the other side said that this message, under this key, never arrived and never will
    reader: the official whose page shows it, for messages on these pages
    path: page that it leads an official to
    delivered_at: when the provider reported that it arrived; null where no provider did
    """

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        DEAD = "dead", _("given up")

    entry_id = models.BigIntegerField()
    case_id = models.BigIntegerField(null=True)
    code = models.CharField(_("code"), max_length=24, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.MAIL)
    template = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=8, default="vi")
    recipient = models.CharField(max_length=254)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    path = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    refused = models.BooleanField(default=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry_id", "channel", "recipient"], name="nobody_is_told_twice_on_a_way"),
        ]
        indexes: ClassVar = [
            # what is to be sent now
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="message_waiting"),
            # what a person is to look at
            models.Index(fields=["-id"], condition=models.Q(state="dead"), name="message_dead"),
            # an official's own page, newest first
            models.Index(fields=["reader", "-id"], condition=models.Q(channel="inapp"), name="message_of_reader"),
        ]

    def __str__(self) -> str:
        """Return the subject."""
        return self.subject


class Notice(models.Model):
    """A document of the office that an act obliges it to deliver to the requester, and what proves that it did.

    act: name of the act
    evidence_ref: where the proof lies: a message, a letter's number, an entry of the log; never a person's name
    """

    class State(models.TextChoices):
        """How far it has come. Sending proves nothing: delivered asks for evidence."""

        WAITING = "waiting", _("not sent yet")
        SENT = "sent", _("sent, no proof of delivery yet")
        DELIVERED = "delivered", _("delivered")

    class Evidence(models.TextChoices):
        """What proves that a document arrived."""

        PROVIDER = "provider", _("the provider reported that the message about it arrived")
        OPENED = "opened", _("the requester opened it on the pages of their case")
        POSTED = "posted", _("letter handed to the post, by its number")
        HANDED = "handed", _("handed over against a signature")

    entry_id = models.BigIntegerField()
    document_id = models.BigIntegerField()
    case_id = models.BigIntegerField()
    act = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=8, choices=Evidence, blank=True)
    evidence_ref = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("legal notice")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry_id", "document_id"], name="one_notice_per_document_of_an_act"),
            models.CheckConstraint(
                condition=~models.Q(state="delivered")
                | (models.Q(delivered_at__isnull=False) & ~models.Q(evidence="") & ~models.Q(evidence_ref="")),
                name="delivered_only_with_evidence",
            ),
        ]
        # the page of a case
        indexes: ClassVar = [models.Index(fields=["case_id", "entry_id"], name="notice_of_case")]

    def __str__(self) -> str:
        """Return which document of which act this is."""
        return f"{self.act} {self.document_id}"


class SetAside(models.Model):
    """A row of the outbox that could not be told: visible, tried again later, never in the way of the others."""

    outbox_id = models.BigIntegerField(unique=True)
    entry_id = models.BigIntegerField()
    why = models.CharField(max_length=300)
    attempts = models.PositiveSmallIntegerField(default=1)
    next_try_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return which row of the outbox this is."""
        return str(self.outbox_id)


class Preference(models.Model):
    """The language in which the requester of a case reads; Vietnamese where there is no row."""

    case_id = models.BigIntegerField(unique=True)
    language = models.CharField(max_length=8)

    def __str__(self) -> str:
        """Return the language's code."""
        return self.language
