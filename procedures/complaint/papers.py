"""The papers of a complaint, by the kind in which an act takes them, with the names the law gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from django.utils.translation import gettext_lazy as _

from procedures.explanation.papers import Record as Record
from workflow.law import Text
from workflow.models import Document
from workflow.transitions import of_kind

Petition = Annotated[Document, of_kind("signature", "petition", "record")]
Completion = Annotated[Document, of_kind("record", "signature")]
Acceptance = Annotated[Document, of_kind("K1")]
NonAcceptance = Annotated[Document, of_kind("K2")]
Guidance = Annotated[Document, of_kind("K3")]
Assignment = Annotated[Document, of_kind("K4")]
Report = Annotated[Document, of_kind("K5")]
Invitation = Annotated[Document, of_kind("K6")]
Minutes = Annotated[Document, of_kind("K7")]
DecisionPaper = Annotated[Document, of_kind("K8")]
Suspension = Annotated[Document, of_kind("K9")]
Continuation = Annotated[Document, of_kind("K10")]
Termination = Annotated[Document, of_kind("K11")]
Complexity = Annotated[Document, of_kind("K12")]
Council = Annotated[Document, of_kind("K13")]
Measure = Annotated[Document, of_kind("K14")]
Withdrawal = Annotated[Document, of_kind("K15", "record")]
Letter = Annotated[Document, of_kind("K16")]

KIND_NAMES: Mapping[str, Text] = {
    "petition": _("Petition of complaint"),
    "K1": _("Notice of acceptance of the complaint"),
    "K2": _("Notice of non-acceptance of the complaint"),
    "K3": _("Guidance to complete the petition"),
    "K4": _("Decision assigning the verification"),
    "K5": _("Report of the verification"),
    "K6": _("Invitation to the dialogue"),
    "K7": _("Minutes of the dialogue"),
    "K8": _("Decision on the complaint"),
    "K9": _("Decision suspending the settlement"),
    "K10": _("Decision continuing the settlement"),
    "K11": _("Decision terminating the settlement"),
    "K12": _("Record that the matter is complex"),
    "K13": _("Decision on the advisory council"),
    "K14": _("Decision suspending the execution"),
    "K15": _("Statement withdrawing the complaint"),
    "K16": _("Letter"),
    "complaint": _("Decision on the complaint"),
    "attachment": _("Document attached to the complaint"),
    "signature": _("Signature of the complainant"),
    "record": _("Paper on file"),
}
