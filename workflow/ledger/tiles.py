"""The tree in the database: tiles of 256 hashes, read as far as a proof or a new leaf needs them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from workflow.ledger import merkle
from workflow.ledger.models import Tile

HEIGHT = 8
WIDTH = 1 << HEIGHT
BYTES = 32


class Tiles:
    """The hashes of every complete subtree of a tree, tile by tile as they are asked for."""

    def __init__(self, size: int) -> None:
        """Begin with a tree of so many leaves, as it is stored."""
        self.size = size
        self._known: dict[tuple[int, int], bytearray] = {}
        self._changed: set[tuple[int, int]] = set()

    def __call__(self, node: merkle.Node) -> bytes:
        """Return the hash of a complete subtree.

        Raises LookupError if a tile is missing or too short.
        """
        level, index = node
        tier, height = divmod(level, HEIGHT)
        start, end = index << height, (index + 1) << height
        number = start // WIDTH
        hashes = self._tile(tier, number)[(start - number * WIDTH) * BYTES : (end - number * WIDTH) * BYTES]
        if len(hashes) != (end - start) * BYTES:
            raise LookupError(f"tile {tier}/{number} is missing or too short")
        return subtree(hashes)

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree, or of the first `size` leaves of it."""
        return merkle.range_root(self, 0, self.size if size is None else size)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """Return the proof that a leaf is in the tree of the first `size` leaves."""
        return [merkle.range_root(self, *one) for one in merkle.inclusion_ranges(index, size)]

    def consistency_proof(self, old: int, size: int) -> list[bytes]:
        """Return the proof that the tree of `size` leaves extends that of `old` leaves."""
        return [merkle.range_root(self, *one) for one in merkle.consistency_ranges(old, size)]

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes; `save` stores what has changed."""
        for leaf in leaves:
            self._push(0, self.size, leaf)
            self.size += 1

    def _push(self, tier: int, index: int, value: bytes) -> None:
        number, place = divmod(index, WIDTH)
        tile = self._tile(tier, number) if place else self._known.setdefault((tier, number), bytearray())
        if len(tile) != place * BYTES:
            raise LookupError(f"tile {tier}/{number} holds {len(tile) // BYTES} hashes, not {place}")
        tile += value
        self._changed.add((tier, number))
        if place == WIDTH - 1:
            self._push(tier + 1, number, subtree(tile))

    def save(self) -> None:
        """Store the tiles that have changed."""
        rows = [Tile(level=tier, number=n, hashes=bytes(self._known[tier, n])) for tier, n in sorted(self._changed)]
        Tile.objects.bulk_create(
            rows, 200, update_conflicts=True, unique_fields=["level", "number"], update_fields=["hashes"]
        )
        self._changed.clear()

    def _tile(self, tier: int, number: int) -> bytearray:
        if (tier, number) not in self._known:
            found = Tile.objects.filter(level=tier, number=number).values_list("hashes", flat=True).first()
            self._known[tier, number] = bytearray(found or b"")
        return self._known[tier, number]


def subtree(hashes: bytes | bytearray) -> bytes:
    """Return the root over a power of two of neighbouring hashes, written one after the other."""
    row = bytes(hashes)
    while len(row) > BYTES:
        row = b"".join([sha256(b"\x01" + row[n : n + 2 * BYTES]).digest() for n in range(0, len(row), 2 * BYTES)])
    return row
