"""The forms of accounts: what django-allauth asks, in the words of this site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import forms as account
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from workflow.accounts.codes import accepts
from workflow.law import Text
from workflow.models import Agency, User

PASSWORD, AGAIN = _("New password"), _("The new password again")


def _say(form: forms.Form, **labels: Text) -> None:
    """Give fields our labels, and take away the words inside the fields."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in labels:
            field.label = labels[name]  # type: ignore[assignment]  # a lazy text
        if name != "password1":
            field.help_text = ""


def _password_help(form: forms.Form) -> None:
    form.fields["password1"].help_text = _(
        "At least 12 characters; several words are easier to remember than signs. No name of yours, nothing common."
    )


class SignInForm(account.LoginForm):
    """Name (or e-mail address) and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, login=_("Sign-in name or e-mail"), password=_("Password"))
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none", "autofocus": True}

    def add_prefix(self, field_name: str) -> str:
        """Return the field's name in the page, by which password managers know it."""
        return "username" if field_name == "login" else str(super().add_prefix(field_name))


class ChangePasswordForm(account.ChangePasswordForm):
    """The present password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, oldpassword=_("Present password"), password1=PASSWORD, password2=AGAIN)
        _password_help(self)


class ConfirmPasswordForm(account.ReauthenticateForm):
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, password=_("Password"))


class ForgottenPasswordForm(account.ResetPasswordForm):
    """The address to which a link is mailed; the answer is the same whether it is known or not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, email=_("E-mail"))

    def clean_email(self) -> str:
        """Return the address; who has not taken up an invitation yet has no password to forget."""
        email = str(super().clean_email())
        self.users: list[User] = [user for user in self.users if user.has_usable_password()]
        return email


class NewPasswordForm(account.ResetPasswordKeyForm):
    """A new password by a mailed link, which is good once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, password1=PASSWORD, password2=AGAIN)
        _password_help(self)

    def save(self) -> None:
        """Set the password; of two that come at once, the second finds the link used.

        Raises ImmediateHttpResponse
        """
        with transaction.atomic():
            locked = User.objects.select_for_update().get(pk=self.user.pk)
            if not account.default_token_generator.check_token(locked, self.temp_key):
                raise ImmediateHttpResponse(redirect(reverse("account_reset_password_used")))
            super().save()


class _OneCode(forms.Form):
    """A code of an app, or a recovery code."""

    user: User
    _emit_authentication_failed: Callable[[Authenticator], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code=_("One-time code or recovery code"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}

    def clean_code(self) -> str:
        """Return the code if it is right and new. Raises ValidationError, and after five of them for a while."""
        forget = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        kept = list(Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN))
        for authenticator in kept:
            if accepts(authenticator, code):
                authenticator.user = self.user
                self.authenticator = authenticator
                forget()
                return code
        if kept:
            self._emit_authentication_failed(kept[0])
        raise get_adapter().validation_error("incorrect_code")


class CodeForm(_OneCode, mfa.AuthenticateForm):
    """A code, to finish signing in."""


class ConfirmCodeForm(_OneCode, mfa.ReauthenticateForm):
    """A code once more, before something that matters."""


class ActivateAppForm(ActivateTOTPForm):
    """The first code of an app, which proves that it has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, code=_("Code that the app shows now"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class AddKeyForm(AddWebAuthnForm):
    """A new security key and its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self, name=_("Name of the key"))


class AcceptForm(forms.Form):
    """The first password of an account."""

    password1 = forms.CharField(
        label=PASSWORD, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password2 = forms.CharField(
        label=AGAIN, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        _password_help(self)

    def clean_password1(self) -> str:
        """Return the password if it keeps the policy."""
        password: str = self.cleaned_data["password1"]
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Return the passwords if they are the same."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("password1") and given.get("password1") != given.get("password2"):
            self.add_error("password2", _("The two passwords differ."))
        return given


def _free(email: str, but: User | None = None) -> str:
    """Return an address in lower case. Raises ValidationError if another account has it."""
    taken = User.objects.filter(email__iexact=email)
    if (taken.exclude(pk=but.pk) if but else taken).exists():
        raise forms.ValidationError(_("Another account has this address; a person has one account."))
    return email.lower()


class InviteForm(forms.Form):
    """A new account: who it is for, and where the invitation goes."""

    full_name = forms.CharField(label=_("Full name"), max_length=200)
    title = forms.CharField(label=_("Position"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("As in tanhoa.tiepnhan. It stays for ever, so that the log can be read."),
    )
    agency = forms.ModelChoiceField(label=_("Agency"), queryset=Agency.objects.none())

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]

    def clean_username(self) -> str:
        """Return a name that no other account has, in any spelling."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("Another account has this name."))
        return name

    def clean_email(self) -> str:
        """Return an address that no other account has."""
        return _free(self.cleaned_data["email"])


class InviteAgainForm(forms.Form):
    """Where another invitation goes."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        """Return an address that no other account has."""
        return _free(self.cleaned_data["email"], self.user)
