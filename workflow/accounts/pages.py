"""A person's own pages: taking up an invitation, what proves who they are, where they are signed in."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from allauth.socialaccount.internal.flows.connect import disconnect
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from workflow.accounts import invitations, journal, standing
from workflow.accounts.forms import AcceptForm
from workflow.views.access import person


@sensitive_post_parameters()
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Return the page on which an invited person chooses a password; then they are signed in."""
    try:
        invitation = invitations.opened_by(secret)
        form = AcceptForm(request.POST or None, user=invitation.user)
        if request.method == "POST" and form.is_valid():
            user = invitations.accept(secret, form.cleaned_data["password1"])
            answer: HttpResponse = perform_password_login(request, {"username": user.username}, Login(user=user))
            return answer
    except invitations.Void:
        return render(request, "accounts/void.html", status=410)
    facts = {"invitation": invitation, "form": form}
    return render(request, "accounts/accept.html", facts, status=422 if form.errors else 200)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Return what a person's account holds, with a way to change each part."""
    user = person(request)
    facts = {
        "factors": Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).count(),
        "must": standing.must_have_second_factor(user),
        "sessions": UserSession.objects.filter(user=user).count(),
        "identities": SocialAccount.objects.filter(user=user),
        "single_sign_on": settings.OPENID,
    }
    return render(request, "accounts/mine.html", facts)


@require_safe
def second_factors(request: HttpRequest) -> HttpResponse:
    """Return a person's second factors; for those who must have one and do not, the way to set one up."""
    user = person(request)
    kept = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    codes = next((one for one in kept if one.type == Authenticator.Type.RECOVERY_CODES), None)
    facts = {
        "app": next((one for one in kept if one.type == Authenticator.Type.TOTP), None),
        "keys": [one for one in kept if one.type == Authenticator.Type.WEBAUTHN],
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "must": standing.must_have_second_factor(user),
    }
    return render(request, "accounts/second_factors.html", facts)


class RemoveKey(RemoveWebAuthnView):
    """Removes a security key, but never the last second factor of somebody who must have one."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove the key, or say why it stays."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return redirect("mfa_index")
        answer: HttpResponse = super().form_valid(form)
        return answer


class Sessions(ListUserSessionsView):
    """Where a person is signed in, and signing out everywhere else."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """End the other sessions and leave an entry."""
        user = person(self.request)
        others = UserSession.objects.filter(user=user).exclude(session_key=self.request.session.session_key).count()
        answer: HttpResponse = super().form_valid(form)
        journal.note("sessions_ended", actor=user, user=user.pk, sessions=others)
        return answer


@require_POST
@reauthentication_required(app="allauth.socialaccount")
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Unlink an identity of single sign-on from the person's account."""
    disconnect(request, get_object_or_404(SocialAccount, pk=pk, user=person(request)))
    return redirect("accounts:mine")
