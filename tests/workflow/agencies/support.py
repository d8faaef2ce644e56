"""Offices, administrators and files for the tests of the register."""

import csv
import io
import re
import zipfile
from html import unescape

from openpyxl import Workbook

from tests import lives

HOME = "/quan-tri/co-quan/"
NOW = "2026-10-07 09:00"
HEADINGS = ("ma", "ten", "cap", "cap tren", "dia chi", "duong day nong", "vung sau, vung xa", "can cu")


def offices():
    """Return a province in a country, with two administrators of the province, one of a commune, one of all."""
    office = lives.Office()
    office.keeper = office.person("administrator", office.province, "keeper")
    office.second = office.person("administrator", office.province, "second")
    office.north = lives.agency("tinh-bac", "UBND tỉnh Bắc", "province")
    office.outsider = office.person("administrator", office.north, "outsider")
    return office


def get(client, user, url, at=NOW, language="en"):
    """Return a page as somebody sees it at a moment."""
    client.force_login(user)
    client.cookies["django_language"] = language
    with lives.on(at):
        return client.get(url)


def post(client, user, url, data, at=NOW, language="en"):
    """Return the answer to a form sent at a moment."""
    client.force_login(user)
    client.cookies["django_language"] = language
    with lives.on(at):
        return client.post(url, data)


def text(response):
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def as_csv(rows, headings=HEADINGS, name="ds.csv"):
    """Return a CSV file as a browser sends it."""
    out = io.StringIO()
    csv.writer(out).writerows([headings, *rows])
    return named(out.getvalue().encode(), name)


def as_xlsx(rows, headings=HEADINGS, name="ds.xlsx"):
    """Return a workbook as a browser sends it."""
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return named(out.getvalue(), name)


def named(content, name):
    """Return bytes as a file with a name."""
    file = io.BytesIO(content)
    file.name = name
    return file


def repacked(file, **parts):
    """Return a workbook with some of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.get(key, old.read(name)))
    return named(out.getvalue(), "hostile.xlsx")
