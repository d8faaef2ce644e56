"""A sound list written to the tree: new agencies level by level, then changes, then moves; an entry for each."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from workflow import clock
from workflow.agencies import entries, tree
from workflow.agencies.entries import Event
from workflow.agencies.imports import ADD, CHANGE, Line, NothingToDo, Plan, by_slug, plan
from workflow.agencies.models import Sheet
from workflow.agencies.search import under
from workflow.models import Agency
from workflow.permissions import STEP


@transaction.atomic
def take_over(sheet: Sheet, *, by: Any, seen: str) -> Plan:
    """Do all that a list says, or nothing.

    seen: the mark of what was shown
    Raises Outdated, NothingToDo.
    """
    tree.hold()
    found = Sheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    todo = plan(found.rows, tree.scope(by))
    if found.done_at or todo.seen != seen:
        raise tree.Outdated
    if not todo.sound:
        raise NothingToDo
    write(todo, by=by)
    found.done_at = clock.now()
    found.save(update_fields=["done_at"])
    return todo


def write(todo: Plan, *, by: Any) -> None:
    """Write a sound plan: new agencies level by level, then changes, then moves; an entry for each."""
    events = _write_new(todo.of(ADD)) + _write_changes(todo.of(CHANGE))
    entries.record(events, by=by)
    _write_moves([line for line in todo.of(CHANGE) if "superior" in line.changes])


def _write_new(lines: list[Line]) -> list[Event]:
    """Found the new agencies, superiors first, each as the last child of its own."""
    events, waiting = [], {line.slug: line for line in lines}
    while waiting:
        ready = [line for line in waiting.values() if line.superior not in waiting]
        above = {one.slug: one for one in by_slug(line.superior for line in ready)}
        for line in (one for one in ready if not one.superior):
            root = Agency.objects.add_root(instance=Agency(slug=line.slug, **line.given))
            events.append(Event(root, entries.ADDED, tree.plain(line.given)))
            del waiting[line.slug]
        last = _last_children(list(above.values()))
        new = []
        for line in (one for one in ready if one.superior):
            superior = above[line.superior]
            last[superior.path] = last.get(superior.path, 0) + 1
            superior.numchild += 1
            path = Agency._get_path(superior.path, superior.depth + 1, last[superior.path])
            agency = Agency(slug=line.slug, path=path, depth=superior.depth + 1, **line.given)
            agency.search = agency.searched()
            new.append(agency)
            events.append(Event(agency, entries.ADDED, {"superior": superior.slug, **tree.plain(line.given)}))
            del waiting[line.slug]
        Agency.objects.bulk_create(new)
        Agency.objects.bulk_update(above.values(), ["numchild"], batch_size=200)
    return events


def _last_children(superiors: list[Agency]) -> dict[str, int]:
    """Return the number of the last child of each superior, by its path."""
    last: dict[str, int] = {}
    for start in range(0, len(superiors), 100):
        some = superiors[start : start + 100]
        deeper = {one.depth + 1 for one in some}
        below = under([one.path for one in some]).filter(depth__in=deeper).values_list("path", flat=True)
        for path in below:
            last[path[:-STEP]] = max(last.get(path[:-STEP], 0), Agency._str2int(path[-STEP:]))
    return last


def _write_changes(lines: list[Line]) -> list[Event]:
    events = []
    found = {one.slug: one for one in by_slug(line.slug for line in lines)}
    fields: set[str] = set()
    for line in lines:
        agency = found[line.slug]
        changed = {name: both for name, both in line.changes.items() if name != "superior"}
        if changed:
            tree.remember_name(agency, line.given, clock.now())
            for name, (_was, now) in changed.items():
                setattr(agency, name, now)
            agency.search = agency.searched()
            fields |= set(changed)
            events.append(Event(agency, entries.CHANGED, {"changes": changed}))
        if both := line.changes.get("superior"):
            events.append(Event(agency, entries.MOVED, {"was": both[0], "now": both[1], "decision": ""}))
    if fields:
        Agency.objects.bulk_update(found.values(), [*fields, "search"], batch_size=100)
    return events


def _write_moves(lines: list[Line]) -> None:
    """Put agencies under their new superiors, in an order in which none stands under itself on the way."""
    waiting = {line.slug: line.superior for line in lines}
    while waiting:
        done = False
        for slug, superior in list(waiting.items()):
            agency, above = Agency.objects.get(slug=slug), Agency.objects.get(slug=superior)
            if not above.path.startswith(agency.path):
                Agency.objects.move(agency, above, "last-child")
                del waiting[slug]
                done = True
        if not done:
            raise tree.Impossible(why=_("By this an agency would stand under itself."))
