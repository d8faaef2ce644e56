"""Law file 4.3, typed in by hand: who may move a request for explanation from where to where.

`to` is None where the state stays. The law's VERIFYING, WORKING_SESSION and DRAFTING are office work inside `accepted`,
whose one act is the working session (T7); EXTENDED is a flag on its clock. "Complaint ended" is five rows by assumption A21; the decision after a whole
withdrawal (T13) and the complaint in an open case are rows of their own.
"""

EXPLAINER = "explainer"  # the head, or a person assigned or authorised (1.3)
ANY_OPEN = ("received", "supplement_requested", "accepted", "suspended", "explained_written")
ANY_FINAL = ("redirected", "copy_provided", "refused", "explained_direct", "sent", "terminated")
COMPLAINABLE = ("refused", "terminated", "explained_direct", "sent", "closed")

ROWS = (
    # from                        event                 by                       to
    (("draft",),                  "file",               ("requester",),          ("received",)),
    (("received",),               "request_supplement", ("receiver",),           ("supplement_requested",)),
    (("supplement_requested",),   "supplement",         ("requester",),          ("received",)),
    (("received",),               "redirect",           ("receiver",),           ("redirected",)),
    (("received",),               "provide_copy",       ("receiver",),           ("copy_provided",)),
    (("received",),               "refuse",             (EXPLAINER,),            ("refused",)),
    (("received",),               "accept",             (EXPLAINER,),            ("accepted",)),
    (("received", "accepted"),    "explain_directly",   (EXPLAINER,),            ("explained_direct",)),
    (("accepted",),               "hold_session",       (EXPLAINER, "officer"),  None),
    (("accepted",),               "extend",             (EXPLAINER,),            None),
    (("accepted",),               "suspend",            (EXPLAINER,),            ("suspended",)),
    (("suspended",),              "resume",             (EXPLAINER,),            ("accepted",)),
    (ANY_OPEN,                    "terminate",          (EXPLAINER,),            ("terminated",)),
    (ANY_OPEN,                    "withdraw",           ("requester",),          ("terminated",)),
    (("terminated",),             "issue_termination",  (EXPLAINER,),            None),
    (ANY_OPEN,                    "withdraw_part",      ("requester",),          None),
    (("accepted",),               "sign",               (EXPLAINER,),            ("explained_written",)),
    (("explained_written",),      "send",               ("clerk",),              ("sent",)),
    (ANY_FINAL,                   "record_receipt",     ("clerk", "requester"),  None),
    (("sent", "explained_direct"), "respond",           ("requester",),          None),
    (ANY_FINAL,                   "close",              ("officer",),            ("closed",)),
    (COMPLAINABLE,                "complain",           ("requester",),          ("appealed",)),
    (ANY_OPEN,                    "complain_open",      ("requester",),          None),
    (("appealed",),               "annul_refusal",      ("resolver",),           ("received",)),
    (("appealed",),               "annul_termination",  ("resolver",),           ANY_OPEN),
    (("appealed",),               "explain_again",      ("resolver",),           ("accepted",)),
    (("appealed",),               "end_complaint",      ("resolver",),           COMPLAINABLE),
    ((*ANY_OPEN, *ANY_FINAL, "closed", "appealed"), "note_complaint", ("head",),             None),
)  # fmt: skip

HELD_BY = {
    # role the law names: the appointments that carry it at the case's own agency
    "explainer": {"head", "explainer"},
    "receiver": {"receiver"},
    "clerk": {"clerk"},
    "officer": {"officer"},
    "resolver": {"head", "superior"},
    "head": {"head"},
    "requester": {"requester"},
}

SOURCES = {event: sources for sources, event, _, _ in ROWS}
BY = {event: by for _, event, by, _ in ROWS}
STATES = tuple(dict.fromkeys(state for sources, _, _, to in ROWS for state in (*sources, *(to or ()))))


def may(person: str, event: str) -> bool:
    """Return whether the law gives this act to this person at all."""
    return any(person in HELD_BY[role] for role in BY[event])
