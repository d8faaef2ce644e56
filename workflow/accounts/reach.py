"""Whose accounts an administrator keeps: those of the subtrees that `permissions` says they administer."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from workflow import clock, permissions
from workflow.accounts.models import Invitation
from workflow.models import Agency, Appointment, User
from workflow.models.people import called
from workflow.store import Post


def _paths(by: User, posts: list[Post]) -> list[str]:
    return permissions.administered(by, clock.now(), posts)


def agencies(by: User, posts: list[Post]) -> QuerySet[Agency]:
    """Return the agencies of the subtrees."""
    found: QuerySet[Agency] = Agency.objects.filter(permissions.under(_paths(by, posts))).order_by("path")
    return found


def accounts(by: User, posts: list[Post], asked: str = "") -> QuerySet[User]:
    """Return the accounts of people who hold or held a power in the subtrees, or were invited there, by name.

    asked: part of a name, a sign-in name or an address
    """
    here = permissions.under(_paths(by, posts), "agency__path")
    appointed = Appointment.objects.filter(here, user=OuterRef("pk"))
    invited = Invitation.objects.filter(here, user=OuterRef("pk"))
    found = User.objects.filter(Exists(appointed) | Exists(invited))
    if asked:
        found = found.filter(called(asked) | Q(email__iexact=asked))
    return found.order_by("full_name", "pk")


def refusal(by: User, posts: list[Post], user: User) -> str:
    """Return why an administrator may not change an account, in a sentence; empty if they may.

    Nobody changes their own account as an administrator, nor one that holds powers beyond the subtree.
    """
    if by.pk == user.pk:
        return _("This is your own account: another administrator keeps it.")
    paths = _paths(by, posts)
    held = permissions.posts_of(user, clock.now()) if user.is_active else []
    if any(not any(post.path.startswith(path) for path in paths) for post in held):
        return _("This person holds powers beyond your agencies: an administrator above both keeps the account.")
    return ""


def home(by: User, posts: list[Post], user: User) -> Agency:
    """Return the agency in whose name a person is invited again: of the last invitation, else of an appointment."""
    here = permissions.under(_paths(by, posts), "agency__path")
    last = user.invitations.filter(here).select_related("agency").order_by("-pk").first()
    if last:
        return last.agency
    held = user.appointments.filter(here).select_related("agency").order_by("-pk").first()
    return held.agency if held else agencies(by, posts)[0]
