"""The Merkle tree of RFC 9162, section 2.1: roots, inclusion proofs, consistency proofs, and how each is checked.

Hashes are 32 bytes of SHA-256. A *node* is a complete subtree, named (level, index): it covers the 2**level leaves
from index * 2**level. Proofs are worked out over a function from nodes to hashes, so that the same code serves a list
in memory and the tiles of the database.

Standard library only: the offline verifier and the witness use this module too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Node = tuple[int, int]
Hashes = Callable[[Node], bytes]
"""A complete subtree to its hash."""
Range = tuple[int, int]
"""Leaves from the first to before the second."""

EMPTY = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The complete subtrees that make up a tree of some size, largest first: all it takes to grow it (O(log n))."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Begin with no leaf, or go on where another frontier stood."""
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self.size, self.peaks = size, list(peaks)

    def push(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        size, peaks = self.size, self.peaks
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        return folded(self.peaks)


def folded(peaks: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees, largest first."""
    if not peaks:
        return EMPTY
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = node_hash(peak, found)
    return found


def nodes(start: int, end: int) -> Iterator[Node]:
    """Yield the complete subtrees that cover a range, from left to right.

    start: a multiple of the least power of two that is no smaller than the range
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def range_root(hashes: Hashes, start: int, end: int) -> bytes:
    """Return the root over the leaves of a range."""
    return folded([hashes(node) for node in nodes(start, end)])


def _split(n: int) -> int:
    """Return the largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose roots prove that a leaf is in a tree, nearest to the leaf first (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    ranges, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, size: int) -> list[Range]:
    """Return the ranges whose roots prove that a tree extends an older one (RFC 9162, 2.1.4.1)."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves cannot extend one of {old}")
    ranges: list[Range] = []
    start, end = 0, size
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, end))
    return ranges[::-1]


def hashes_of(leaves: Sequence[bytes]) -> Hashes:
    """Return the hashes of the complete subtrees over leaves in memory."""
    levels = [[leaf_hash(leaf) for leaf in leaves]]
    while len(below := levels[-1]) > 1:
        levels.append([node_hash(*below[n : n + 2]) for n in range(0, len(below) - 1, 2)])
    return lambda node: levels[node[0]][node[1]]


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves (their contents, not their hashes)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.push(leaf_hash(leaf))
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that leaf `index` is among the leaves.

    Raises ValueError if there is no such leaf.
    """
    hashes = hashes_of(leaves)
    return [range_root(hashes, *one) for one in inclusion_ranges(index, len(leaves))]


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Return the proof that the tree over the leaves extends that over the first `old` of them.

    Raises ValueError unless 0 < old <= number of leaves.
    """
    hashes = hashes_of(leaves)
    return [range_root(hashes, *one) for one in consistency_ranges(old, len(leaves))]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to from a leaf's hash; None if it has the wrong shape (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            found = node_hash(found, step)
        at >>= 1
        last >>= 1
    return found if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether a proof shows a leaf, given by its hash, to be number `index` of the tree with this root."""
    return root_from_inclusion(leaf, index, size, proof) == root


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether a proof shows the tree to extend the older one (RFC 9162, 2.1.4.2). Every tree extends none."""
    if old == 0:
        return old_root == EMPTY and not proof
    if old > size:
        return False
    if old == size:
        return old_root == root and not proof
    path = list(proof)
    if old & (old - 1) == 0:  # the older tree is itself a node of the newer
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    older = newer = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            newer = node_hash(newer, step)
        at >>= 1
        last >>= 1
    return last == 0 and older == old_root and newer == root
