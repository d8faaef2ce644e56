"""The fields of a document in the form of an act, and how it is put on file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow import clock, documents
from workflow.clock import legal_day
from workflow.faces import Fields, Part
from workflow.fields import DateField
from workflow.law import Text
from workflow.models import Case, Document, User
from workflow.uploads import ScanField

MADE = _("Leave it empty, and the document is made as a PDF from what stands here.")


def document_part(
    kind: str,
    title: Text,
    told: Text,
    *,
    required: bool,
    user: User | None,
    numbered: bool = True,
    scan: bool = False,
    draft: str = "",
    made: bool = False,
) -> Part:
    """Return the part of a document: number, date, what it says (`draft` to begin with), and its scan.

    made: whether it is made as a PDF where no file is handed in
    """
    told_of_scan = _("PDF, JPEG, PNG or Word, at most 10 MB. Choose it again if the page comes back.")
    if made and not scan:
        told_of_scan = format_lazy("{made} {scan}", made=MADE, scan=told_of_scan)

    def fields(case: Case, known: Any) -> Fields:
        today = legal_day(clock.now()) if required else None
        return {
            "number": forms.CharField(
                label=_("Number and symbol"), required=required and numbered, max_length=64,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            ),
            "dated_on": DateField(label=_("Date of the document"), required=required, initial=today),
            "summary": forms.CharField(label=_("Summary"), required=False, max_length=300),
            "body": forms.CharField(
                label=_("Full text"), required=False, max_length=100_000, initial=draft,
                widget=forms.Textarea(attrs={"rows": 8}),
            ),
            "scan": ScanField(
                label=_("Scan or file"), required=required and scan,
                help_text=told_of_scan,
            ),
        }  # fmt: skip

    def collect(case: Case, given: dict[str, Any]) -> Document | None:
        if not required and not any(given.get(name) for name in ("number", "summary", "body", "scan")):
            return None
        return documents.issue(
            case=case, kind=kind, number=given["number"], dated_on=given["dated_on"] or legal_day(clock.now()),
            summary=given["summary"], body=given["body"], file=given["scan"], added_by=user,
        )  # fmt: skip

    return Part(title, fields, collect, told)
