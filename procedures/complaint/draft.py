"""A complaint before it is lodged: what the files know of it, to whom it goes, until when."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from procedures.complaint import petition, settlers
from procedures.complaint.models import FirstComplaint, SecondComplaint
from procedures.complaint.shared import Complaint
from procedures.complaint.words import OBJECTS
from workflow import store
from workflow.calendar import Due
from workflow.law import LawVersion, Text
from workflow.models import Case


def requested(against: Case) -> Any:
    """Return the request for explanation that a complaint against a case is about in the end."""
    return store.load(against.attacked) if isinstance(against, Complaint) and against.attacked else against


class Draft:
    """A complaint against a request for explanation, or against how a first complaint was settled.

    against: the request, or the first complaint
    case: the complaint as it would be, unsaved
    """

    def __init__(self, against: Any, today: date) -> None:
        self.against, self.today = against, today
        self.earlier: Any = against if isinstance(against, Complaint) else None
        self.attacked = requested(against)
        self.settlers = self._settlers()
        model: Any = SecondComplaint if self.earlier else FirstComplaint
        self.law: LawVersion = model.procedure.version_on(today)
        self.procedure = model.procedure.name
        case: Any = model(procedure_name=self.procedure, law_version=self.law.name, agency=against.agency)
        case.attacked, case.earlier, case.requester = self.attacked, self.earlier, self.attacked.requester
        case.object, case.remote = self._usual(), self.attacked.agency.remote
        case.known_on = petition.known_on(case, today)
        self.case = case

    def _settlers(self) -> settlers.Settlers:
        """Return to whom it goes: the agency itself first, then whom law 7.4 names."""
        if self.earlier:
            return settlers.second(self.against.agency, self.today)
        law = FirstComplaint.procedure.version_on(self.today)
        return settlers.Settlers((self.against.agency,), _("The head of the agency"), law.cite("settler"))

    def _usual(self) -> str:
        """Return what a complaint is most likely about."""
        if self.earlier:
            return str(self.earlier.object)
        if petition.is_silent(self.attacked, self.today):
            return "silence"
        return {"refused": "refusal", "terminated": "termination"}.get(self.attacked.state, "procedure")

    @property
    def known(self) -> dict[str, Any]:
        """Return what the files know already, by the names of fields."""
        person = self.earlier.requester if self.earlier else self.attacked.requester
        return {
            **{name: person.get(name, "") for name in ("kind", "name", "address", "phone", "email")},
            "id_number": getattr(self.earlier, "id_number", ""),
            "demand_1": next((one["text"] for one in getattr(self.earlier, "demands", ()) if one["open"]), ""),
        }

    @property
    def objects(self) -> list[tuple[str, Text]]:
        """Return what can be attacked as the request stands (law file 7.1)."""
        ended = self.attacked.ended_in
        fits = {
            "refusal": ended == "refused",
            "termination": ended == "terminated",
            "silence": petition.is_silent(self.attacked, self.today) or bool(ended),
            "procedure": True,
            "contents": ended in ("sent", "explained_direct"),
        }
        return [(code, label) for code, label in OBJECTS.items() if fits[code]]

    @property
    def limit(self) -> Due:
        """Return the last day for this complaint, as far as the files show."""
        return petition.limit(self.case)

    @property
    def is_over(self) -> bool:
        """Return whether the limit has passed."""
        return self.today > self.limit.on
