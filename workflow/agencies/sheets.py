"""Lists of agencies as files, CSV or XLSX, read with limits.

Nothing here knows the tree: a file becomes numbered rows of text by field, or is refused with a reason.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from workflow.errors import WorkflowError
from workflow.folding import folded
from workflow.spreadsheets import FORMULA

MOST_BYTES = 2_000_000
MOST_UNPACKED = 20_000_000  # bytes of all parts of a workbook
MOST_PARTS = 200
MOST_ROWS = 6_000
MOST_COLUMNS = 40
MOST_LETTERS = 1_000
SHIELD = "'"

COLUMNS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    # field: heading, other headings that mean it, folded
    "slug": (_("agency code"), ("ma", "slug", "code", "ma co quan", "agency code")),
    "name": (_("name"), ("ten", "ten co quan", "name")),
    "short": (_("symbol"), ("ky hieu", "symbol", "short")),
    "level": (_("level"), ("cap", "level")),
    "superior": (_("superior"), ("cap tren", "co quan cap tren", "superior", "parent", "ma cap tren")),
    "remote": (
        _("remote area"),
        ("vung sau, vung xa di lai kho khan", "vung sau, vung xa", "vung sau vung xa", "remote", "remote area"),
    ),
    "remote_basis": (_("legal reference"), ("can cu", "can cu phap ly", "legal reference", "remote_basis")),
    "address": (_("address"), ("dia chi", "address")),
    "hotline": (_("hotline"), ("duong day nong", "hotline", "dien thoai")),
    "reception": (
        _("reception days"),
        ("lich tiep cong dan", "ngay tiep cong dan", "lich tiep cong dan cua nguoi dung dau", "reception",
         "reception days"),
    ),
    "receives": (_("receives requests"), ("tiep nhan", "tiep nhan yeu cau", "receives", "receives requests")),
}  # fmt: skip
FIELDS = tuple(COLUMNS)


class Unreadable(WorkflowError):
    """The file cannot be read as a list of agencies; nothing of it was kept."""

    message = _("%(why)s")


def read(file: BinaryIO, size: int) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV or XLSX file as (number in the file, text by field); blank rows are left out.

    size: bytes
    Raises Unreadable.
    """
    if size > MOST_BYTES:
        raise Unreadable(why=_("The file is larger than %(n)s MB.") % {"n": MOST_BYTES // 1_000_000})
    content = file.read(MOST_BYTES + 1)
    lines = _workbook(content) if content.startswith(b"PK\x03\x04") else _text(content)
    return _rows(lines)


def _rows(lines: Iterable[tuple[int, list[str]]]) -> list[tuple[int, dict[str, str]]]:
    fields: list[str | None] | None = None
    found: list[tuple[int, dict[str, str]]] = []
    for number, cells in lines:
        if not any(cells):
            continue
        if fields is None:
            fields = _heading(cells)
            continue
        if len(found) >= MOST_ROWS:
            raise Unreadable(why=_("The file holds more than %(n)s rows; split it.") % {"n": MOST_ROWS})
        found.append((number, {field: text for field, text in zip(fields, cells, strict=False) if field}))
    if not found:
        raise Unreadable(why=_("The file holds no rows."))
    return found


def _heading(cells: list[str]) -> list[str | None]:
    """Return the field of each column.

    Raises Unreadable where a column is named twice, or the name of the agency is missing.
    """
    means = {other: field for field, (heading, others) in COLUMNS.items() for other in (*others, folded(str(heading)))}
    fields = [means.get(folded(cell)) for cell in cells]
    named = [field for field in fields if field]
    if twice := next((field for field in named if named.count(field) > 1), None):
        raise Unreadable(why=_("The column “%(name)s” is there twice.") % {"name": COLUMNS[twice][0]})
    if "slug" not in named and "name" not in named:
        expected = ", ".join(str(heading) for heading, _others in COLUMNS.values())
        raise Unreadable(
            why=_("The first row must name the columns; at least the code or the name. Known are: %(names)s.")
            % {"names": expected}
        )
    return fields


def _text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a CSV file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(why=_("This is neither an Excel workbook (.xlsx) nor a CSV file in UTF-8.")) from None
    if "\0" in text:
        raise Unreadable(why=_("This is neither an Excel workbook (.xlsx) nor a CSV file in UTF-8."))
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise Unreadable(
                    why=_("Row %(n)s has more than %(most)s columns.") % _at(reader.line_num, MOST_COLUMNS)
                )
            yield reader.line_num, [_cell(cell) for cell in cells]
    except csv.Error as error:
        raise Unreadable(why=_("Row %(n)s cannot be read.") % {"n": reader.line_num}) from error


def _workbook(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a workbook's first sheet; formulas as they are written, never what they come to."""
    _unpacked(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its size may be wrong on purpose
        for cells in sheet.iter_rows(max_row=MOST_ROWS + 100, max_col=MOST_COLUMNS):
            number = next((cell.row for cell in cells if cell.value is not None), 0)
            yield number, [_cell(cell.value) for cell in cells]
    except Unreadable:
        raise
    except Exception as error:  # openpyxl lets through whatever its parsers raise on a broken file
        raise Unreadable(why=_("The workbook is damaged and cannot be read. Save it anew as .xlsx or CSV.")) from error


def _unpacked(content: bytes) -> None:
    """See how large the parts of a workbook say they are; zipfile never unpacks more than they say.

    Raises Unreadable.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable(why=_("The workbook is damaged and cannot be read. Save it anew as .xlsx or CSV.")) from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable(why=_("The workbook unpacks to more than a list of agencies can hold."))


def _cell(value: Any) -> str:
    """Return a cell as text: a whole number without its point, the shield of our own export taken off."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)[: MOST_LETTERS + 1]
    if text.startswith(SHIELD) and text[1:].startswith(FORMULA):
        text = text[1:]
    return text if text.startswith(FORMULA) else text.strip()


def _at(number: int, most: int) -> dict[str, int]:
    return {"n": number, "most": most}


def headings() -> list[str]:
    """Return the headings of the columns."""
    return [str(heading)[:1].upper() + str(heading)[1:] for heading, _others in COLUMNS.values()]
