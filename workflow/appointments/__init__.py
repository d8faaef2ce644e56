"""Powers of people: appointments, delegations, their ends, and the handover of everything a person holds."""

from workflow.appointments.acts import appoint, delegate, end, revoke
from workflow.appointments.handover import hand_over

__all__ = ["appoint", "delegate", "end", "hand_over", "revoke"]
