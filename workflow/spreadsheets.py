"""Tables that people take along: CSV and XLSX, in which no cell can act as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from openpyxl import Workbook

from workflow.clock import LEGAL_ZONE

CSV, XLSX = "csv", "xlsx"
TYPES = {CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"
"""Without it the usual spreadsheet program reads Vietnamese as something else."""

Row = Iterable[Any]


def harmless(value: Any) -> Any:
    """Return a cell's value so that a spreadsheet reads it as text: what begins like a formula gets an apostrophe.

    Source: OWASP, CSV Injection.
    """
    if isinstance(value, datetime):
        return value.astimezone(LEGAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


class _Line:
    def write(self, text: str) -> str:
        return text


def as_csv(heading: Row, rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a CSV file, one at a time."""
    writer = csv.writer(_Line())
    yield BOM + writer.writerow([str(one) for one in heading])
    for row in rows:
        yield writer.writerow([harmless(one) for one in row])


def as_xlsx(title: str, heading: Row, rows: Iterable[Row]) -> bytes:
    """Return an XLSX file with one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.append([str(one) for one in heading])
    for row in rows:
        sheet.append([harmless(one) for one in row])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def response(kind: str, name: str, heading: Row, rows: Iterable[Row]) -> HttpResponseBase:
    """Return a table as a download; `kind` is CSV or XLSX, `name` the file's name without its ending."""
    found: HttpResponseBase
    if kind == XLSX:
        found = HttpResponse(as_xlsx(name, heading, rows), content_type=TYPES[XLSX])
    else:
        found = StreamingHttpResponse(as_csv(heading, rows), content_type=TYPES[CSV])
    found["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return found
