"""What the engine keeps: people and powers, cases and their clocks, documents, the log."""

from workflow.models.cases import Alarm, Case, Deadline, Document
from workflow.models.ladder import AgencyRung
from workflow.models.law import CalendarVersion, LawConfirmation
from workflow.models.log import Chain, Disclosure, LogEntry, Outbox
from workflow.models.office import OfficeWork
from workflow.models.people import Agency, Appointment, Delegation, User

__all__ = [
    "Agency",
    "AgencyRung",
    "Alarm",
    "Appointment",
    "CalendarVersion",
    "Case",
    "Chain",
    "Deadline",
    "Delegation",
    "Disclosure",
    "Document",
    "LawConfirmation",
    "LogEntry",
    "OfficeWork",
    "Outbox",
    "User",
]
