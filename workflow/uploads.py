"""What files people may hand in, judged by their content and never by their name."""

from __future__ import annotations

import zipfile
from typing import Any

import puremagic
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

ACCEPTED = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".png": "image/png",
            ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}  # fmt: skip
INLINE = {".pdf": ACCEPTED[".pdf"], ".jpg": ACCEPTED[".jpg"], ".jpeg": ACCEPTED[".jpg"], ".png": ACCEPTED[".png"]}
"""Types a saved file is sent with; anything else is only bytes."""
_JPEG = {".jpg", ".jpeg", ".jfif", ".jpe"}
_HEAD = 8192  # bytes that tell the kind of a file


def kind_of(file: Any) -> str:
    """Return the ending that fits a file's content (`.pdf`, `.jpg`, `.png`, `.docx`), or an empty string."""
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    try:
        found = {match.extension for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return ""
    if found & _JPEG and head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if head.startswith(b"PK"):
        return ".docx" if _is_docx(file) else ""
    return next((ending for ending in (".pdf", ".png") if ending in found), "")


def _is_docx(file: Any) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return "word/document.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False
    finally:
        file.seek(0)


def check(file: UploadedFile[Any]) -> None:
    """Accept a PDF, JPEG, PNG or Word file of at most the configured size.

    Raises ValidationError that says what would work.
    """
    most = settings.UPLOAD_MAX_BYTES
    if (file.size or 0) > most:
        raise ValidationError(_("This file is larger than %(most)d MB."), params={"most": most // 2**20})
    if not kind_of(file):
        raise ValidationError(_("Give a PDF, JPEG, PNG or Word (.docx) file; this is something else."))


class ScanField(forms.FileField):
    """A file that a person hands in."""

    default_validators = [check]
    widget = forms.FileInput(attrs={"accept": ",".join(ACCEPTED.values())})
