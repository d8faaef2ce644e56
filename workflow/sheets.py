"""The form of an official document (thể thức văn bản, NĐ30), as a procedure declares it for each kind it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.law import Text


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a document says, and the clause that demands it.

    key: the parameter that says it, or the content within that
    """

    key: str
    label: Text
    text: str
    cite: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """What every document says of its case.

    names: what the texts of a sheet may name, as in `%(who)s`
    lines: whom and what it is about
    """

    names: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()


def nobody(case: Any) -> Iterable[Text]:
    """Return that nobody gets a copy."""
    return ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of one kind of document. Its texts may name what `Matter.names` holds.

    title: name of its type (tên loại văn bản); empty for a letter, which says its subject under its number
    about: what it is about (trích yếu), where the official gives no other summary
    to: to whom it is addressed (kính gửi)
    decides: whether it orders something, article by article
    orders: its first articles; then follow the lines that are not named in `before`
    before: keys of the lines that stand before the articles of a decision, in their order
    copies: `copies(case)` returns who gets it (nơi nhận)
    sides: who signs beside the official, as minutes ask
    """

    title: Text
    about: Text
    to: tuple[Text, ...] = ()
    decides: bool = False
    orders: tuple[Text, ...] = ()
    before: tuple[str, ...] = ()
    copies: Callable[[Any], Iterable[Text]] = nobody
    sides: tuple[Text, ...] = ()
