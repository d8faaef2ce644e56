"""Signing in and out; each person arrives at the room they work in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponse
from django.utils.decorators import method_decorator

from workflow.ledger import chain
from workflow.permissions.pages import ANYBODY
from workflow.views.access import is_inspector_only, needs


@method_decorator(needs(ANYBODY), name="dispatch")
class SignIn(LoginView):
    """The page that asks for name and password; a wrong pair is answered with one sentence."""

    template_name = "workflow/office/signin.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Return the inspector's room for those who only inspect, else the office."""
        return "/thanh-tra/" if is_inspector_only(self.request) else "/van-phong/"

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign the person in and leave an entry in the system's chain."""
        answer = super().form_valid(form)
        chain.append(chain.SYSTEM_CHAIN, "signed_in", actor=form.get_user())
        return answer


@method_decorator(needs(ANYBODY), name="dispatch")
class SignOut(LogoutView):
    """Ends the session; only by POST."""

    next_page = "/dang-nhap/"
