"""The events of the security page, in groups, each with what a page calls it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from workflow.law import Text

SIGN_INS: Mapping[str, Text] = {
    "signed_in": _("Signed in"),
    "signed_out": _("Signed out"),
    "sign_in_ended": _("Session ended by the passing of time"),
    "sessions_ended": _("Sessions ended"),
}
FAILURES: Mapping[str, Text] = {
    "sign_ins_refused": _("Burst of failed sign-ins"),
    "second_factor_refused": _("Second factor refused"),
    "identity_refused": _("Single sign-on refused"),
}
ACCOUNTS: Mapping[str, Text] = {
    "invited": _("Person invited"),
    "invitation_accepted": _("Invitation accepted"),
    "second_factor_added": _("Second factor added"),
    "second_factor_removed": _("Second factor removed"),
    "second_factor_reset": _("Second factor reset by an administrator"),
    "recovery_codes_drawn": _("Recovery codes drawn"),
    "password_changed": _("Password changed"),
    "password_reset": _("Password reset by a mailed link"),
    "identity_linked": _("Identity of single sign-on linked"),
    "identity_unlinked": _("Identity of single sign-on unlinked"),
    "account_deactivated": _("Account deactivated"),
    "account_reactivated": _("Account opened again"),
}
REFUSALS: Mapping[str, Text] = {"refused": _("Refused attempt")}
POWERS: Mapping[str, Text] = {
    "appointed": _("Power given by appointment"),
    "appointment_ended": _("Appointment ended"),
    "delegated": _("Power delegated"),
    "delegation_ended": _("Delegation ended"),
    "handed_over": _("Everything a person held handed over"),
}
EXPORTS: Mapping[str, Text] = {"exported": _("List or log taken along")}
READS: Mapping[str, Text] = {
    "viewed": _("Case opened by an official"),
    "inspected": _("Case opened by an inspector"),
    "paper_opened": _("Document opened"),
}

GROUPS: Mapping[str, tuple[Text, Mapping[str, Text]]] = {
    "sign-ins": (_("Sign-ins"), SIGN_INS),
    "failures": (_("Failed sign-ins"), FAILURES),
    "accounts": (_("Accounts"), ACCOUNTS),
    "refusals": (_("Refused attempts"), REFUSALS),
    "powers": (_("Powers given and ended"), POWERS),
    "exports": (_("Lists taken along"), EXPORTS),
    "reads": (_("Personal data read"), READS),
}
TITLES: Mapping[str, Text] = {event: title for _label, group in GROUPS.values() for event, title in group.items()}
IN_BOTH = frozenset(POWERS)
"""Events that stand in an agency's chain too; the page shows them once."""

WHY: Mapping[str, Text] = {
    "OutOfScope": _("nothing to do with the case"),
    "WrongRole": _("another role"),
    "OwnActBlocked": _("interested in the matter"),
    "NotFromHere": _("not in this state of the case"),
    "NotThen": _("not with this date"),
    "ConditionUnmet": _("a condition of the law is not met"),
    "BadData": _("something is missing or wrong in the form"),
    "UnknownTransition": _("no such act"),
    "PermissionDenied": _("a page of others"),
    "Http404": _("not theirs"),
    "OutsideSubtree": _("outside the agencies they administer"),
    "SelfAppointment": _("a power for themselves"),
    "OwnPowerWidened": _("a power that would come back to whom it came from"),
    "DecisionMissing": _("no decision"),
    "DatesReversed": _("days in the wrong order"),
    "AgencyEnded": _("an agency that has ended"),
    "UsedLater": _("an end before it was last used"),
    "Overlapping": _("held already"),
    "Deactivated": _("a deactivated account"),
    "NotHeld": _("a power they do not hold"),
    "SubDelegation": _("a delegated power delegated further"),
    "BeyondItsEnd": _("longer than the appointment"),
    "LastAdministrator": _("the last administrator"),
}
"""Why something was refused, by the name of the refusal; others stand as they are."""

PROOFS: Mapping[str, Text] = {
    "password": _("password"),
    "mfa": _("second factor"),
    "socialaccount": _("single sign-on"),
}
"""By what somebody proved who they are."""

TRIED: Mapping[str, Text] = {
    "appoint": _("appoint"),
    "end": _("end an appointment"),
    "delegate": _("delegate"),
    "revoke": _("end a delegation"),
    "hand_over": _("hand over"),
}
"""What was tried with a power; legal acts have their own titles."""
