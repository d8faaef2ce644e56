"""Why a power is not given, delegated or ended. Nothing has changed then but the record that it was tried."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from workflow.errors import WorkflowError


class PowerRefused(WorkflowError):
    """A power is not given, delegated or ended as asked; `field` names what to mend in a form."""

    message = _("This power cannot be given or ended so.")
    field = ""


class OutsideSubtree(PowerRefused):
    """The agency does not lie under an agency that the person administers."""

    message = _("%(agency)s does not lie under an agency that you administer. Ask its administrator.")
    field = "agency"


class SelfAppointment(PowerRefused):
    """Nobody gives a power to themselves."""

    message = _("Nobody gives a power to themselves. Another administrator must do it.")
    field = "person"


class OwnPowerWidened(PowerRefused):
    """The power would come back to a person from whom the giver's own power comes."""

    message = _(
        "%(person)s is one of those from whom your own power comes, by appointment or delegation; through you they"
        " would widen their own. Another administrator must do it."
    )
    field = "person"


class DecisionMissing(PowerRefused):
    """A power is given and ended by a decision with a number."""

    message = _("Give the number of the decision or document.")
    field = "decision"


class DatesReversed(PowerRefused):
    """The last day lies before the first."""

    message = _("The last day, %(ends)s, lies before the first, %(starts)s.")
    field = "ends_on"


class AgencyEnded(PowerRefused):
    """An agency that has ended has nobody after its last day."""

    message = _("%(agency)s ends on %(ends)s; a power there lasts no longer. Its successor has the rest.")
    field = "agency"


class Overlapping(PowerRefused):
    """The same person holds the same power already on some of these days."""

    message = _("%(person)s holds this already, from %(starts)s to %(ends)s, by %(decision)s. End that one first.")
    field = "starts_on"


class UnknownRole(PowerRefused):
    """No procedure and no office knows this role."""

    message = _("There is no role “%(role)s”.")
    field = "role"


class Deactivated(PowerRefused):
    """A person whose account is deactivated is given no power."""

    message = _("The account of %(person)s is deactivated; it can hold no power.")
    field = "person"


class NotHeld(PowerRefused):
    """Nobody delegates what they do not hold by an appointment of their own."""

    message = _("%(principal)s does not hold this by appointment on %(day)s and cannot delegate it.")
    field = "starts_on"


class SubDelegation(PowerRefused):
    """What one holds by delegation is not delegated further. Decree 30/2020/NĐ-CP, Art. 13(3)."""

    message = _("%(principal)s holds this by delegation only; it is not delegated further.")
    field = "power"


class BeyondItsEnd(PowerRefused):
    """A delegation does not outlast the appointment it comes from."""

    message = _("%(principal)s holds this until %(ends)s; a delegation cannot last longer.")
    field = "ends_on"


class AlreadyEnds(PowerRefused):
    """It ends on that day already, or before."""

    message = _("It ends already on %(ends)s.")
    field = "on"


class UsedLater(PowerRefused):
    """The power was used on a later day; it is not taken away for days on which it was used."""

    message = _("It was used on %(used)s; it cannot end before that day.")
    field = "on"


class LastAdministrator(PowerRefused):
    """Nobody would administer the agency any more."""

    message = _("Nobody else would administer %(agency)s from %(day)s on. Appoint another administrator first.")
    field = "on"


class NothingHeld(PowerRefused):
    """There is nothing to hand over."""

    message = _("%(person)s holds nothing under the agencies that you administer.")
    field = "person"


class NoPostThere(PowerRefused):
    """Who is to handle a case works at its agency by then."""

    message = _("%(person)s will hold no post at %(agency)s by then and cannot handle its cases.")
    field = "worker"
