"""What the register says of an agency's past: the entries of its chain that concern the tree, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflow.agencies import choices, entries, sheets
from workflow.agencies.entries import chain_of
from workflow.models import Agency, LogEntry, User

LATEST = 20
TITLES = {
    entries.ADDED: gettext_lazy("Put into the tree"),
    entries.CHANGED: gettext_lazy("Changed"),
    entries.MOVED: gettext_lazy("Put under another superior"),
    entries.CHOSEN: gettext_lazy("Decided for itself"),
    entries.PROPOSED: gettext_lazy("Succession proposed"),
    entries.CONFIRMED: gettext_lazy("Succession confirmed"),
    entries.DECLINED: gettext_lazy("Succession declined"),
    entries.SUCCEEDED: gettext_lazy("Succession has taken effect"),
    entries.RENAMED: gettext_lazy("Bears a new name"),
    entries.TOOK_OVER: gettext_lazy("Has taken over another's work"),
    entries.TASK_MOVED: gettext_lazy("A task went to the successor"),
    entries.COMPLETED: gettext_lazy("Succession completed"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One entry in words; changes: (heading, before, after)."""

    entry: LogEntry
    title: str
    who: str
    decision: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def of(agency: Agency) -> list[Told]:
    """Return the latest entries about an agency's place and what is said of it, the newest first; two statements."""
    found = LogEntry.objects.filter(agency_id=agency.pk, chain=chain_of(agency), transition__in=TITLES)
    latest = list(found.order_by("-seq")[:LATEST])
    people = {int(one.actor[5:]) for one in latest if one.actor.startswith("user:")}
    names = {f"user:{pk}": name for pk, name in User.objects.filter(pk__in=people).values_list("pk", "full_name")}
    return [_told(one, names) for one in latest]


def _told(entry: LogEntry, names: dict[str, str]) -> Told:
    data = entry.data
    changes = dict(data.get("changes", {}))
    if entry.transition == entries.MOVED:
        changes["superior"] = [data.get("was", ""), data.get("now", "")]
    if entry.transition == entries.RENAMED:
        changes |= {name: [data["was"][name], data["now"][name]] for name in ("name", "short")}
    heading = {name: str(heading).capitalize() for name, (heading, _others) in sheets.COLUMNS.items()}
    told = [(heading[name], said(name, was), said(name, now)) for name, (was, now) in changes.items() if was != now]
    if entry.transition == entries.CHOSEN:
        (label, was), (_label, now) = (choices.in_words(data["setting"], data[when]) for when in ("before", "value"))
        told.append((label, was or "–", now or "–"))
    return Told(
        entry,
        str(TITLES[entry.transition]),
        names.get(entry.actor, _("the system")),
        str(data.get("decision", "")),
        told,
    )


def said(name: str, value: Any) -> str:
    """Return a value of an agency in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "level":
        return str(dict(Agency.Level.choices).get(value, value))
    return str(value) or "–"
