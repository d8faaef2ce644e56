"""Who is let in where: one line for each address and its methods, typed in by hand.

    page(name, methods, who is let in, others with an account, without an account, about=…, closed_to=…, hidden_to=…)

`about` is what the address names ("case", "paper", "task", "breach", "notice"): the page is then tried for a case in
every state of every procedure, and the superior is let in only to what is before them. `not_of` names a procedure
whose cases have no such page. `closed_to` names those who may know of the thing
but get 403, `hidden_to` those who may enter the room and do not find the thing there. A method that is not listed answers 405 to whom the page is open, and keeps the others off all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.access.world import (
    ACCOUNTS,
    ADMINISTRATORS,
    CITIZEN,
    CLOSED,
    EVERYBODY,
    HEAD,
    HIDDEN,
    IN,
    INSPECTORS,
    SIGN_IN,
    STAFF,
    SUPERIOR,
    World,
)


@dataclass(frozen=True)
class Page:
    """One line of the table."""

    name: str
    methods: tuple[str, ...]
    who: frozenset[str] | str
    others: str = HIDDEN
    strangers: str = SIGN_IN
    about: str = ""
    not_of: str = ""
    closed_to: frozenset[str] = frozenset()
    hidden_to: frozenset[str] = frozenset()
    args: Callable[[World], dict[str, Any]] = lambda world: {}
    query: str = ""
    data: Callable[[World, Any], dict[str, Any]] = lambda world, case: {}

    def expected(self, role: str, world: World, case: Any = None) -> str:
        """Return what somebody gets by the table."""
        if case is not None and case.procedure_name == self.not_of:
            return self.others if role in ACCOUNTS else self.strangers
        who = world.at_the_desk(case) if self.who == "desk" else self.who
        assert isinstance(who, frozenset)
        own, role = role, world.stands(role, case) if case is not None else role
        before = case is None or role != "superior" or self.about == "breach" or world.before_the_superior(case)
        if role in who and before:
            return IN
        if role in self.closed_to and before:
            return CLOSED
        if role in self.hidden_to or own in who:
            return HIDDEN
        return self.others if role in ACCOUNTS else self.strangers


def page(name: str, methods: str, who: frozenset[str] | str, *outcomes: str, **more: Any) -> Page:
    """Return a line of the table; see the module."""
    return Page(name, tuple(methods.split()), who, *outcomes, **more)


CALENDAR = frozenset({"keeper"})
NONE_SET_UP: frozenset[str] = frozenset()
COUNTER = frozenset({"receiver", "clerk"})
INSIDE = frozenset({"inspector"})
OUTSIDE = INSPECTORS - INSIDE
NO_CLERK = (STAFF | SUPERIOR) - {"clerk"}


def of_notice(world: World, case: Any) -> dict[str, Any]:
    """Return the form of a letter's proof for the first notice of a case."""
    return {"notice": world.notice(case).pk}


KEEPERS = frozenset({"administrator", "keeper"})


def kept(name: str, methods: str, who: frozenset[str] = KEEPERS, **more: Any) -> Page:
    """Return a line for what administrators of the agency keep, and those of another do not find."""
    return page(name, methods, who, CLOSED, hidden_to=ADMINISTRATORS - who, **more)


def pk_of(power: str) -> Callable[[World], dict[str, Any]]:
    """Return what stands in the address of a page about a power, an account or a person."""
    return {
        "appointment": lambda world: {"pk": world.power("head").pk},
        "delegation": lambda world: {"pk": world.delegation().pk},
        "person": lambda world: {"pk": world.people["head"].pk},
        "succession": lambda world: {"pk": world.succession.pk},
        "sheet": lambda world: {"pk": world.sheet.pk},
        "agency": lambda world: {"slug": world.office.agency.slug},
    }[power]


