"""Code and secret of a case."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from procedures.fields import TextField

_TYPED = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class FollowForm(forms.Form):
    """What stands on the receipt; spaces, hyphens and small letters do no harm."""

    code = TextField(
        label=_("Code of the case"),
        max_length=40,
        help_text=_("For example GT-B2C3-D4E5."),
        widget=forms.TextInput(attrs=_TYPED),
        error_messages={"required": _("Give the code of the case; it stands on your receipt.")},
    )
    secret = TextField(
        label=_("Secret"),
        max_length=60,
        help_text=_("16 letters and digits from your receipt."),
        widget=forms.TextInput(attrs=_TYPED),
        error_messages={"required": _("Give the secret; it stands on your receipt beside the code.")},
    )
