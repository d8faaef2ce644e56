"""Addresses of accounts. The names without a namespace are those by which django-allauth finds its pages."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path, re_path
from django.views.decorators.cache import cache_control
from django.views.generic import TemplateView

from workflow.accounts import administration, pages, provider
from workflow.permissions.pages import ANYBODY
from workflow.views.access import needs, official

unkept = cache_control(private=True, no_store=True)
"""No page of an account stays in a cache: some hold secrets."""


def public(address: str, view: Any, name: str) -> Any:
    """Return an address open to whoever is not signed in."""
    return path(address, needs(ANYBODY)(unkept(view)), name=name)


def page(address: str, view: Any, name: str) -> Any:
    """Return an address for whoever is signed in."""
    return path(address, official(view), name=name)


own = [
    page("tai-khoan/", pages.mine, "mine"),
    page("tai-khoan/dien-tu/<int:pk>/go/", pages.unlink, "unlink"),
    public("loi-moi/<str:secret>/", pages.accept, "accept"),
    path("quan-tri/tai-khoan/", administration.accounts, name="accounts"),
    path("quan-tri/tai-khoan/moi/", administration.invite, name="invite"),
    path("quan-tri/tai-khoan/<int:pk>/", administration.account, name="account"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    public("dang-nhap/", account.login, "account_login"),
    public("dang-nhap/hai-lop/", mfa.authenticate, "mfa_authenticate"),
    public("dang-nhap/dien-tu/<slug:provider_id>/", provider.start, "openid_connect_login"),
    public("dang-nhap/dien-tu/<slug:provider_id>/ket-qua/", provider.finish, "openid_connect_callback"),
    public(
        "dang-nhap/dien-tu-da-huy/",
        TemplateView.as_view(template_name="socialaccount/login_cancelled.html"),
        "socialaccount_login_cancelled",
    ),
    public("dang-nhap/da-dong/", account.account_inactive, "account_inactive"),
    public("dang-xuat/", account.logout, "account_logout"),
    public("quen-mat-khau/", account.password_reset, "account_reset_password"),
    public("quen-mat-khau/da-gui/", account.password_reset_done, "account_reset_password_done"),
    public("quen-mat-khau/xong/", account.password_reset_from_key_done, "account_reset_password_from_key_done"),
    public(
        "quen-mat-khau/da-dung/",
        TemplateView.as_view(template_name="account/password_reset_used.html"),
        "account_reset_password_used",
    ),
    re_path(
        r"^quen-mat-khau/(?P<uidb36>[0-9A-Za-z]{1,16})-(?P<key>[0-9A-Za-z-]{1,80})/$",
        needs(ANYBODY)(unkept(account.password_reset_from_key)),
        name="account_reset_password_from_key",
    ),
    page("tai-khoan/mat-khau/", account.password_change, "account_change_password"),
    page("tai-khoan/xac-nhan/", account.reauthenticate, "account_reauthenticate"),
    page("tai-khoan/xac-nhan/ma/", mfa.reauthenticate, "mfa_reauthenticate"),
    page("tai-khoan/xac-nhan/khoa/", webauthn.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    page("tai-khoan/phien/", pages.Sessions.as_view(), "usersessions_list"),
    page("tai-khoan/hai-lop/", pages.second_factors, "mfa_index"),
    page("tai-khoan/hai-lop/ung-dung/", totp.activate_totp, "mfa_activate_totp"),
    page("tai-khoan/hai-lop/ung-dung/go/", totp.deactivate_totp, "mfa_deactivate_totp"),
    page("tai-khoan/hai-lop/khoa/", webauthn.add_webauthn, "mfa_add_webauthn"),
    page(
        "tai-khoan/hai-lop/khoa/<int:pk>/go/",
        pages.RemoveKey.as_view(success_url="/tai-khoan/hai-lop/"),
        "mfa_remove_webauthn",
    ),
    page("tai-khoan/hai-lop/ma-du-phong/", recovery.view_recovery_codes, "mfa_view_recovery_codes"),
    page("tai-khoan/hai-lop/ma-du-phong/moi/", recovery.generate_recovery_codes, "mfa_generate_recovery_codes"),
]
