"""Changes of the tree: an agency is added, edited, put under another superior; each with an entry in its chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from workflow import clock
from workflow.actors import SYSTEM, Actor
from workflow.agencies import entries
from workflow.agencies.entries import Event
from workflow.agencies.models import FormerName
from workflow.errors import WorkflowError
from workflow.ledger import canonical
from workflow.models import Agency
from workflow.permissions import administered

FIELDS = ("name", "short", "level", "remote", "remote_basis", "address", "hotline", "reception", "receives")
"""What an administrator may change; the slug names the chain and stays."""


class NotYours(WorkflowError):
    """The agency lies outside the subtree that the person administers."""

    message = _("This agency lies outside the part of the tree that you administer.")


class Outdated(WorkflowError):
    """Somebody else has changed it since it was shown."""

    message = _("Somebody has changed this meanwhile. Compare with what stands there now, and save again.")


class Impossible(WorkflowError):
    """The tree cannot be changed so."""

    message = _("%(why)s")


def in_scope(agency: Agency, paths: Iterable[str]) -> bool:
    """Return whether an agency lies in one of the subtrees."""
    return any(agency.path.startswith(path) for path in paths)


def hold() -> None:
    """Let changes of the tree follow one another, by the lock of its roots; inside a transaction."""
    list(Agency.objects.select_for_update(no_key=True).filter(depth=1).order_by("path").values_list("pk"))


def values(agency: Agency) -> dict[str, Any]:
    """Return what may be changed of an agency, as it stands."""
    return {name: getattr(agency, name) for name in FIELDS}


def seen(agency: Agency) -> str:
    """Return a mark of an agency as it stands, so that a change made meanwhile is noticed."""
    return canonical.digest(canonical.form({"path": agency.path, **values(agency)}))[:16]


@transaction.atomic
def add(superior: Agency, slug: str, given: Mapping[str, Any], *, by: Any) -> Agency:
    """Found an agency under another.

    Raises NotYours, Impossible.
    """
    hold()
    above = _fresh(superior, by)
    if above.ends_on:
        raise Impossible(why=_("%(name)s has ended; nothing is put under it.") % {"name": above.name})
    new: Agency = Agency.objects.add_child(above, instance=Agency(slug=slug, **given))
    entries.record([Event(new, entries.ADDED, {"superior": above.slug, **plain(given)})], by=by)
    return new


@transaction.atomic
def edit(agency: Agency, given: Mapping[str, Any], *, by: Any, as_seen: str = "") -> bool:
    """Change an agency; returns whether anything changed.

    as_seen: the mark of what was shown
    Raises NotYours, Outdated.
    """
    hold()
    now = _fresh(agency, by)
    if as_seen and as_seen != seen(now):
        raise Outdated
    changed = differences(now, given)
    if not changed:
        return False
    remember_name(now, given, clock.now())
    for name in changed:
        setattr(now, name, given[name])
    now.save(update_fields=list(changed))
    entries.record([Event(now, entries.CHANGED, {"changes": changed})], by=by)
    return True


@transaction.atomic
def move(agency: Agency, superior: Agency, *, by: Any, decision: str = "") -> None:
    """Put an agency, with all that is under it, under another superior.

    Raises NotYours, Impossible.
    """
    hold()
    now, above = _fresh(agency, by), _fresh(superior, by)
    if why := why_not_under(now, above):
        raise Impossible(why=why)
    was = Agency.objects.get_parent(now)
    data = {"was": was.slug if was else "", "now": above.slug, "decision": decision}
    entries.record([Event(now, entries.MOVED, data)], by=by)
    Agency.objects.move(now, above, "last-child")


def why_not_under(agency: Agency, superior: Agency) -> Any:
    """Return why an agency may not stand under another, or None."""
    if superior.path.startswith(agency.path):
        return _("An agency is not put under itself or under one below it.")
    if superior.ends_on:
        return _("%(name)s has ended; nothing is put under it.") % {"name": superior.name}
    if agency.path.startswith(superior.path) and agency.depth == superior.depth + 1:
        return _("%(name)s is its superior already.") % {"name": superior.name}
    return None


def differences(agency: Agency, given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what would change, as [before, after] by field."""
    return {
        name: [getattr(agency, name), given[name]]
        for name in FIELDS
        if name in given and getattr(agency, name) != given[name]
    }


def remember_name(agency: Agency, given: Mapping[str, Any], at: datetime, decision: str = "") -> None:
    """Keep the name that an agency bears today, where it is about to get another."""
    if (agency.name, agency.short) != (given.get("name", agency.name), given.get("short", agency.short)):
        FormerName.objects.create(
            agency=agency, name=agency.name, short=agency.short, until=clock.legal_day(at), decision=decision
        )


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of an agency without what is left empty."""
    return {name: value for name, value in given.items() if value not in ("", None)}


def _fresh(agency: Agency, by: Actor) -> Agency:
    """Return the agency as it stands.

    Raises NotYours.
    """
    found: Agency = Agency.objects.get(pk=agency.pk)
    if not in_scope(found, scope(by)):
        raise NotYours
    return found


def scope(by: Actor) -> list[str]:
    """Return the paths of the subtrees that somebody may change; whoever runs a command on the server, all."""
    return [""] if by is SYSTEM else administered(by, clock.now())
