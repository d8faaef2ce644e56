"""Who settles a complaint, and who is told: the table of law 7.4 as dated rows over the tree of agencies.

The first complaint is heard by the agency that acted (LKN Đ.7 k.1). The second goes by the kind of that agency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from workflow.law import Text
from workflow.models import Agency

if TYPE_CHECKING:
    from procedures.complaint.models import Complaint

PARENT, MINISTRY, COURT = "parent", "ministry", "court"
CENTRAL, PROVINCE, DEPARTMENT, COMMUNE = Agency.Level


@dataclass(frozen=True, slots=True)
class Row:
    """Who hears the second complaint after a kind of first resolver.

    first: level of the first resolver's agency
    above: level of the agency directly over it; "" for any
    second: the agency directly over it, a ministry (of the sector, to be chosen), or the court alone
    since: day from which the row holds
    """

    first: str
    above: str
    second: str
    cite: str
    since: date
    who: Text


ALWAYS, TWO_TIERS = date(2012, 7, 1), date(2025, 7, 1)
PROVINCE_CHAIR = _("Chairman of the provincial People's Committee")
ROWS = (
    Row(COMMUNE, PROVINCE, PARENT, "LKN Đ.21 k.2; NĐ155 Đ.14 k.3", TWO_TIERS, PROVINCE_CHAIR),
    Row(DEPARTMENT, DEPARTMENT, PARENT, "LKN Đ.19, Đ.20", ALWAYS, _("Director of the department")),
    Row(DEPARTMENT, PROVINCE, PARENT, "LKN Đ.21 k.2", ALWAYS, PROVINCE_CHAIR),
    Row(DEPARTMENT, COMMUNE, PARENT, "LKN Đ.7 k.1", ALWAYS, _("Chairman of the commune's People's Committee")),
    Row(PROVINCE, "", MINISTRY, "LKN Đ.23 k.3", ALWAYS, _("Minister of the sector")),
    Row(DEPARTMENT, CENTRAL, PARENT, "LKN Đ.23 k.2", ALWAYS, _("Minister")),
    Row(CENTRAL, "", COURT, "LKN Đ.7 k.2", ALWAYS, _("No second complaint: the administrative court")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settlers:
    """Where the second complaint may go: one agency, the ministries to choose from, or none, with the article."""

    agencies: tuple[Agency, ...]
    who: Text
    cite: str


def second(first: Agency, on: date) -> Settlers:
    """Return who hears the second complaint after an agency settled the first, by the table as it stood on a day."""
    above = Agency.objects.get_parent(first)
    level = above.level if above else ""
    fits = [one for one in ROWS if one.first == first.level and one.above in ("", level) and one.since <= on]
    if not fits:
        return Settlers((), _("The law names no second resolver for this agency on this day"), "LKN Đ.7")
    row = fits[-1]
    if row.second == PARENT and above is not None:
        return Settlers((above,), row.who, row.cite)
    if row.second == MINISTRY:
        ministries = Agency.objects.filter(level=CENTRAL, depth__gt=1, receives=True).order_by("name")
        return Settlers(tuple(ministries), row.who, row.cite)
    return Settlers((), row.who, row.cite)


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
