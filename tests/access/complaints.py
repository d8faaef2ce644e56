"""A complaint in every state, first and second time: the shortest lawful way to each, in time everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tests import appeals
from workflow.models import Case

DAY = "2026-10-05 09:00"
ACCEPTED = (("accept", "head"), ("send_notice_copies", "clerk"))
VERIFIED = (*ACCEPTED, *appeals.VERIFIED)
ROADS: dict[str, tuple[tuple[str, str], ...]] = {
    "lodged": (),
    "deficient": (("request_supplement", "receiver"),),
    "not_accepted": (("not_accept", "head"),),
    "accepted": ACCEPTED,
    "verifying": VERIFIED[:3],
    "verified": VERIFIED,
    "dialogue": (*VERIFIED, ("call_dialogue", "head")),
    "suspended": (*ACCEPTED, ("suspend", "head")),
    "terminated": (("withdraw", "requester"),),
    "closed": (("not_accept", "head"), ("send_notice_copies", "clerk"), ("close", "officer")),
    "decided": (),
    "sent": (),
    "in_force": (),
    "superseded": (),
}
"""Acts of one day; the last four take longer and are told below."""


def first(office: appeals.Office, state: str, mark: str) -> Case:
    """Return a first complaint in a state."""
    match state:
        case "decided":
            return decided(office, DAY, mark)
        case "sent":
            return sent(office, DAY, mark)
        case "in_force":
            found = sent(office, "2026-08-31 09:00", mark)
            return appeals.through(office, found, DAY, ("take_effect", "officer"))
        case "superseded":
            found: Any = lodged(office, "2026-08-17 09:00", mark)
            appeals.through(office, found, "2026-08-17 10:00", *ACCEPTED)
            appeals.appealed(found, office, DAY)
            moved: Any = type(found).objects.get(pk=found.pk)
            moved.secret = found.secret
            return moved
    missing: dict[str, Any] = {"id_number": ""} if state == "deficient" else {}
    return appeals.through(office, lodged(office, DAY, mark, **missing), DAY, *ROADS[state])


def second(office: appeals.Office, state: str, mark: str) -> Case:
    """Return a second complaint in a state; it lies with the superior."""
    if state in ("decided", "sent", "in_force"):
        found = heard(office, mark, "2026-08-17" if state == "in_force" else "2026-09-21")
        appeals.act(office, found, "decide", found.on_day, "head")
        if state != "decided":
            appeals.through(office, found, found.on_day, ("send", "clerk"))
        if state == "in_force":
            appeals.through(office, found, found.on_day, ("publish", "officer"))
            appeals.through(office, found, DAY, ("take_effect", "officer"))
        return found
    if state == "superseded":
        found = appealed(office, "2026-08-10 09:00", mark)
        appeals.through(office, found, "2026-08-10 10:00", *ACCEPTED)
        return appeals.through(office, found, DAY, ("sue_silence", "requester"))
    missing: dict[str, Any] = {"id_number": ""} if state == "deficient" else {}
    return appeals.through(office, appealed(office, DAY, mark, **missing), DAY, *ROADS[state])


def lodged(office: appeals.Office, at: str, mark: str, **changes: Any) -> Case:
    """Return a first complaint against a refusal of the same day; who complains bears the mark."""
    attacked = appeals.refused(office, at)
    return appeals.lodged(attacked, at, requester=person(attacked, mark), **changes)


def person(attacked: Case, mark: str) -> dict[str, Any]:
    return {**appeals.petition(attacked)["requester"], "name": mark}


def decided(office: appeals.Office, at: str, mark: str, **decision: Any) -> Case:
    found = appeals.through(office, lodged(office, at, mark), at, *VERIFIED)
    appeals.act(office, found, "decide", at, "head", **decision)
    return found


def sent(office: appeals.Office, at: str, mark: str, **decision: Any) -> Case:
    return appeals.through(office, decided(office, at, mark, **decision), at, ("send", "clerk"))


def dismissed(office: appeals.Office, at: str, mark: str) -> Case:
    """Return a first complaint that was found wrong, so that the refusal stands and a second one may follow."""
    return sent(office, at, mark, outcome="keep", conclusion="wrong")


def appealed(office: appeals.Office, at: str, mark: str, **changes: Any) -> Case:
    """Return a second complaint after a first one of the same day, whose complainant bears no mark."""
    earlier = dismissed(office, at, "Nguyễn Văn An")
    return appeals.appealed(earlier, office, at, requester=person(earlier.attacked, mark), **changes)


def heard(office: appeals.Office, mark: str, start: str = "2026-09-21") -> Any:
    """Return a second complaint whose dialogue was held, and the day on which it may be decided beside it."""
    found: Any = appealed(office, f"{start} 09:00", mark)
    day = date.fromisoformat(start)
    held = date.fromordinal(day.toordinal() + 10)
    appeals.through(office, found, f"{start} 10:00", *VERIFIED)
    appeals.act(office, found, "call_dialogue", f"{start} 11:00", "head", held_on=held)
    appeals.act(office, found, "hold_dialogue", f"{held} 09:00", "head")
    found.on_day = f"{held} 10:00"
    return found


BRING: dict[str, Callable[[Any, str, str], Case]] = {"complaint": first, "complaint_second": second}