RULES = (
    # the house
    page("health", "GET", EVERYBODY),
    page("metrics", "GET", EVERYBODY),
    page("set_language", "GET POST", EVERYBODY),
    page("workflow:verify", "GET POST", EVERYBODY),
    page("workflow:verify-en", "GET POST", EVERYBODY),
    page("ledger:checkpoint", "GET POST", EVERYBODY),
    # accounts: signing in and out, for everybody
    page("account_login", "GET POST", EVERYBODY),
    page("account_logout", "GET POST", EVERYBODY),
    page("mfa_authenticate", "GET POST", EVERYBODY),
    page("openid_connect_login", "GET POST", frozenset(), HIDDEN, HIDDEN, args=lambda world: {"provider_id": "x"}),
    page("openid_connect_callback", "GET POST", frozenset(), HIDDEN, HIDDEN, args=lambda world: {"provider_id": "x"}),
    page("socialaccount_login_cancelled", "GET", EVERYBODY),
    page("account_inactive", "GET", EVERYBODY),
    page("account_reset_password", "GET POST", EVERYBODY),
    page("account_reset_password_done", "GET", EVERYBODY),
    page("account_reset_password_from_key", "GET POST", EVERYBODY, args=lambda world: {"uidb36": "1", "key": "x"}),
    page("account_reset_password_from_key_done", "GET", EVERYBODY),
    page("account_reset_password_used", "GET", EVERYBODY),
    page("accounts:accept", "GET POST", EVERYBODY, args=lambda world: {"secret": "x"}),
    # accounts: one's own
    page("accounts:mine", "GET", ACCOUNTS),
    page("accounts:unlink", "POST", ACCOUNTS, args=lambda world: {"pk": 1}),
    page("account_change_password", "GET POST", ACCOUNTS),
    page("account_reauthenticate", "GET POST", ACCOUNTS),
    page("mfa_reauthenticate", "GET POST", ACCOUNTS),
    page("mfa_reauthenticate_webauthn", "GET POST", ACCOUNTS),
    page("usersessions_list", "GET POST", ACCOUNTS),
    page("mfa_index", "GET", ACCOUNTS),
    page("mfa_activate_totp", "GET POST", ACCOUNTS),
    page("mfa_deactivate_totp", "GET POST", NONE_SET_UP),
    page("mfa_add_webauthn", "GET POST", ACCOUNTS),
    page("mfa_remove_webauthn", "GET POST", ACCOUNTS, args=lambda world: {"pk": 1}),
    page("mfa_view_recovery_codes", "GET", NONE_SET_UP),
    page("mfa_generate_recovery_codes", "GET POST", ACCOUNTS),
    # the citizen: code and secret, whoever is signed in
    page("explanation:home", "GET", EVERYBODY),
    page("explanation:new", "GET POST", EVERYBODY),
    page("explanation:filed", "GET POST", EVERYBODY),
    page("explanation:follow", "GET POST", EVERYBODY),
    page("explanation:case", "GET", CITIZEN, HIDDEN, HIDDEN, about="case"),
    page("explanation:paper", "GET", CITIZEN, HIDDEN, HIDDEN, about="paper"),
    page("explanation:receipt", "GET", CITIZEN, HIDDEN, HIDDEN, about="case", args=lambda world: {"seq": 1}),
    page("explanation:bundle", "GET POST", CITIZEN, HIDDEN, HIDDEN, about="case"),
    page("complaint:new", "GET POST", CITIZEN, HIDDEN, HIDDEN, about="case", not_of="complaint_second"),
    page("explanation:leave", "POST", CITIZEN, HIDDEN, HIDDEN, about="case"),
    page("explanation:act", "GET POST", CITIZEN, HIDDEN, HIDDEN, about="case", args=lambda world: {"name": "withdraw"}),
    # the office
    page("workflow:office", "GET", ACCOUNTS),
    page("workflow:office-queue", "GET POST", ACCOUNTS),
    page("workflow:office-cases", "GET", ACCOUNTS),
    page("workflow:powers", "GET", ACCOUNTS),
    page("workflow:office-register", "GET POST", COUNTER, CLOSED),
    page("workflow:office-register-about", "GET POST", COUNTER, CLOSED),
    page("workflow:office-registered", "GET", COUNTER, CLOSED, about="case"),
    page("workflow:office-case", "GET", STAFF | SUPERIOR, about="case"),
    page("workflow:office-paper", "GET", STAFF | SUPERIOR, about="paper"),
    page("workflow:office-act", "GET POST", STAFF | SUPERIOR, about="case", args=lambda world: {"name": "accept"}),
    page("workflow:correction", "GET POST", HEAD | COUNTER, about="case", closed_to=(STAFF | SUPERIOR) - HEAD - COUNTER),
    page("workflow:erase", "GET POST", HEAD | COUNTER, about="case"),
    page("workflow:own-powers", "GET", ACCOUNTS),
    page("workflow:own-delegate", "GET POST", frozenset({"head"}), args=pk_of("appointment")),
    page("workflow:own-delegation", "GET POST", frozenset({"head"}), args=pk_of("delegation")),
    page("workflow:office-task", "GET POST", "desk", about="task"),
    page("workflow:office-take", "POST", "desk", about="task"),
    page("workflow:breaches", "GET", HEAD | SUPERIOR | INSPECTORS | {"other_head"}, CLOSED),
    page("workflow:breach", "GET POST", HEAD | INSIDE, about="breach"),
    page("notifications:inbox", "GET", ACCOUNTS),
    page("notifications:read", "POST", ACCOUNTS),
    page("notifications:case-notices", "GET", STAFF | SUPERIOR, about="case"),
    page("notifications:case-notices", "POST", frozenset({"clerk"}), about="notice", closed_to=NO_CLERK, data=of_notice),
    # inspection
    page("workflow:inspect", "GET", INSPECTORS, CLOSED),
    page("workflow:inspect-log", "GET", INSPECTORS, CLOSED),
    page("workflow:inspect-log-export", "GET", INSPECTORS, CLOSED),
    page("workflow:inspect-overdue", "GET", INSPECTORS, CLOSED),
    page("workflow:inspect-overdue-export", "GET", INSPECTORS, CLOSED),
    page("workflow:inspect-breaches-export", "GET", INSPECTORS, CLOSED),
    page("workflow:inspect-patterns", "GET", INSPECTORS, CLOSED),
    page("workflow:inspect-pattern", "GET", INSPECTORS, CLOSED, args=lambda world: {"kind": "own-act"}),
    page("workflow:inspect-draws", "GET POST", INSPECTORS, CLOSED),
    page("workflow:inspect-draw", "GET", INSIDE, CLOSED, args=lambda world: {"pk": world.draw.pk}, hidden_to=OUTSIDE),
    page("workflow:inspect-case", "GET", INSIDE, CLOSED, about="case", hidden_to=OUTSIDE),
    page("workflow:inspect-paper", "GET", INSIDE, CLOSED, about="paper", hidden_to=OUTSIDE),
    page("workflow:inspect-hold", "POST", INSIDE, CLOSED, about="case", hidden_to=OUTSIDE),
    page("workflow:inspect-bundle", "POST", INSIDE, CLOSED, about="case", hidden_to=OUTSIDE),
    page("workflow:security", "GET", INSPECTORS | ADMINISTRATORS, CLOSED),
    # administration
    page("workflow:who-may", "GET", ADMINISTRATORS, CLOSED),
    page("workflow:calendar", "GET", CALENDAR, CLOSED),
    page("workflow:calendar-year", "GET POST", CALENDAR, CLOSED, args=lambda world: {"year": 2026}),
    page("workflow:calendar-proposal", "GET POST", CALENDAR, CLOSED, args=lambda world: {"pk": world.proposal.pk}),
    page("workflow:calendar-close", "GET POST", CALENDAR, CLOSED),
    page("workflow:calendar-closure", "GET POST", CALENDAR, CLOSED, args=lambda world: {"pk": world.closure.pk}),
    page("workflow:people", "GET", ADMINISTRATORS, CLOSED),
    kept("workflow:person", "GET", args=pk_of("person")),
    page("workflow:appointments", "GET", ADMINISTRATORS, CLOSED),
    page("workflow:appoint", "GET POST", ADMINISTRATORS, CLOSED),
    kept("workflow:appointment", "GET POST", args=pk_of("appointment")),
    kept("workflow:delegate", "GET POST", args=pk_of("appointment")),
    page("workflow:delegations", "GET", ADMINISTRATORS, CLOSED),
    kept("workflow:delegation", "GET POST", args=pk_of("delegation")),
    page("workflow:handovers", "GET", ADMINISTRATORS, CLOSED),
    kept("workflow:handover", "GET POST", args=pk_of("person")),
    page("accounts:accounts", "GET POST", ADMINISTRATORS, CLOSED),
    page("accounts:invite", "GET POST", ADMINISTRATORS, CLOSED),
    kept("accounts:account", "GET POST", args=pk_of("person")),
    page("workflow:agencies", "GET", ADMINISTRATORS, CLOSED),
    kept("workflow:agency-add", "GET POST", query="?duoi=xa-tan-hoa"),
    page("workflow:agencies-import", "GET POST", ADMINISTRATORS, CLOSED),
    kept("workflow:agencies-sheet", "GET POST", CALENDAR, args=pk_of("sheet")),
    page("workflow:agencies-export", "GET", ADMINISTRATORS, CLOSED),
    page("workflow:successions", "GET", ADMINISTRATORS, CLOSED),
    page("workflow:succession-new", "GET POST", ADMINISTRATORS, CLOSED),
    kept("workflow:succession", "GET POST", CALENDAR, args=pk_of("succession")),
    kept("workflow:succession-cases", "GET POST", CALENDAR, args=pk_of("succession")),
    kept("workflow:agency", "GET", args=pk_of("agency")),
    kept("workflow:agency-edit", "GET POST", args=pk_of("agency")),
    kept("workflow:agency-move", "GET POST", args=pk_of("agency")),
    kept("workflow:agency-choices", "GET POST", args=pk_of("agency")),
    page("notifications:dead-letters", "GET POST", ADMINISTRATORS, CLOSED),
    page("notifications:templates", "GET", ADMINISTRATORS, CLOSED),
    page("notifications:report", "POST", frozenset(), CLOSED, CLOSED),
)  # fmt: skip
