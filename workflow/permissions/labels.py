"""What the roles of appointment are called."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from workflow import registry
from workflow.law import Text
from workflow.permissions.held import ADMINISTRATOR, CLERK, HEAD, INSPECTOR, OFFICER, RECEIVER

OFFICE: dict[str, Text] = {
    HEAD: _("head of the agency"),
    RECEIVER: _("receiving officer"),
    CLERK: _("clerk"),
    OFFICER: _("case officer"),
    INSPECTOR: _("inspector"),
    ADMINISTRATOR: _("administrator"),
}
"""What every office has; the procedures add those that carry their roles."""


def labels() -> dict[str, Text]:
    """Return every role of appointment with its name."""
    found = dict(OFFICE)
    for procedure in registry.procedures().values():
        for role in procedure.roles.values():
            for code in (*role.held_by, *role.held_above):
                own = procedure.roles.get(code)
                found.setdefault(code, own.label if own else code)
    return found


def named(roles: Iterable[str]) -> str:
    """Return roles of appointment as a page lists them."""
    known = labels()
    return ", ".join(str(known.get(one, one)) for one in roles)
