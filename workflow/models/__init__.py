"""What the engine keeps: people and powers, cases and their clocks, documents, the log."""

from workflow.models.breaches import Breach, BreachNote, LogReader
from workflow.models.cases import Alarm, Case, Deadline, Document
from workflow.models.corrections import ReceiptCorrection
from workflow.models.erasure import Erasure, Hold
from workflow.models.findings import Draw, Finding
from workflow.models.ladder import AgencyRung
from workflow.models.law import CalendarProposal, CalendarVersion, LawConfirmation, LocalClosure
from workflow.models.log import Chain, Disclosure, LogEntry, Outbox
from workflow.models.office import OfficeWork
from workflow.models.people import Agency, Appointment, Delegation, User

__all__ = [
    "Agency",
    "AgencyRung",
    "Alarm",
    "Appointment",
    "Breach",
    "BreachNote",
    "CalendarProposal",
    "CalendarVersion",
    "Case",
    "Chain",
    "Deadline",
    "Delegation",
    "Disclosure",
    "Document",
    "Draw",
    "Erasure",
    "Finding",
    "Hold",
    "LawConfirmation",
    "LocalClosure",
    "LogEntry",
    "LogReader",
    "OfficeWork",
    "Outbox",
    "ReceiptCorrection",
    "User",
]
