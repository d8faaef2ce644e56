"""The states of a complaint, first and second time, and what is said of each."""

from django.utils.translation import gettext_lazy as _

DRAFT, LODGED, DEFICIENT, NOT_ACCEPTED, ACCEPTED = "draft", "lodged", "deficient", "not_accepted", "accepted"
VERIFYING, VERIFIED, DIALOGUE, SUSPENDED = "verifying", "verified", "dialogue", "suspended"
DECIDED, SENT, IN_FORCE = "decided", "sent", "in_force"
SUPERSEDED, TERMINATED, CLOSED = "superseded", "terminated", "closed"

RECEIVED = (LODGED, DEFICIENT)
WORKING = (ACCEPTED, VERIFYING, VERIFIED, DIALOGUE)
OPEN = (*RECEIVED, *WORKING, SUSPENDED)
TOLD = (SENT, IN_FORCE)
ENDED = (NOT_ACCEPTED, DECIDED, SENT, IN_FORCE, TERMINATED)
PAPERS_OWED = (*WORKING, SUSPENDED, *ENDED, SUPERSEDED)
OFFICE_CLOCKS = ("accept", "decide", "send", "notice_copies", "orders", "termination", "answer_front")
PAPERS = ("notice_copies", "send", "orders", "publish", "answer_front")
"""Those of them in which only papers are sent."""

STATES = {
    DRAFT: _("Draft"),
    LODGED: _("Complaint lodged"),
    DEFICIENT: _("Complaint to be completed"),
    NOT_ACCEPTED: _("Not accepted for settlement"),
    ACCEPTED: _("Accepted for settlement"),
    VERIFYING: _("Being verified"),
    VERIFIED: _("Verified"),
    DIALOGUE: _("Dialogue called"),
    SUSPENDED: _("Settlement suspended"),
    DECIDED: _("Decision issued"),
    SENT: _("Decision sent"),
    IN_FORCE: _("Decision in force"),
    TERMINATED: _("Settlement terminated"),
    SUPERSEDED: _("Not settled in time, taken further"),
    CLOSED: _("File closed"),
}

WAITS = {
    DRAFT: _("the citizen is still writing"),
    SUSPENDED: _("the reason for suspension lasts; the law sets no maximum (%(law_suspend)s)"),
    NOT_ACCEPTED: _("decided; the complainant may sue, the file is still to be closed"),
    SENT: _("the decision takes effect when its time has passed (%(law_take_effect)s)"),
    IN_FORCE: _("the decision is in force; the file is still to be closed"),
    TERMINATED: _("ended; the file is still to be closed"),
    SUPERSEDED: _("the second complaint, or the court, goes on with it"),
    CLOSED: _("the file is closed"),
}


TELLS = {
    "lodge": ("head",),
    "supplement": ("head",),
    "verify": ("verifier",),
    "call_dialogue": ("verifier",),
    "suspend": ("verifier",),
    "resume": ("verifier",),
    "terminate": ("verifier",),
    "withdraw": ("head", "verifier"),
    "withdraw_part": ("head", "verifier"),
    "report": ("head",),
    "note_lawsuit": ("head",),
}
"""Who settles it, and who verifies it, beside those who are told of every act."""
