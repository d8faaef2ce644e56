"""The scans of a case's documents, drawn as pages for its extract; what cannot be drawn is named with the reason.

Every file is drawn by a process of its own (`raster`), whatever its kind: nothing that a file carries besides its look
reaches the extract, and a file that is broken or made to harm costs one process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from workflow.models import Document
from workflow.uploads import kind_of

RASTER = Path(__file__).with_name("raster.py")
PAGES, IN_ALL, BYTES, SECONDS = 20, 60, 48 << 20, 40
"""Most pages of one scan; of all; bytes of all pages; seconds for all."""
NO_FILE = "tệp bản chụp không còn trong kho lưu trữ"
ALTERED = "văn bản không còn đúng với mã băm đã ghi"
WORD = "tệp Word không in được thành trang; xem trong gói, thư mục files"
BROKEN = "tệp hỏng, bị khóa mật khẩu hoặc quá lớn nên không in được thành trang; xem trong gói, thư mục files"
ENOUGH = "trích lục đã đủ số trang bản chụp cho phép; xem trong gói, thư mục files"


@dataclass(slots=True)
class Scan:
    """The scan of one document: its pages as PNG files, or why there are none; more: whether further pages exist."""

    document: Document
    pages: list[Path] = field(default_factory=list)
    why: str = ""
    more: bool = False


def drawn(documents: Iterable[tuple[Document, bool]], folder: Path) -> Iterator[Scan]:
    """Yield the scans of documents that have one, drawn into a folder.

    documents: each with whether it is what its digest says
    """
    pages, room, until = IN_ALL, BYTES, time.monotonic() + SECONDS
    for document, is_intact in documents:
        if not is_intact:
            yield Scan(document, why=ALTERED)
            continue
        if pages <= 0 or room <= 0 or time.monotonic() > until:
            yield Scan(document, why=ENOUGH)
            continue
        try:
            one = _drawn(document, folder / str(document.pk), min(PAGES, pages), until - time.monotonic())
        except OSError:
            one = Scan(document, why=NO_FILE)
        pages -= len(one.pages)
        room -= sum(page.stat().st_size for page in one.pages)
        yield one


def _drawn(document: Document, folder: Path, most: int, seconds: float) -> Scan:
    """Return one scan; one page more than wanted is asked for, to know whether there are more."""
    with document.file.open("rb") as file, TemporaryDirectory() as work:
        if (kind := kind_of(file)) not in (".pdf", ".jpg", ".png"):
            return Scan(document, why=WORD if kind else BROKEN)
        source = Path(work) / f"scan{kind}"
        source.write_bytes(file.read())
        folder.mkdir()
        command = [sys.executable, "-I", str(RASTER), str(source), str(folder), str(most + 1)]
        with suppress(subprocess.TimeoutExpired):  # the pages that are ready are shown
            subprocess.run(command, capture_output=True, timeout=max(seconds, 1), check=False)
    pages = sorted(folder.glob("*.png"), key=lambda page: int(page.stem))
    return Scan(document, pages[:most], "" if pages else BROKEN, more=len(pages) > most)
