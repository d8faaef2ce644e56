"""What is disclosed of an entry, held against the commitments in it.

What holds is found without walking through the entry: of its data only that is read which stands where something is
disclosed, into places that are known by the names alone. What does not is looked at again, name by name.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

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
T = TypeVar("T")
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


class _Alike:
    """Entries of which the same names are disclosed; what belongs to one stands at the same place everywhere."""

    __slots__ = ("counts", "datas", "salts", "values", "whose")

    def __init__(self) -> None:
        self.whose: list[Any] = []
        self.datas: list[bytes] = []
        self.counts: list[int] = []
        self.salts: list[bytes] = []
        self.values: list[bytes] = []

    def only(self, place: int) -> _Alike:
        """Return one of the entries by itself."""
        one = _Alike()
        for name in self.__slots__:
            setattr(one, name, getattr(self, name)[place : place + 1])
        return one


def closed(told: Iterable[tuple[T, bytes, Together]]) -> Iterator[T]:
    """Yield whose values cannot all be seen at once to open the commitments at their names.

    told: of each entry whatever stands for it, its data as JSON, and what is disclosed of it
    """
    by_names: dict[bytes, _Alike] = {}
    for whose, data, (_entry, count, names, salts, values) in told:
        if (some := by_names.get(names)) is None:
            some = by_names[names] = _Alike()
        some.whose.append(whose)
        some.datas.append(data)
        some.counts.append(count)
        some.salts.append(salts)
        some.values.append(values)
    for names, some in by_names.items():
        if not _all_open(names, some):
            for place, whose in enumerate(some.whose):
                if len(some.whose) == 1 or not _all_open(names, some.only(place)):
                    yield whose


def _all_open(names: bytes, some: _Alike) -> bool:
    """Return whether it can be seen that all values of some entries open their commitments."""
    shape = _shapes[names] if names in _shapes else _learn(names)
    if shape is None:
        return False
    entries = len(some.datas)
    salts, values = BETWEEN.join(some.salts).split(BETWEEN), BETWEEN.join(some.values).split(BETWEEN)
    if some.counts.count(shape.count) != entries or not len(salts) == len(values) == shape.count * entries:
        return False  # something of what is disclosed holds what should stand between
    found = []
    try:
        for salt, value in zip(salts, values, strict=True):
            one = _salted()
            one.update(unhexlify(salt) + value)
            found.append(one.hexdigest())
        # side by side: what is no JSON by itself is not what was hashed, and its entry is in doubt already
        read = shape.read(b"[%b]" % b",".join(some.datas))
        committed = map(shape.pick, read) if shape.count == 1 else chain.from_iterable(map(shape.pick, read))
        return len(read) == entries and list(committed) == found
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
