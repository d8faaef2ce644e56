"""Pages of administrators: the accounts of a subtree, inviting, closing, and helping who lost a device."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflow import clock, permissions
from workflow.accounts import invitations, letters, reach, standing
from workflow.accounts.forms import InviteAgainForm, InviteForm
from workflow.accounts.models import Invitation
from workflow.models import User
from workflow.panels import Tab
from workflow.permissions import ADMINISTRATOR
from workflow.views.access import needs, person, powers

SHOWN = 50  # accounts on a page


keeper = needs(ADMINISTRATOR)
"""Let only administrators see a page."""


def _waiting(request: HttpRequest) -> int | None:
    """Return 0 for administrators, None for whom the tab is not."""
    return 0 if any(post.role == ADMINISTRATOR for post in powers(request)) else None


TAB = Tab("accounts", "/quan-tri/tai-khoan/", gettext_lazy("Accounts"), _waiting)


@keeper
def accounts(request: HttpRequest) -> HttpResponse:
    """Return the accounts of the subtree, by name, with a search."""
    asked = request.GET.get("q", "").strip()
    found = reach.accounts(person(request), powers(request), asked)
    page = Paginator(found, SHOWN).get_page(request.GET.get("trang"))
    return render(request, "accounts/list.html", {"page": page, "asked": asked, "here": "accounts"})


@keeper
def invite(request: HttpRequest) -> HttpResponse:
    """Return the form for a new account; make it and mail the invitation."""
    form = InviteForm(request.POST or None, agencies=reach.agencies(person(request), powers(request)))
    if request.method == "POST" and form.is_valid():
        invitation = invitations.invite(by=person(request), **form.cleaned_data)
        _tell(request, invitation)
        return redirect("accounts:account", invitation.user_id)
    facts = {"form": form, "here": "accounts"}
    return render(request, "accounts/invite.html", facts, status=422 if form.errors else 200)


@keeper
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Return one account with what an administrator may do to it, and do it."""
    user = get_object_or_404(reach.accounts(person(request), powers(request)), pk=pk)
    why_not = reach.refusal(person(request), powers(request), user)
    email = InviteAgainForm(
        request.POST if "invite" in request.POST else None, user=user, initial={"email": user.email}
    )
    if request.method == "POST":
        if why_not:
            messages.error(request, why_not)
            return redirect("accounts:account", pk)
        if "invite" not in request.POST or email.is_valid():
            _do(request, user, email)
            return redirect("accounts:account", pk)
    last = user.invitations.select_related("agency", "invited_by").order_by("-pk").first()
    factors = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    facts = {
        "account": user,
        "why_not": why_not,
        "email_form": email,
        "invitation": last,
        "invitation_open": bool(last and invitations.is_open(last)),
        "posts": permissions.posts_of(user, clock.now()),
        "factors": factors.count(),
        "must": standing.must_have_second_factor(user),
        "sessions": UserSession.objects.filter(user=user).count(),
        "here": "accounts",
    }
    return render(request, "accounts/account.html", facts, status=422 if email.errors else 200)


def _tell(request: HttpRequest, invitation: Invitation) -> None:
    """Say whether the invitation is on its way."""
    if invitation.mailed:
        messages.success(request, _("The invitation was sent to %(email)s.") % {"email": invitation.user.email})
    else:
        messages.error(request, _("The account is there, but the mail could not be sent. Invite the person again."))


def _do(request: HttpRequest, user: User, email: InviteAgainForm) -> None:
    """Do the one thing that the pressed button names, and say so."""
    by = person(request)
    told: dict[str, Any] = {"user": user, "at": timezone.now()}
    if "deactivate" in request.POST and user.is_active:
        standing.deactivate(user, by=by)
        messages.success(request, _("The account is closed and its sessions have ended."))
    elif "reactivate" in request.POST and not user.is_active:
        standing.reactivate(user, by=by)
        messages.success(request, _("The account is open again."))
    elif "end_sessions" in request.POST:
        standing.sign_out_everywhere(user, by=by)
        if user.email:
            letters.send("accounts/sessions_ended", user.email, told)
        messages.success(request, _("All sessions of the account have ended."))
    elif "reset_second_factor" in request.POST:
        standing.reset_second_factor(user, by=by)
        if user.email:
            letters.send("accounts/second_factor_reset", user.email, told)
        messages.success(
            request, _("The second factors were removed; the person sets up new ones at the next sign-in.")
        )
    elif "invite" in request.POST and not user.has_usable_password():
        agency = reach.home(by, powers(request), user)
        _tell(request, invitations.invite_again(user, email=email.cleaned_data["email"], agency=agency, by=by))
