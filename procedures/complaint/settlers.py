"""Who settles a complaint, and who is told: the dated rows of `law.SECOND_SETTLERS` over the tree of agencies.

The first complaint is heard by the agency that acted (LKN Đ.7 k.1). The second goes by the kind of that agency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from procedures.complaint import law
from workflow.law import Text
from workflow.models import Agency

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint


@dataclass(frozen=True, slots=True)
class Settlers:
    """Where the second complaint may go: one agency, the ministries to choose from, or none, with the article.

    court_alone: whether the law knows no second complaint here
    """

    agencies: tuple[Agency, ...]
    who: Text
    cite: str
    court_alone: bool = False


def second(first: Agency, on: date) -> Settlers:
    """Return who hears the second complaint after an agency settled the first, by the table as it stood on a day."""
    above = Agency.objects.get_parent(first)
    level = above.level if above else ""
    fits = [
        one for one in law.SECOND_SETTLERS if one.first == first.level and one.above in ("", level) and one.since <= on
    ]
    if not fits:
        return Settlers((), _("The law names no second resolver for this agency on this day"), law.NO_SECOND_SETTLER)
    row = fits[-1]
    if row.second == law.PARENT and above is not None:
        return Settlers((above,), row.who, row.cite)
    if row.second == law.MINISTRY:
        ministries = Agency.objects.filter(level=Agency.Level.CENTRAL, depth__gt=1, receives=True).order_by("name")
        return Settlers(tuple(ministries), row.who, row.cite)
    return Settlers((), row.who, row.cite, court_alone=row.second == law.COURT)


# who is told ---------------------------------------------------------------------------------------------------

RECIPIENTS: Mapping[str, Text] = {
    "superior": _("the direct superior"),
    "inspectorate": _("the state inspectorate of the configured level"),
    "sender": _("the body that forwarded the complaint"),
    "concerned": _("those whose rights and duties are concerned"),
    "first_settler": _("who settled the first complaint"),
}
TOLD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # paper: instance to who gets a copy beside the complainant (LKN Đ.27, Đ.32, Đ.36, Đ.41)
    "notice": {"first": ("inspectorate", "sender"), "second": ("inspectorate", "sender")},
    "decision": {
        "first": ("superior", "inspectorate", "sender"),
        "second": ("first_settler", "inspectorate", "sender"),
    },
}


def recipients(case: Complaint, paper: str) -> tuple[str, ...]:
    """Return who must get a copy of a paper of this complaint, the body that forwarded it only if one did."""
    return tuple(one for one in TOLD[paper][case.instance] if one != "sender" or case.sender)
