"""Who acts: a person with an account, the requester of one case, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from workflow.models import User


@dataclass(frozen=True, slots=True)
class Requester:
    """The citizen who filed a case and has shown its secret (người yêu cầu); None before the case exists."""

    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class System:
    """The engine itself, where an act happens by the passing of time."""


SYSTEM = System()

Actor = Union["User", Requester, System]


def user_id(actor: Actor | None) -> int | None:
    """Return the account's id, or None for the requester and the system."""
    return getattr(actor, "id", None)


def actor_ref(actor: Actor) -> str:
    """Return the name of an actor in the log: an opaque reference, never a person's name."""
    match actor:
        case Requester():
            return "requester"
        case System():
            return "system"
        case _:
            return f"user:{actor.pk}"
