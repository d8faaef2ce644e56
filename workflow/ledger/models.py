"""What sealing keeps beside the log: the place of each entry in the tree, checkpoints, and what others say of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models import LogEntry


class Leaf(models.Model):
    """The place of an entry in the tree, counted from 0 without gaps; given once, never changed."""

    index = models.BigIntegerField(primary_key=True, db_column="leaf_index")
    entry = models.OneToOneField(LogEntry, models.DO_NOTHING, db_constraint=False, related_name="leaf")

    def __str__(self) -> str:
        """Return the place and the entry."""
        return f"{self.index}: {self.entry_id}"


class Tile(models.Model):
    """Hashes of up to 256 neighbouring nodes, level 8 * `level`, from index 256 * `number` (C2SP tlog-tiles).

    Derived from the entries, so that proofs and sealing need not read them again; `verify` works every tile out anew.
    """

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "number"], name="tile_has_one_place")]

    def __str__(self) -> str:
        """Return where the tile stands."""
        return f"{self.level}/{self.number}"


class Checkpoint(models.Model):
    """The size of the tree and its root at one moment, signed by the log's key (điểm chốt)."""

    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        verbose_name = _("checkpoint")

    def __str__(self) -> str:
        """Return the size and the first signs of the root, as they are read aloud."""
        return f"{self.size} {self.root[:16]}"


class Anchor(models.Model):
    """What somebody outside has said of a checkpoint: a witness's cosignature, or an authority's time stamp.

    body: the signature line of the note, or the stamp's response (RFC 3161) in base64
    """

    class Kind(models.TextChoices):
        """Who says it."""

        WITNESS = "witness", _("witness")
        STAMP = "stamp", _("time stamp")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="anchors")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=200)
    at = models.DateTimeField()
    body = models.TextField()

    class Meta:
        # "how long ago did somebody outside see the log?"
        indexes: ClassVar = [models.Index(fields=["-at"], name="anchor_latest")]

    def __str__(self) -> str:
        """Return who says it of which checkpoint."""
        return f"{self.kind} {self.name}: {self.checkpoint_id}"


class Handover(models.Model):
    """The log's old key names the key that signs from a size on, and both sign it."""

    size = models.BigIntegerField()
    at = models.DateTimeField()
    note = models.TextField()

    def __str__(self) -> str:
        """Return from which size the new key signs."""
        return str(self.size)


class Sealer(models.Model):
    """How far sealing need not look back; one row.

    floor: every entry with a key up to here has its leaf, and none can appear any more
    ripening, waiting: the next floor, and the transactions that must end before it holds
    """

    floor = models.BigIntegerField(default=0)
    ripening = models.BigIntegerField(default=0)
    waiting = models.JSONField(default=list)

    def __str__(self) -> str:
        """Return the floor."""
        return str(self.floor)
