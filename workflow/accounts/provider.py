"""Single sign-on by OpenID Connect: what django-allauth leaves to TLS is checked here by signature.

Law: OpenID Connect Core 1.0, 3.1.3.7 (what an ID token must say); RFC 7636 (PKCE).
"""

from __future__ import annotations

import secrets
from typing import Any

import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures with a key of the provider's own; never a shared secret, never none."""


class SignedTokens(OpenIDConnectOAuth2Adapter):
    """Takes an identity from a token that the provider's published key has signed, for us and for now."""

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return what the token says. Raises OAuth2Error."""
        try:
            if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
                raise OAuth2Error("the ID token is not signed by a key of the provider")
            said: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise OAuth2Error("the ID token cannot be read") from error
        if missing := {"sub", "exp", "iat"} - said.keys():
            raise OAuth2Error(f"the ID token lacks {', '.join(sorted(missing))}")
        several = isinstance(said["aud"], list) and len(said["aud"]) > 1
        if (several or "azp" in said) and said.get("azp") != app.client_id:
            raise OAuth2Error("the ID token was made for somebody else")
        return said

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> Any:
        """Return the sign-in that a token proves. Raises OAuth2Error where the provider sent none."""
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("the provider sent no ID token")
        return super().complete_login(request, app, token, **kwargs)


class SignOnProvider(OpenIDConnectProvider):
    """The provider of single sign-on, with a nonce that binds each token to the browser that asked for it."""

    oauth2_adapter_class = SignedTokens

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Lead to the provider, asking for a token that repeats a nonce of this session."""
        nonce = secrets.token_urlsafe(24)
        kwargs["auth_params"] = {**(kwargs.get("auth_params") or {}), "nonce": nonce}
        answer: HttpResponse = super().redirect(request, process, next_url, data, nonce=nonce, **kwargs)
        return answer

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """Return our own parameters: an address that somebody sends may not add any."""
        return dict(self.get_auth_params())

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Return what we ask for: who it is, and nothing more."""
        return ["openid"]


provider_classes = [SignOnProvider]


def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider. Raises Http404 where none is set up."""
    return _view(OAuth2LoginView, request, provider_id)


def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer. Raises Http404 where none is set up."""
    return _view(OAuth2CallbackView, request, provider_id)


def _view(kind: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        answer: HttpResponse = kind.adapter_view(SignedTokens(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer
