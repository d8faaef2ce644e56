"""The tree, counted anew from the entries' hashes: its tiles and the root at every checkpoint."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise

from workflow.ledger import merkle
from workflow.ledger.notes import Note, NoteError
from workflow.ledger.stream import Source
from workflow.ledger.tiles import BYTES, WIDTH, Tiles, subtree
from workflow.ledger.trust import Trusted, checkpoint_of

WAITING = 100_000
"""How many leaves are kept for one before them that has not come; entries are sealed nearly in the order of keys."""
AHEAD = 64
"""How many tiles, or checkpoints, are read together."""
Fails = Callable[[int, str], None]
"""Told of what is wrong, with the leaf."""

Run = tuple[int, bytes, dict[int, bytes]]
"""Leaves side by side: the place of the first, their hashes, and of each whole tile in them its place and root."""


def runs(places: list[int], leaves: list[bytes]) -> list[Run]:
    """Return leaves, given by place and hash, in runs."""
    found: list[Run] = []
    begin = 0
    breaks = [n for n, (one, following) in enumerate(pairwise(places), 1) if following != one + 1]
    for end in (*breaks, len(places)):
        if begin < end:
            first = places[begin]
            hashes = b"".join(leaves[begin:end])
            tiles = range(-first % WIDTH, end - begin - WIDTH + 1, WIDTH)
            roots = {first + n: subtree(hashes[n * BYTES : (n + WIDTH) * BYTES]) for n in tiles}
            found.append((first, hashes, roots))
            begin = end
    return found


class Recount:
    """A tree that grows leaf by leaf and is compared with what is stored."""

    def __init__(self, source: Source, keys: list[Trusted], origin: str, since: int, fails: Fails) -> None:
        """Begin at a checkpoint, of size `since`; what came before is taken from its tiles."""
        self.source, self.keys, self.origin, self.fails = source, keys, origin, fails
        self.waiting: dict[int, bytes] = {}
        self.size = since
        self.is_whole = True
        self.checkpoints, self.reached = 0, since
        self.rows: list[bytearray] = [bytearray()]
        self.upper = merkle.Frontier()
        if since:
            self._resume(Tiles(since))
        self._ahead: deque[tuple[int, str, str]] = deque()
        self._marks = self._stored_checkpoints(since)
        self._mark = next(self._marks, None)
        self._stored: dict[tuple[int, int], bytes] = {}
        self._check_mark()

    def _resume(self, tiles: Tiles) -> None:
        full, part = divmod(self.size, WIDTH)
        self.upper = merkle.Frontier(full, [tiles((8 + level, index)) for level, index in merkle.nodes(0, full)])
        self.rows[0] += b"".join(tiles((0, full * WIDTH + n)) for n in range(part))
        level, n = 1, full
        while n:
            done, part = divmod(n, WIDTH)
            self.rows.append(bytearray(b"".join(tiles((8 * level, done * WIDTH + k)) for k in range(part))))
            level, n = level + 1, done

    def extend(self, run: Run) -> None:
        """Take the hashes of leaves: as many together as belong to one tile, up to the next checkpoint."""
        place, leaves, roots = run
        at = 0
        while at < len(leaves):
            if place == self.size and not self.waiting:
                room = min(WIDTH - self.size % WIDTH, self._mark[0] - self.size if self._mark else WIDTH)
                some = leaves[at : at + room * BYTES]
                self._append(some, roots.get(place) if len(some) == WIDTH * BYTES else None)
            else:
                some = leaves[at : at + BYTES]
                self.take(place, some)
            place, at = place + len(some) // BYTES, at + len(some)

    def take(self, index: int, leaf: bytes) -> None:
        """Take a leaf's hash; leaves may come a little out of order."""
        if index == self.size:
            self._append(leaf)
            self._follow()
        elif index in self.waiting or index < self.size:
            self.fails(index, "twice")
        else:
            self.waiting[index] = leaf
            if len(self.waiting) > WAITING:
                self._give_up()

    def _follow(self) -> None:
        while self.waiting and (following := self.waiting.pop(self.size, None)) is not None:
            self._append(following)

    def _give_up(self) -> None:
        """Go on behind a leaf that does not come; from here on roots cannot hold."""
        self.fails(self.size, "missing")
        self.is_whole = False
        self._append(merkle.EMPTY)
        self._follow()

    def _append(self, leaves: bytes, root: bytes | None = None) -> None:
        """Add leaves of one tile by their hashes; root: the tile's, where they fill it and it is known."""
        row = self.rows[0]
        row += leaves
        self.size += len(leaves) // BYTES
        if len(row) == WIDTH * BYTES:
            root = root or subtree(row)
            self._full(0, root)
            self.upper.push(root)
        self._check_mark()

    def _full(self, level: int, root: bytes) -> None:
        """Compare a full row of hashes with its tile, and hand its root to the level above."""
        number = (self.size - 1) // WIDTH ** (level + 1)
        self._compare(level, number)
        self.rows[level].clear()
        if level + 1 == len(self.rows):
            self.rows.append(bytearray())
        self.rows[level + 1] += root
        if len(self.rows[level + 1]) == WIDTH * BYTES:
            self._full(level + 1, subtree(self.rows[level + 1]))

    def _compare(self, level: int, number: int) -> None:
        if (level, number) not in self._stored:
            self._stored = {key: value for key, value in self._stored.items() if key[0] != level}
            sql = "SELECT number, hashes FROM ledger_tile WHERE level = %s AND number >= %s AND number < %s"
            for n, hashes in self.source.look_up(sql, [level, number, number + AHEAD]):
                self._stored[level, n] = bytes(hashes)
        if self._stored.get((level, number), b"") != bytes(self.rows[level]) and self.is_whole:
            self.fails(number * WIDTH ** (level + 1), "tile")

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        row = self.rows[0]
        nodes = merkle.nodes(0, len(row) // BYTES)
        lower = [subtree(row[(n << level) * BYTES : (n + 1 << level) * BYTES]) for level, n in nodes]
        return merkle.folded([*self.upper.peaks, *lower])

    def _stored_checkpoints(self, since: int) -> Iterator[tuple[int, str, str]]:
        """Yield size, root and note of each checkpoint from the one where we begin."""
        last = since - 1
        while found := self.source.look_up(
            "SELECT size, root, note FROM ledger_checkpoint WHERE size > %s ORDER BY size LIMIT %s", [last, AHEAD]
        ):
            for one in found:
                yield one
                last = one[0]

    def _check_mark(self) -> None:
        while self._mark and self._mark[0] <= self.size:
            size, root, note = self._mark
            self.checkpoints += 1
            try:
                signed = checkpoint_of(Note.parse(note), self.keys, self.origin)
                if (signed.size, signed.root.hex()) != (size, root):
                    self.fails(size, "note")
            except NoteError:
                self.fails(size, "signature")
            if size < self.size or (self.is_whole and self.root().hex() != root):
                self.fails(size, "root")
            self.reached = size
            self._mark = next(self._marks, None)

    def end(self) -> None:
        """Say what is left over: leaves behind a gap, tiles and checkpoints of leaves that are not there."""
        while self.waiting:
            self._give_up()
        for level, row in enumerate(self.rows):
            if row:
                self._compare(level, self.size // WIDTH ** (level + 1))
        while self._mark:
            self.fails(self._mark[0], "beyond")
            self._mark = next(self._marks, None)
        if self.reached != self.size and self.is_whole:
            self.fails(self.reached, "uncovered")
        (count,) = self.source.look_up("SELECT count(*) FROM ledger_leaf WHERE leaf_index >= %s", [self.size])
        if count[0]:
            self.fails(self.size, "beyond")
