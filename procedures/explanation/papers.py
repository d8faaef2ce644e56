"""The papers of a request for explanation (văn bản), numbered as in law file 6.4: what each act takes, and their names.

An act names its paper in its signature, `notice: T5`; the engine takes no other, and the form makes that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from workflow.law import Text
from workflow.models import Document
from workflow.sheets import Sheet
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

REQUESTER = _("the requester")


def copies(case: Any) -> Iterable[Text]:
    """Return who gets a document."""
    return (REQUESTER,)


SHEETS: Mapping[str, Sheet] = {
    # the form of each document that the office makes; `%(who)s` is the requester
    "T2": Sheet("", _("guidance to supplement the request for explanation"), to=("%(who)s",)),
    "T3": Sheet("", _("guidance to the agency that must explain"), to=("%(who)s",)),
    "T5": Sheet(_("Notice"), _("On accepting the request for explanation of %(who)s"), to=("%(who)s",)),
    "T6": Sheet(_("Notice"), _("On refusing the request for explanation of %(who)s"), to=("%(who)s",)),
    "T7": Sheet(_("Minutes"), _("Of the working session on the request for explanation of %(who)s"), copies=copies,
                sides=(REQUESTER, _("who took the minutes"))),
    "T8": Sheet(_("Minutes"), _("Of the direct explanation to %(who)s"), copies=copies,
                sides=(REQUESTER, _("who took the minutes"))),
    "T9": Sheet(_("Written explanation"), _("On the request for explanation of %(who)s"), to=("%(who)s",)),
    "T10": Sheet(_("Notice"), _("On extending the time for the explanation to %(who)s"), to=("%(who)s",)),
    "T11": Sheet(_("Decision"), _("On suspending the explanation to %(who)s"), decides=True,
                 orders=(_("The explanation requested by %(who)s, case %(code)s, is suspended from the day of this"
                           " decision. This time does not count."),),
                 before=("ground", "facts"), copies=copies),
    "T12": Sheet(_("Notice"), _("On continuing the explanation to %(who)s"), to=("%(who)s",)),
    "T13": Sheet(_("Decision"), _("On terminating the explanation to %(who)s"), decides=True,
                 orders=(_("The explanation requested by %(who)s, case %(code)s, is terminated."),),
                 before=("ground", "facts"), copies=copies),
}  # fmt: skip
