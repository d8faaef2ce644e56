"""What the pages of powers ask: who, where, in which role, by which decision, from when until when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from workflow.appointments.errors import PowerRefused
from workflow.fields import DateField
from workflow.models import Agency, Appointment, User
from workflow.permissions.labels import labels

SUGGESTED = 200
"""Most entries of a list that a field offers while somebody types."""


class Suggesting(forms.TextInput):
    """A line with suggestions, as (value, label); without them where there are too many."""

    template_name = "workflow/appointments/suggesting.html"
    suggestions: Sequence[tuple[str, str]] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Point the line to its list."""
        context = super().get_context(name, value, attrs)
        if self.suggestions:
            context["widget"]["attrs"]["list"] = f"{name}-list"
        context["suggestions"] = self.suggestions
        return context


class PersonField(forms.CharField):
    """A person, by the name of their account or their full name where only one has it."""

    widget = Suggesting

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)
        self.queryset: QuerySet[User] = User.objects.none()

    def among(self, people: QuerySet[User]) -> None:
        """Look only among these people; suggest them if they are few."""
        self.queryset = people
        few = list(people.filter(is_active=True).order_by("full_name")[: SUGGESTED + 1])
        widget = self.widget
        assert isinstance(widget, Suggesting)
        widget.suggestions = (
            [(one.username, f"{one.full_name}, {one.title}" if one.title else one.full_name) for one in few]
            if len(few) <= SUGGESTED
            else []
        )

    def clean(self, value: Any) -> User | None:
        """Return the person."""
        text = super().clean(value).strip()
        if not text:
            return None
        found = list(self.queryset.filter(Q(username=text) | Q(full_name__iexact=text))[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(_("Several people are called so; give the name of the account."))
        raise ValidationError(_("Nobody of this name is known to you. Invite the person, or check the spelling."))


class AgencyField(forms.CharField):
    """An agency, by its name or its short name in addresses."""

    widget = Suggesting

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)
        self.queryset: QuerySet[Agency] = Agency.objects.none()

    def among(self, agencies: QuerySet[Agency]) -> None:
        """Look only among these agencies; suggest them if they are few."""
        self.queryset = agencies
        few = list(agencies[: SUGGESTED + 1])
        widget = self.widget
        assert isinstance(widget, Suggesting)
        widget.suggestions = [(one.slug, one.name) for one in few] if len(few) <= SUGGESTED else []

    def clean(self, value: Any) -> Agency | None:
        """Return the agency."""
        text = super().clean(value).strip()
        if not text:
            return None
        found = list(self.queryset.filter(Q(slug=text) | Q(name__iexact=text))[:2])
        if len(found) == 1:
            return found[0]
        raise ValidationError(_("There is no such agency among those that you administer."))


class PowerForm(forms.Form):
    """A form whose act may be refused by the law of powers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def refused(self, why: PowerRefused) -> None:
        """Say at the right field why the act was refused."""
        self.add_error(why.field if why.field in self.fields else None, str(why))


class AppointForm(PowerForm):
    """An appointment by a decision."""

    person = PersonField(label=_("Person"), help_text=_("Name of the account, or full name."))
    agency = AgencyField(label=_("Agency"))
    role = forms.ChoiceField(label=_("Role"), choices=lambda: list(labels().items()))
    decision = forms.CharField(label=_("Number of the decision"), max_length=64)
    starts_on = DateField(label=_("First day"))
    ends_on = DateField(
        label=_("Last day"), required=False, help_text=_("It ends at midnight. Leave empty for one without an end.")
    )

    def __init__(self, *args: Any, people: QuerySet[User], agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].among(people)  # type: ignore[attr-defined]
        self.fields["agency"].among(agencies)  # type: ignore[attr-defined]


class DelegateForm(PowerForm):
    """A delegation of one appointment by a document."""

    person = PersonField(
        label=_("Lawful substitute"), help_text=_("Name of the account, or full name, of a person with an account.")
    )
    decision = forms.CharField(label=_("Number of the document"), max_length=64)
    starts_on = DateField(label=_("First day"))
    ends_on = DateField(
        label=_("Last day"), help_text=_("It ends at midnight; a delegation is always limited in time.")
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].among(people)  # type: ignore[attr-defined]


class EndForm(PowerForm):
    """The end of a power by a decision."""

    on = DateField(label=_("Last day"), help_text=_("It ends at midnight of this day, in Viet Nam."))
    decision = forms.CharField(label=_("Number of the decision that ends it"), max_length=64)


class WhoForm(forms.Form):
    """Who hands over."""

    person = PersonField(label=_("Person"), help_text=_("Name of the account, or full name."))

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["person"].among(people)  # type: ignore[attr-defined]


class HandOverForm(PowerForm):
    """Who follows in each appointment, who goes on with the work, from when, by which decision."""

    decision = forms.CharField(label=_("Number of the decision"), max_length=64)
    from_on = DateField(
        label=_("From"), help_text=_("On this day the powers are the successors'. The work moves at once.")
    )
    worker = PersonField(
        label=_("Who goes on with the cases and tasks"),
        required=False,
        help_text=_("Tasks that this person may not do, and all where nobody is named, go back into the queue."),
    )

    def __init__(self, *args: Any, people: QuerySet[User], held: list[Appointment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["worker"].among(people)  # type: ignore[attr-defined]
        for one in held:
            field = PersonField(
                label=_("Successor: %(role)s, %(agency)s")
                % {"role": labels().get(one.role, one.role), "agency": one.agency},
                required=False,
                help_text=_("Leave empty where nobody follows."),
            )
            field.among(people)
            self.fields[f"successor-{one.pk}"] = field
        self.order_fields([f"successor-{one.pk}" for one in held])

    def successors(self, held: list[Appointment]) -> dict[int, User]:
        """Return who follows in which appointment; the form is valid."""
        chosen = {one.pk: self.cleaned_data[f"successor-{one.pk}"] for one in held}
        return {pk: user for pk, user in chosen.items() if user}


class Wanted(forms.Form):
    """What a list of powers is searched by."""

    WHEN = (("now", _("now")), ("later", _("later")), ("past", _("past")), ("all", _("all")))

    q = forms.CharField(label=_("Person"), max_length=100, required=False)
    agency = forms.CharField(label=_("Agency"), max_length=100, required=False)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=lambda: [("", _("all")), *labels().items()])
    when = forms.ChoiceField(label=_("When"), required=False, choices=WHEN)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
