"""Signing on a page: drawn with a finger or a mouse, or on paper and photographed (A20)."""

from __future__ import annotations

from typing import Self

from django import forms
from django.core.files.base import File
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from procedures.fields import DrawingField, ScanField
from workflow.law import LawVersion

NEEDED = _("%(field)s: asked for by law and missing (%(law)s).")


def needed(law: LawVersion, field: str) -> str:
    """Return the sentence that names a missing field of the request and the clause that asks for it."""
    item = law.checklists["fields"][field]
    return str(NEEDED) % {"field": item.text, "law": item.cite}


class Signing(forms.Form):
    """A signature that is drawn, or signed on paper and sent as a photo. NĐ59 Đ.10 k.2 b."""

    signature_drawing = DrawingField(required=False, label=_("Drawn signature"))
    signature_photo = ScanField(
        required=False,
        label=_("Photo or scan of the signature or fingerprint on paper"),
        help_text=_(
            "Sign or put a fingerprint on a sheet of paper and take a photo of it. PDF, JPEG or PNG, 10 MB at most."
        ),
    )
    confirmed = forms.BooleanField(
        required=False,
        label=_("I confirm that this is my signature, and that what I have written is true."),
    )

    def unjudged(self) -> Self:
        """Return this form as it was typed, without looking for mistakes yet."""
        self._errors = forms.utils.ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}
        return self

    def signed(self) -> tuple[str, File[bytes] | None]:
        """Return how the form is signed and the picture of it; a photo of paper weighs more than a drawing."""
        if photo := self.cleaned_data.get("signature_photo"):
            return "photo", photo
        if drawing := self.cleaned_data.get("signature_drawing"):
            return "drawn", drawing
        return "", None

    def check_signature(self, why: str | Promise) -> None:
        """Say beside the fields what is missing of a signature."""
        tried = {"signature_drawing", "signature_photo"} & set(self.errors)
        if not tried and not self.signed()[1]:
            self.add_error("signature_photo", str(why))
        elif not tried and not self.cleaned_data.get("confirmed"):
            self.add_error("confirmed", str(_("Confirm the signature by ticking this box.")))
