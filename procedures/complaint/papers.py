"""The papers of a complaint, by the kind in which an act takes them, with the names the law gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from procedures.complaint import settlers
from procedures.explanation.papers import Record as Record
from workflow.law import Text
from workflow.models import Document
from workflow.sheets import Sheet
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

COMPLAINANT = _("the complainant")


def copies(*people: Text, paper: str = "") -> Callable[[Any], Iterable[Text]]:
    """Return who gets a document: some people, and whom the law names for this paper (`settlers.TOLD`)."""

    def told(case: Any) -> Iterable[Text]:
        named = settlers.recipients(case, paper) if paper else ()
        return (*people, *(settlers.RECIPIENTS[one] for one in named))

    return told


SHEETS: Mapping[str, Sheet] = {
    # `%(matter)s` is the first or the second complaint, `%(who)s` the complainant
    "K1": Sheet(_("Notice"), _("On accepting for settlement the %(matter)s of %(who)s"),
                to=("%(who)s",), copies=copies(paper="notice")),
    "K2": Sheet(_("Notice"), _("On not accepting for settlement the %(matter)s of %(who)s"),
                to=("%(who)s",), copies=copies(paper="notice")),
    "K3": Sheet("", _("guidance to complete the petition of complaint"), to=("%(who)s",)),
    "K4": Sheet(_("Decision"), _("On verifying the content of the %(matter)s of %(who)s"), decides=True,
                orders=(_("The content of the %(matter)s of %(who)s is to be verified, case %(code)s."),),
                copies=copies(COMPLAINANT, _("the verifier"))),
    "K5": Sheet(_("Report"), _("On the result of verifying the content of the %(matter)s of %(who)s"),
                to=("%(agency)s",)),
    "K6": Sheet(_("Letter of invitation"), _("To the dialogue on the %(matter)s of %(who)s"),
                to=("%(who)s", _("Those who are invited to the dialogue"))),
    "K7": Sheet(_("Minutes"), _("Of the dialogue on the %(matter)s of %(who)s"), copies=copies(COMPLAINANT),
                sides=(COMPLAINANT, _("who is complained about"), _("those whose rights and duties are concerned"),
                       _("who took the minutes"))),
    "K8": Sheet(_("Decision"), _("On settling the %(matter)s of %(who)s"), decides=True,
                before=("contents.parties", "contents.content", "contents.verified", "contents.first_result",
                        "contents.dialogue", "contents.basis", "contents.conclusion", "conclusion"),
                copies=copies(COMPLAINANT, paper="decision")),
    "K9": Sheet(_("Decision"), _("On suspending the settlement of the %(matter)s of %(who)s"), decides=True,
                orders=(_("The settlement of the %(matter)s of %(who)s, case %(code)s, is suspended from the day of"
                          " this decision. This time does not count."),),
                before=("ground", "contents.reason", "contents.basis"), copies=copies(COMPLAINANT)),
    "K10": Sheet(_("Decision"), _("On continuing the settlement of the %(matter)s of %(who)s"), decides=True,
                 orders=(_("The settlement of the %(matter)s of %(who)s, case %(code)s, goes on from the day of this"
                           " decision, from which its time runs on."),),
                 before=("contents.reason", "contents.basis"), copies=copies(COMPLAINANT)),
    "K11": Sheet(_("Decision"), _("On terminating the settlement of the %(matter)s of %(who)s"), decides=True,
                 orders=(_("The settlement of the %(matter)s of %(who)s, case %(code)s, is terminated."),),
                 before=("ground", "facts"), copies=copies(COMPLAINANT)),
    "K12": Sheet(_("Minutes"), _("Of finding that the %(matter)s of %(who)s is a complex matter")),
    "K13": Sheet(_("Decision"), _("On an advisory council for the %(matter)s of %(who)s"), decides=True,
                 orders=(_("An advisory council is set up for the %(matter)s of %(who)s, case %(code)s."),),
                 copies=copies(COMPLAINANT, _("the members of the council"))),
    "K14": Sheet(_("Decision"), _("On suspending the execution of what %(who)s complains about"), decides=True,
                 orders=(_("The execution of what the %(matter)s of %(who)s attacks, case %(code)s, is suspended."),),
                 before=("facts",), copies=copies(COMPLAINANT)),
    "request_evidence.K16": Sheet("", _("information, documents and evidence for settling the %(matter)s of %(who)s"),
                                  to=(_("The body, organisation or person who holds them"),)),
    "answer_front.K16": Sheet("", _("the result of settling the %(matter)s of %(who)s"), to=("%(sender)s",),
                              copies=copies(COMPLAINANT)),
}  # fmt: skip
"""The form of each document that the office makes; what each must hold stands in `law.CONTENTS`."""
