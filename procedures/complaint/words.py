"""What the things given with an act on a complaint, and their codes, are called where the log is read."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from procedures.complaint.law import CONCLUSIONS, FIELDS, OUTCOMES, REASONS
from procedures.complaint.settlers import RECIPIENTS
from procedures.explanation import words as request_words
from workflow.law import Text

GIVEN: Mapping[str, Text] = {
    **request_words.GIVEN,
    "absent": _("Who was absent"),
    "asked": _("What is to be supplied"),
    "attacked": _("Case complained about"),
    "conclusion": _("Conclusion"),
    "content": FIELDS["content"].text,
    "contents": _("Contents of the document"),
    "court": _("Court"),
    "demands": FIELDS["demands"].text,
    "differs": _("Demand and finding still differ"),
    "earlier": _("First complaint"),
    "held_on": _("Day of the dialogue"),
    "how": _("How it was published"),
    "id_number": FIELDS["id_number"].text,
    "known_on": _("Received or known on"),
    "late_reason": _("Why it comes late"),
    "letter": _("Letter"),
    "numbers": _("Demands withdrawn"),
    "obstacle_days": _("Days of the obstacle"),
    "outcome": _("What becomes of the decision or act"),
    "proxy": FIELDS["proxy"].text,
    "reasons": _("Why the matter is complex"),
    "recipients": _("Copies to"),
    "report": _("Report of the verification"),
    "requester": _("Complainant"),
    "sender": _("Forwarded by"),
    "sued_on": _("Sued on"),
    "verifier": _("Verifier"),
}

OBJECTS: Mapping[str, Text] = request_words.CODES["object"]
PROXIES: dict[str, Text] = {"notarised": _("Notarised"), "certified": _("Certified")}
ABSENT: dict[str, Text] = {
    "nobody": _("Everybody came"),
    "with_reason": _("Somebody stayed away with a sound reason: the dialogue is called again"),
    "without_reason": _("Somebody stayed away without a sound reason: the settlement goes on"),
}
PUBLISHED: dict[str, Text] = {
    "meeting": _("At a meeting"),
    "posting": _("Posted at the office or where citizens are received"),
    "media": _("In the media"),
}
CODES: Mapping[str, Mapping[str, Text]] = {
    **request_words.CODES,
    "absent": ABSENT,
    "conclusion": CONCLUSIONS,
    "fields": {code: item.text for code, item in FIELDS.items()},
    "how": PUBLISHED,
    "kind": {**request_words.CODES["kind"], "front": _("the Fatherland Front"), "body": _("another body")},
    "outcome": {code: label for code, (label, _upheld) in OUTCOMES.items()},
    "proxy": PROXIES,
    "reasons": {code: item.text for code, item in REASONS.items()},
    "recipients": dict(RECIPIENTS),
}
