"""Fields that read what people type, scan and draw; what cannot be read is said beside the field."""

from __future__ import annotations

import base64
import binascii
import unicodedata
from collections.abc import Sequence
from typing import Any

import puremagic
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

LONGEST = 20_000
"""Most characters of one text."""
KINDS = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
"""What may be handed in, by its content."""
MAGIC = {b"%PDF-": ".pdf", b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png"}
DRAWING = "data:image/png;base64,"
LARGEST_DRAWING = 400_000  # characters of base64

CONTROL = _("This holds a control character that cannot be printed (place %(place)s). Delete it and type it again.")
UNREADABLE = _("This holds characters that could not be read (shown as �). Type them again.")


class TextField(forms.CharField):
    """Text as a person types it, of one line or of several: composed (NFC), with plain line ends.

    The browser is not told the longest length: it would cut a pasted text without a word.
    """

    def __init__(self, *, lines: int = 1, max_length: int | None = None, **more: Any) -> None:
        if lines > 1:
            more.setdefault("widget", forms.Textarea(attrs={"rows": lines}))
        self.lines = lines
        super().__init__(max_length=max_length or (LONGEST if lines > 1 else 200), **more)

    def to_python(self, value: Any) -> str:
        """Return the text, composed; line ends are those of every other text of a case."""
        text = super().to_python(value) or ""
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))

    def validate(self, value: str) -> None:
        """Refuse what cannot stand in a file.

        Raises ValidationError that says where.
        """
        super().validate(value)
        allowed = "\n\t" if self.lines > 1 else "\t"
        for place, letter in enumerate(value, 1):
            if unicodedata.category(letter) in ("Cc", "Cs") and letter not in allowed:
                raise ValidationError(CONTROL, code="control", params={"place": place})
        if "\ufffd" in value:
            raise ValidationError(UNREADABLE, code="encoding")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return no maxlength."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class DayField(forms.DateField):
    """A day, from the browser's calendar or typed as day/month/year."""

    def __init__(self, **more: Any) -> None:
        wrong = {"invalid": _("Write the date as day/month/year, for example 15/12/2025.")}
        super().__init__(
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={**wrong, **more.pop("error_messages", {})},
            **more,
        )


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class ScanField(forms.FileField):
    """A scan or photo: PDF, JPEG or PNG by its content, not by its name."""

    widget = forms.FileInput

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=200, **more)
        self.widget.attrs["accept"] = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the file, or None.

        Raises ValidationError if it is too large, empty or of another kind.
        """
        file = super().clean(data, initial)
        if file:
            check(file)
        return file


class ScansField(ScanField):
    """Several scans."""

    widget = ManyFiles

    def __init__(self, *, most: int, **more: Any) -> None:
        self.most = most
        super().__init__(**more)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files.

        Raises ValidationError if there are too many, or one is not acceptable.
        """
        files: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > self.most:
            text = ngettext_lazy("At most %(most)s file can be sent.", "At most %(most)s files can be sent.", self.most)
            raise ValidationError(text, params={"most": self.most})
        return [super(ScansField, self).clean(one, initial) for one in files]


def check(file: File[bytes]) -> None:
    """Refuse a file that is too large or not what we can keep.

    Raises ValidationError with the file's name.
    """
    facts: dict[str, Any] = {"name": file.name, "most": filesizeformat(settings.UPLOAD_MAX_BYTES)}
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(_("“%(name)s” is larger than %(most)s. Send a smaller scan."), params=facts)
    if not kind_of(file):
        raise ValidationError(_("“%(name)s” is not a PDF, JPEG or PNG file."), params=facts)


def kind_of(file: File[bytes]) -> str:
    """Return the media type of a file by its first bytes, or an empty string if it is none that we keep."""
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    named = next((ending for start, ending in MAGIC.items() if head.startswith(start)), "")
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return ""
    return KINDS[named] if named and found & {named, ".jpeg" if named == ".jpg" else named, ".jfif"} else ""


class DrawingField(forms.CharField):
    """A signature drawn on the page: a PNG in a hidden field, kept when the form is shown again."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> ContentFile[bytes] | None:
        """Return the picture, or None if nothing was drawn.

        Raises ValidationError if it cannot be read.
        """
        text = str(value or "").strip()
        if not text:
            return None
        spoilt = ValidationError(_("The drawn signature could not be read. Draw it again, or send a photo of it."))
        if not text.startswith(DRAWING) or len(text) > LARGEST_DRAWING:
            raise spoilt
        try:
            picture = ContentFile(base64.b64decode(text.removeprefix(DRAWING), validate=True), name="chu-ky.png")
        except (binascii.Error, ValueError):
            raise spoilt from None
        if kind_of(picture) != "image/png":
            raise spoilt
        return picture
