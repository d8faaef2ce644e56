"""Facts into PDF by a Typst template: texts go in as data and are never read as markup."""

from __future__ import annotations

import json
import logging
import struct
import unicodedata
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext_lazy as _

from workflow import errors

FONTS = Path(__file__).with_name("fonts")
log = logging.getLogger(__name__)


class NotTypeset(errors.WorkflowError):
    """The PDF of a document could not be made; nothing has been stored."""

    message = _(
        "The document could not be made as a PDF, so nothing was stored. Try again; if it happens again, tell the"
        " administrator, or attach the document as a file."
    )


def pdf(template: Path, facts: Any, *, at: datetime) -> bytes:
    """Return an accessible PDF (PDF/UA-1) with embedded fonts; the same facts and moment give the same bytes.

    Raises NotTypeset.
    """
    try:
        made = typst.compile(
            template,
            root=template.parent,
            format="pdf",
            font_paths=[FONTS],
            ignore_system_fonts=True,
            sys_inputs={"facts": json.dumps(printable(facts), ensure_ascii=False)},
            pdf_standards=["ua-1"],
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as why:
        log.exception("typesetting %s", template.name)
        raise NotTypeset from why
    return bytes(made)


def printable(value: Any) -> Any:
    """Return facts with every letter that our fonts cannot draw written as its number, as in “[U+1F600]”.

    The typesetter would refuse a text that it can only draw in part. Marks that are never drawn are left out.
    """
    match value:
        case str():
            return "".join(map(_drawn, unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\t", " "))))
        case dict():
            return {key: printable(one) for key, one in value.items()}
        case list() | tuple():
            return [printable(one) for one in value]
        case _:
            return value


def _drawn(letter: str) -> str:
    if letter == "\n" or ord(letter) in _letters():
        return letter
    return "" if unicodedata.category(letter) == "Cf" else f"[U+{ord(letter):04X}]"


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Return the letters that each of our fonts can draw."""
    return frozenset.intersection(*(_drawn_by(path.read_bytes()) for path in FONTS.glob("LiberationSerif-*.ttf")))


def _drawn_by(font: bytes) -> frozenset[int]:
    """Return the letters of a TrueType font, by its table `cmap` in format 4 (OpenType specification)."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = (struct.unpack_from(">4s4xL", font, 12 + 16 * n) for n in range(count))
    cmap = next(offset for tag, offset in tables if tag == b"cmap")
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    subtables = (cmap + struct.unpack_from(">4xL", font, cmap + 4 + 8 * n)[0] for n in range(count))
    start = next(offset for offset in subtables if struct.unpack_from(">H", font, offset)[0] == 4)
    (twice,) = struct.unpack_from(">H", font, start + 6)
    n = twice // 2
    ends = struct.unpack_from(f">{n}H", font, start + 14)
    starts = struct.unpack_from(f">{n}H", font, start + 16 + twice)
    found = {code for first, last in zip(starts, ends, strict=True) for code in range(first, last + 1)}
    return frozenset(found - {0xFFFF})  # which ends the table
