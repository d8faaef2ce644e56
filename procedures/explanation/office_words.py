"""The words of a request for explanation on the pages of officials: its papers, its acts' parameters, its choices.

`%(law_…)s` is the article of the version that applies to the case.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from workflow.law import Text

YES_NO: dict[str, Text] = {"yes": _("Yes"), "no": _("No"), "unknown": _("Not known yet")}
CHOICES: dict[str, dict[str, Text]] = {
    "capacity": YES_NO,
    "affected": YES_NO,
    "delivery": {"post": _("By post"), "hand": _("By hand"), "electronic": _("Electronically")},
    "object": {
        "refusal": _("The refusal"), "termination": _("The termination"), "silence": _("Silence: no answer in time"),
        "procedure": _("The procedure"), "contents": _("The contents of the explanation"),
    },
}  # fmt: skip
WORDS: dict[str, tuple[Text, Text]] = {
    "fields": (_("What is missing"), _("Each thing may be asked for once.")),
    "competent_agency": (_("Competent agency"), _("Its name and address, as the requester will need them.")),
    "earlier": (_("Code of the earlier case"), _("The case in which the same content was explained.")),
    "capacity": (
        _("Does the requester have full civil capacity, or a lawful representative?"),
        "%(law_capacity)s",
    ),
    "affected": (_("Does the decision or act directly affect the requester?"), "%(law_affected)s"),
    "sound_reason": (
        _("The requester has a sound reason to ask again"),
        _("It rescues what was explained or settled before (%(law_sound_reason)s)."),
    ),
    "simple": (
        _("The content is simple"),
        _("Only simple content is explained on the spot (%(law_explain_directly)s)."),
    ),
    "days": (_("Days added"), _("No more than the law allows (%(law_extend)s).")),
    "extend.reason": (_("Why the content is complex"), ""),
    "ground": (_("Ground"), _("One of those the law gives.")),
    "facts": (_("Facts"), _("What happened, and how it is known.")),
    "statement": (_("What the requester says"), ""),
    "questions": (_("Questions withdrawn"), ""),
    "legal_basis": (_("Legal basis of the explanation"), "%(law_contents_basis)s"),
    "session": (
        _("Result of the working session"),
        _("Needed if there was one (%(law_contents_session)s); leave it empty otherwise."),
    ),
    "delivery": (_("How it was sent"), ""),
    "proof": (_("Proof of sending"), _("The posting number, or who received it and when.")),
    "received_on": (_("Received on"), _("The time limit for a complaint runs from this day (%(law_record_receipt)s).")),
    "object": (_("What the complaint is about"), ""),
    "complaint": (_("Complaint"), ""),
    "comment": (_("Comment"), ""),
    "insists": (_("The requester insists that the request is complete"), ""),
    "satisfaction": (_("Satisfaction, 1 to 5"), ""),
    "record": (_("Paper on file"), ""),
}
LINES = frozenset({"competent_agency", "earlier", "proof"})
