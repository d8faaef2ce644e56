"""What is disclosed of an entry, held against the commitments in it.

What holds is found without walking through the entry: of its data only that is read which stands where something is
disclosed, and compared in one piece with what must stand there. What does not is looked at again, name by name.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Any

import msgspec

from workflow.ledger import canonical

Disclosed = tuple[int, bytes, bytes, bytes]
"""Entry, name, salt and value."""
SHAPES = 500
"""Most sets of names that are kept with what must stand there."""
Tree = dict[str, Any]
"""Names, step by step: `requester.name` is {"requester": {"name": {}}}."""

_salted = sha256(canonical.VERSION).copy
_name_of: Callable[[Disclosed], bytes] = itemgetter(1)
_encode = msgspec.json.Encoder().encode


class _Commitment(msgspec.Struct):
    commitment: str


@dataclass(slots=True)
class _Shape:
    """What is read of an entry's data for a set of names, and what it must be; pick: commitments in that order."""

    read: Callable[[bytes], Any]
    text: bytes
    pick: Callable[[list[bytes]], Any]


_shapes: dict[tuple[bytes, ...], _Shape | None] = {}


def all_open(data: bytes, values: list[Disclosed]) -> bool:
    """Return whether every value opens the commitment at its name; False too where that cannot be seen at once.

    data: the entry's, as JSON
    """
    names = tuple(map(_name_of, values))
    try:
        shape = _shapes[names]
    except KeyError:
        shape = _learn(names)
    if shape is None:
        return False
    found = []
    try:
        for _entry, _name, salt, value in values:
            one = _salted()
            one.update(unhexlify(salt) + value)
            found.append(one.hexdigest().encode())
        return bool(_encode(shape.read(data)) == shape.text % shape.pick(found))
    except ValueError:
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


def _learn(names: tuple[bytes, ...]) -> _Shape | None:
    """Return and keep the shape of a set of names; None if they make none, or enough are kept."""
    if len(_shapes) >= SHAPES:
        return None
    tree: Tree = {}
    for name in names:
        here = tree
        for step in name.decode().split("."):
            here = here.setdefault(step, {})
    order: list[bytes] = []
    try:
        text = _text(tree, "", order)
        read = msgspec.json.Decoder(_type([tree])).decode
        _shapes[names] = _Shape(read, text.encode(), itemgetter(*map(names.index, order)))
        if len(order) != len(names):
            raise ValueError("a name stands within another, or twice")
    except ValueError:
        _shapes[names] = None
    return _shapes[names]


def _text(tree: Tree, path: str, order: list[bytes]) -> str:
    """Return the JSON that must stand at a path; `order` takes the names in the order of the text."""
    if not tree:
        order.append(path.encode())
        return '{"commitment":"%b"}'
    places = [str(n) for n in range(len(tree))]
    steps = places if tree.keys() == set(places) else sorted(tree)
    inside = [_text(tree[step], f"{path}.{step}" if path else step, order) for step in steps]
    if steps is places:
        return f"[{','.join(inside)}]"
    keys = [canonical.encode(step).replace("%", "%%") for step in steps]
    return f"{{{','.join(f'{key}:{one}' for key, one in zip(keys, inside, strict=True))}}}"


def _type(trees: list[Tree]) -> Any:
    """Return the type that reads what is named, and nothing else; trees: those of one place, or of a list's places."""
    steps = sorted({step for tree in trees for step in tree})
    if not steps:
        return _Commitment
    inside = [_type([tree[step] for tree in trees if step in tree]) for step in steps]
    if steps[0] == "0":
        return list[_type([one for tree in trees for one in tree.values()])]  # type: ignore[misc]
    names = {f"f{n}": step for n, step in enumerate(steps)}
    fields = [(name, one | None, None) for name, one in zip(names, inside, strict=True)]
    return msgspec.defstruct("Read", fields, rename=names, omit_defaults=True)
