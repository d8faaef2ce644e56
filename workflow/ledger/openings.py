"""What is disclosed of an entry, held against the commitments in it.

What holds is found without walking through the entry: of its data only that is read which stands where something is
disclosed, into places that are known by the names alone. What does not is looked at again, name by name.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

from workflow.ledger import canonical

Disclosed = tuple[int, bytes, bytes, bytes]
"""Entry, name, salt and value."""
Together = tuple[int, int, bytes, bytes, bytes]
"""What is disclosed of one entry: the entry, how many values, their names, salts and values one after the other."""
BETWEEN = b"\x1e"
"""Stands between two names, salts or values: no JSON holds it."""
SHAPES = 500
"""Most sets of names that are kept with where they stand."""
Tree = dict[str, Any]
"""Names, step by step: `requester.name` is {"requester": {"name": {}}}."""

_salted = sha256(canonical.VERSION).copy


class _Commitment(msgspec.Struct):
    commitment: str


@dataclass(slots=True)
class _Shape:
    """How the places of so many names are read from a list of data, and the commitments picked from each."""

    count: int
    read: Callable[[bytes], Any]
    pick: Callable[[Any], Any]


_shapes: dict[bytes, _Shape | None] = {}


def closed(told: list[tuple[bytes, Together]]) -> Iterator[int]:
    """Yield the places of those of which it cannot be seen at once that every value opens the commitment at its name.

    told: of each entry its data, as JSON, and what is disclosed of it
    """
    alike: dict[bytes, list[int]] = {}
    for place, (_data, disclosed) in enumerate(told):
        alike.setdefault(disclosed[2], []).append(place)
    for names, places in alike.items():
        some = [told[place] for place in places]
        if not _all_open(names, some):
            yield from (place for place in places if len(places) == 1 or not _all_open(names, [told[place]]))


def _all_open(names: bytes, told: list[tuple[bytes, Together]]) -> bool:
    """Return whether it can be seen that all values of some entries, of the same names, open their commitments."""
    shape = _shapes[names] if names in _shapes else _learn(names)
    if shape is None:
        return False
    salts = BETWEEN.join([one[3] for _data, one in told]).split(BETWEEN)
    values = BETWEEN.join([one[4] for _data, one in told]).split(BETWEEN)
    if {one[1] for _data, one in told} != {shape.count} or not len(salts) == len(values) == shape.count * len(told):
        return False  # something of what is disclosed holds what should stand between
    found = []
    try:
        for salt, value in zip(salts, values, strict=True):
            one = _salted()
            one.update(unhexlify(salt) + value)
            found.append(one.hexdigest())
        read = shape.read(b"[%b]" % b",".join([data for data, _one in told]))
        committed = map(shape.pick, read) if shape.count == 1 else chain.from_iterable(map(shape.pick, read))
        return len(read) == len(told) and list(committed) == found
    except (ValueError, AttributeError):  # no salt; no commitment at one of the places
        return False


def unopened(data: Any, values: Sequence[Disclosed]) -> Iterator[str]:
    """Yield the name of each value that opens no commitment; data: the entry's, as read from JSON."""
    for _entry, name, salt, value in values:
        path = name.decode()
        try:
            found = canonical.commitment(value.decode(), salt.decode())
        except ValueError:
            found = ""
        if not found or canonical.commitment_at(data, path) != found:
            yield path


def _learn(listed: bytes) -> _Shape | None:
    """Return and keep the shape of a set of names; None if they make none, or enough are kept."""
    if len(_shapes) >= SHAPES:
        return None
    names = [name.decode(errors="replace") for name in listed.split(BETWEEN)]
    tree: Tree = {}
    for name in names:
        here = tree
        for step in name.split("."):
            here = here.setdefault(step, {})
    places: dict[str, str] = {}
    try:
        read = msgspec.json.Decoder(list[_kind(tree, "", "", places)]).decode  # type: ignore[misc]
        pick = attrgetter(*map(places.pop, names))
        _shapes[listed] = _Shape(len(names), read, pick)
    except (ValueError, KeyError):  # no name of JSON; a name that stands within another, or twice
        _shapes[listed] = None
    return _shapes[listed]


def _kind(tree: Tree, path: str, place: str, places: dict[str, str]) -> Any:
    """Return the type that reads what stands at a path, and nothing else; `places` takes where each name is read."""
    if not tree:
        places[path] = f"{place}commitment"
        return _Commitment
    numbers = [str(n) for n in range(len(tree))]
    is_list = tree.keys() == set(numbers)
    steps = numbers if is_list else sorted(tree)
    fields = []
    for n, step in enumerate(steps):
        inside = _kind(tree[step], f"{path}.{step}" if path else step, f"{place}f{n}.", places)
        fields.append((f"f{n}", inside | None, None))
    names = None if is_list else {f"f{n}": step for n, step in enumerate(steps)}
    return msgspec.defstruct("Read", fields, array_like=is_list, gc=False, rename=names)
