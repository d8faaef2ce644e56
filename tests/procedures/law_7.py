"""Section 7 of the law file, typed in by hand: who may move a complaint from where to where.

`to` is None where the state stays. `which` is the instance: "first", "second" or "both".
"""

RECEIVED = ("lodged", "deficient")
WORKING = ("accepted", "verifying", "verified", "dialogue")
WAITING = (*RECEIVED, *WORKING)
OPEN = (*WAITING, "suspended")
PAPERS = (*WORKING, "suspended", "not_accepted", "decided", "sent", "in_force", "terminated", "superseded")
ANY = (*OPEN, "not_accepted", "decided", "sent", "in_force", "terminated", "superseded", "closed")
SETS = {"received": RECEIVED, "working": WORKING, "waiting": WAITING, "open": OPEN, "papers": PAPERS, "any": ANY}
CITIZEN = "complainant"

ROWS = (
    # from                       event                 by                       to                which
    (("draft",),                 "lodge",              (CITIZEN,),              ("lodged",),       "both"),
    (("lodged",),                "request_supplement", ("receiver",),           ("deficient",),    "both"),
    (("deficient",),             "supplement",         (CITIZEN,),              ("lodged",),       "both"),
    (RECEIVED,                   "not_accept",         ("settler",),            ("not_accepted",), "both"),
    (RECEIVED,                   "accept",             ("settler",),            ("accepted",),     "both"),
    (PAPERS,                     "send_notice_copies", ("clerk",),              None,              "both"),
    (("accepted",),              "verify",             ("settler",),            ("verifying",),    "both"),
    (WORKING,                    "request_evidence",   ("verifier",),           None,              "both"),
    ((*WORKING, "suspended"),    "give_evidence",      ("verifier", "clerk"),   None,              "both"),
    (("verifying",),             "report",             ("verifier",),           ("verified",),     "both"),
    (WORKING,                    "record_complexity",  ("settler",),            None,              "both"),
    (WORKING,                    "order_measure",      ("settler",),            None,              "both"),
    (("verified",),              "call_dialogue",      ("settler",),            ("dialogue",),     "both"),
    (("dialogue",),              "hold_dialogue",      ("settler",),            ("verified",),     "both"),
    (WORKING,                    "suspend",            ("settler",),            ("suspended",),    "both"),
    (("suspended",),             "resume",             ("settler",),            WORKING,           "both"),
    (OPEN,                       "terminate",          ("settler",),            ("terminated",),   "both"),
    (OPEN,                       "withdraw",           (CITIZEN,),              ("terminated",),   "both"),
    (("terminated",),            "issue_termination",  ("settler",),            None,              "both"),
    (OPEN,                       "withdraw_part",      (CITIZEN,),              None,              "both"),
    (PAPERS,                     "send_order",         ("clerk",),              None,              "both"),
    (("decided",),               "send",               ("clerk",),              ("sent",),         "both"),
    (("decided", "sent", "in_force"), "answer_front",  ("settler",),            None,              "both"),
    (ANY,                        "note_lawsuit",       (CITIZEN, "clerk"),      None,              "both"),
    (("sent",),                  "take_effect",        ("officer",),            ("in_force",),     "both"),
    (("not_accepted", "sent", "in_force", "terminated", "superseded"), "close", ("officer",), ("closed",), "both"),
    (("verified",),              "decide",             ("settler",),            ("decided",),      "first"),
    (("verified",),              "decide",             ("settler",),            ("decided",),      "second"),
    (("sent", "in_force"),       "record_receipt",     ("clerk", CITIZEN),      None,              "first"),
    (("sent", "in_force"),       "record_receipt",     ("clerk", CITIZEN),      None,              "second"),
    (("not_accepted", "sent", "in_force", "closed"), "appeal", (CITIZEN,),      None,              "first"),
    (WAITING,                    "appeal_silence",     (CITIZEN,),              ("superseded",),   "first"),
    (WORKING,                    "note_council",       ("settler",),            None,              "second"),
    (("decided", "sent", "in_force"), "publish",       ("officer", "clerk"),    None,              "second"),
    (WAITING,                    "sue_silence",        (CITIZEN, "clerk"),      ("superseded",),   "second"),
)  # fmt: skip

HELD_BY = {
    # role the law names: the appointments that carry it at the agency with which the complaint was lodged
    "settler": {"head"},
    "receiver": {"receiver"},
    "clerk": {"clerk"},
    "officer": {"officer"},
    "verifier": {"officer"},
    "complainant": {"requester"},
}


def rows(instance):
    """Return the rows of an instance, without its name."""
    return tuple(row[:4] for row in ROWS if row[4] in ("both", instance))
