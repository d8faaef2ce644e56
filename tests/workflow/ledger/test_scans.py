"""The scans in an extract: every page of what can be drawn, and a sentence for what cannot."""

import hashlib
import io
import struct
import time
import zipfile
import zlib

import pytest
import typst
from django.core.files.base import ContentFile
from pypdf import PdfReader, PdfWriter

from tests import lives
from tests.workflow.ledger.test_extract import read, text_of
from workflow import clock
from workflow.inspection import extract, scans
from workflow.ledger import seal
from workflow.models import Case, Document

pytestmark = pytest.mark.django_db
AT = "2026-03-06 09:00"


@pytest.fixture
def office():
    return lives.Office()


def png(width=40, height=60):
    """Return a picture of one colour; it packs well, however large."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, row = zlib.compressobj(9), b"\x00" + b"\xc0\x20\x20" * width
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def letter(pages=2):
    return typst.compile("#pagebreak()".join(f"Trang {n}" for n in range(1, pages + 1)).encode(), format="pdf")


def locked():
    made, out = PdfWriter(), io.BytesIO()
    made.append(PdfReader(io.BytesIO(letter())))
    made.encrypt("mật khẩu")
    made.write(out)
    return out.getvalue()


def docx():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


def accepted(office, content, name):
    """Return a case whose notice has a scan."""
    case = lives.filed(office)
    with lives.on("2026-03-05 10:00"):
        notice = lives.paper(case, "T5", number="5/TB", file=ContentFile(content, name=name))
        lives.engine.fire(case, "accept", actor=office.head, **lives.given(case, "accept", notice=notice))
    return Case.objects.get(pk=case.pk)


def made(case, **more):
    with lives.on(AT):
        return extract.pdf(case, seal.seal(), at=clock.now(), **more)


def images(pdf):
    """Return how many pictures each page of the annex holds."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    first = next(n for n, page in enumerate(pages) if "Phụ lục 1. Bản chụp" in page.extract_text())
    return [len(page.images) for page in pages[first:]]


@pytest.mark.parametrize(("content", "name", "pages"), [
    (png(), "anh.png", 1), (letter(), "thu.pdf", 2), (letter(3), "thu.jpg", 3),
])  # fmt: skip
def test_every_page_of_a_scan_is_in_the_extract(office, content, name, pages):
    case = accepted(office, content, name)
    pdf = made(case)
    assert images(pdf) == [1] * pages
    text = text_of(pdf)
    assert "Phụ lục 1. Bản chụp: " in text
    assert " 5/TB, 05/03/2026 Tệp" in text
    assert f"Số trang in {pages}" in text
    assert hashlib.sha256(content).hexdigest() in text.replace(" ", "")


@pytest.mark.parametrize(("content", "name", "why"), [
    (b"%PDF-1.7 a scan", "hong.pdf", scans.BROKEN),
    (letter()[:700], "cut.pdf", scans.BROKEN),
    (locked(), "khoa.pdf", scans.BROKEN),
    (png()[:60], "hong.png", scans.BROKEN),
    (png(30_000, 30_000), "bom.png", scans.BROKEN),
    (b"#panic()", "x.typ", scans.BROKEN),
    (docx(), "don.docx", scans.WORD),
], ids=["broken", "cut", "locked", "cut picture", "bomb", "markup", "Word"])  # fmt: skip
def test_what_cannot_be_drawn_is_named(office, content, name, why):
    pdf = made(accepted(office, content, name))
    assert images(pdf) == [0]
    assert f"Không in được {why}" in text_of(pdf)
    assert name in text_of(pdf)


def test_a_scan_that_was_replaced_or_lost_is_named(office):
    case = accepted(office, png(), "anh.png")
    stored = Document.objects.get(case=case, number="5/TB").file
    with open(stored.path, "wb") as file:
        file.write(png(41, 60))
    assert f"Không in được {scans.ALTERED}" in text_of(made(case))
    stored.storage.delete(stored.name)
    assert f"Không in được {scans.ALTERED}" in text_of(made(case))


def test_long_scans_are_cut_with_a_sentence(office, monkeypatch):
    monkeypatch.setattr(scans, "PAGES", 2)
    case = accepted(office, letter(5), "dai.pdf")
    pdf = made(case)
    assert images(pdf) == [1, 1]
    assert "Số trang in 2; các trang sau chỉ có trong gói" in text_of(pdf)
    monkeypatch.setattr(scans, "IN_ALL", 0)
    assert f"Không in được {scans.ENOUGH}" in text_of(made(case))


def test_a_slow_file_is_given_up_and_what_is_ready_is_shown(office, monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(scans, "RASTER", slow)
    monkeypatch.setattr(scans, "SECONDS", 1)
    case, began = accepted(office, letter(), "cham.pdf"), time.monotonic()
    assert f"Không in được {scans.BROKEN}" in text_of(made(case))
    assert time.monotonic() - began < 30


def test_what_the_reader_may_not_see_stays_out(office):
    case = accepted(office, png(), "anh.png")
    text = text_of(made(case, shows=lambda document: document.kind != "T5"))
    assert "Phụ lục" not in text
    assert "Không kèm bản chụp" in text
    assert "anh.png" not in text


def test_a_scan_that_no_entry_cites_stays_out(office):
    case = lives.filed(office)
    with lives.on(AT):
        lives.paper(case, "T5", file=ContentFile(png(), name="nhap.png"))
    assert "Phụ lục" not in read(case, AT)
