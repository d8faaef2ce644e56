"""The papers of a request for explanation (văn bản), numbered as in law file 6.4: what each act takes, and their names.

An act names its paper in its signature, `notice: T5`; the engine takes no other, and the form makes that one.
"""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext_lazy as _

from workflow.law import Text
from workflow.models import Document
from workflow.transitions import of_kind

Request = Annotated[Document, of_kind("T1", "record", "signature")]
"""What a request arrives with: the record of an oral one, the paper of a written one, or a signature."""
Completion = Annotated[Document, of_kind("record", "signature")]
Record = Annotated[Document, of_kind("record")]
T2 = Annotated[Document, of_kind("T2")]
T3 = Annotated[Document, of_kind("T3")]
T4 = Annotated[Document, of_kind("T4")]
T5 = Annotated[Document, of_kind("T5")]
T6 = Annotated[Document, of_kind("T6")]
T7 = Annotated[Document, of_kind("T7")]
T8 = Annotated[Document, of_kind("T8")]
T9 = Annotated[Document, of_kind("T9")]
T10 = Annotated[Document, of_kind("T10")]
T11 = Annotated[Document, of_kind("T11")]
T12 = Annotated[Document, of_kind("T12")]
T13 = Annotated[Document, of_kind("T13")]
T14 = Annotated[Document, of_kind("T14")]
ComplaintDecision = Annotated[Document, of_kind("complaint")]

NAMES: dict[str, Text] = {
    "T1": _("Record of an oral request"),
    "T2": _("Guidance to supplement"),
    "T3": _("Guidance to the competent agency"),
    "T4": _("Copy of an earlier explanation"),
    "T5": _("Notice of acceptance"),
    "T6": _("Notice of refusal"),
    "T7": _("Minutes of the working session"),
    "T8": _("Minutes of the direct explanation"),
    "T9": _("Written explanation"),
    "T10": _("Notice of extension"),
    "T11": _("Decision of suspension"),
    "T12": _("Notice of continuation"),
    "T13": _("Decision of termination"),
    "T14": _("Statement of withdrawal"),
    "complaint": _("Decision on the complaint"),
    "attachment": _("Document attached to the request"),
    "signature": _("Signature of the requester"),
    "record": _("Paper on file"),
}
