"""The form of a legal act, made from its declaration: what the transition asks for is what the page asks for.

Each parameter becomes a `Part`: some fields, and how the value is put together from them. A procedure adds the words
of its parameters and the parts that only it knows (`Face`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, get_args, get_origin

from django import forms
from django.utils.translation import gettext_lazy as _

from workflow import clock, errors, letters, store
from workflow.calendar import Counting, Due
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.closures import local
from workflow.document_fields import document_part
from workflow.faces import Part, face
from workflow.fields import CodeField, DateField
from workflow.law import Text
from workflow.models import Case, Document, User
from workflow.transitions import Param, Rule, wants

PREVIEW = "preview"
"""Name of the button that shows what an act would lead to."""
OFFICE_HOUR = time(17, 0)  # local hour given to an act that only its document dates


class ActForm(forms.Form):
    """The form of one act on one case.

    user: who fills it in
    kinds: parameters that are documents, each with the kind it puts on file
    signers: people one of whom signed on paper what a clerk enters; empty where the act is the user's own
    for_requester: whether the clerk enters an act of the requester
    """

    def __init__(
        self,
        case: Case,
        rule: Rule,
        *,
        user: User,
        signers: list[User] | None = None,
        for_requester: bool = False,
        known: Mapping[str, Any] | None = None,
        data: Any = None,
        files: Any = None,
    ) -> None:
        """Make the fields of every parameter of the act."""
        super().__init__(data, files)
        self.case, self.rule, self.user, self.for_requester = case, rule, user, for_requester
        self.signers = signers or []
        self.on_paper = bool(self.signers) or for_requester
        self.face = face(case.procedure_name)
        self.said: dict[str, Any] = {}
        self.parts: dict[str, Part] = {}
        self.kinds: dict[str, str] = {}
        if self.signers:
            choices = [
                (str(one.pk), f"{one.full_name} ({one.title})" if one.title else one.full_name) for one in self.signers
            ]
            self.fields["signer"] = forms.ChoiceField(label=_("Signed by"), choices=choices)
        for param in rule.params.values():
            part = self._part(param)
            self.parts[param.name] = part
            for name, one in part.fields(case, (known or {}).get(param.name)).items():
                self.fields[f"{param.name}-{name}" if name else param.name] = one

    def full_clean(self) -> None:
        """Judge what was typed; a preview is not judged, only shown again."""
        super().full_clean()
        if PREVIEW in self.data:
            self.errors.clear()

    def _part(self, param: Param) -> Part:
        act = self.rule.name
        words = self.face.of(self.face.words, act, param.name) or (param.name.replace("_", " "), "")
        label, told = (self.case.law.fill(text) for text in words)
        special = self.face.of(self.face.parts, act, param.name)
        if special:
            return special  # type: ignore[no-any-return]
        if is_document(param.type):
            kind = next(iter(param.kinds), None) or self.face.of(self.face.kinds, act, param.name) or "record"
            self.kinds[param.name] = kind
            return document_part(
                kind, self.face.kind_names.get(kind, label), told,
                required=param.required or self.on_paper, user=self.user,
                numbered=kind != "record" and not self.for_requester,
                scan=bool(self.signers) or self.for_requester,
                draft=letters.proposed(self.case, self.rule, legal_day(clock.now())) if param.required else "",
                made=bool(self.face.of(self.face.sheets, act, kind)),
            )  # fmt: skip
        single = self._field(param, label, told)
        return Part(
            "", lambda case, known: {"": _with_initial(single, known)}, lambda case, given: _plain(given[""], param)
        )

    def _field(self, param: Param, label: Text, told: Text) -> forms.Field:
        hint, name = _bare(param.type), param.name
        common: dict[str, Any] = {"label": label, "help_text": told, "required": param.required}
        if self.rule.grounds and name == "ground":
            grounds = self.case.law.grounds_for(self.rule.law)
            choices = [(one.code, f"{one.text} ({one.cite})") for one in grounds]
            return forms.ChoiceField(widget=forms.RadioSelect, choices=choices, **common)
        if values := _literals(hint):
            listed = {code: f"{one.text} ({one.cite})" for code, one in self.case.law.checklists.get(name, {}).items()}
            labels = listed or self.face.choices.get(name, {})
            offered: Any = [(value, labels.get(value, value)) for value in listed or values]
            many = get_origin(hint) is list
            kind: Any = forms.MultipleChoiceField if many else forms.ChoiceField
            return kind(widget=forms.CheckboxSelectMultiple if many else forms.RadioSelect, choices=offered, **common)  # type: ignore[no-any-return]
        if hint is bool:
            return forms.BooleanField(**{**common, "required": False})
        if hint is int:
            return forms.IntegerField(**common)
        if hint is date:
            return DateField(**common)
        if hint is Case:
            own = type(self.case)._default_manager.filter(agency_id=self.case.agency_id).exclude(pk=self.case.pk)
            return CodeField(queryset=own, **common)
        widget = forms.TextInput if name in self.face.lines else forms.Textarea(attrs={"rows": 5})
        return forms.CharField(widget=widget, **common)

    # what the page shows ---------------------------------------------------------------------------------------

    @property
    def sections(self) -> Iterator[tuple[Text, Text, list[Any]]]:
        """Yield title, help and fields of each part; simple parameters stand together under no title."""
        if self.signers:
            yield "", "", [self["signer"]]
        simple: list[Any] = []
        for name, part in self.parts.items():
            bound = [self[key] for key in self._keys(name)]
            if part.title:
                if simple:
                    yield "", "", simple
                    simple = []
                yield part.title, part.help, bound
            else:
                simple += bound
        if simple:
            yield "", "", simple

    def _keys(self, param: str) -> list[str]:
        return [key for key in self.fields if key == param or key.startswith(f"{param}-")]

    # what is given with the act --------------------------------------------------------------------------------

    def given(self) -> dict[str, Any]:
        """Return the act's data; documents are put on file, so call it inside the unit of the act."""
        self.said = self._collected(self.parts)
        return self.said

    def particulars(self) -> dict[str, Any]:
        """Return the act's data but for its documents; nothing is put on file."""
        return self._collected({name: part for name, part in self.parts.items() if name not in self.kinds})

    @property
    def makes_a_document(self) -> bool:
        """Return whether a document of the act is made here where no file is handed in."""
        return any(self.face.of(self.face.sheets, self.rule.name, kind) for kind in self.kinds.values())

    def paper(self, param: str) -> dict[str, Any]:
        """Return what was typed of a document, by the short names of its fields."""
        return {key[len(param) :].lstrip("-"): self.cleaned_data.get(key) for key in self._keys(param)}

    def _collected(self, parts: Mapping[str, Part]) -> dict[str, Any]:
        given = {name: part.collect(self.case, self.paper(name)) for name, part in parts.items()}
        return {name: one for name, one in given.items() if one is not None or self.rule.params[name].required}

    @property
    def on_behalf_of(self) -> User | str | None:
        """Return whose act is entered: a signer, the requester, or None for the user's own."""
        if self.for_requester:
            return "requester"
        return next((one for one in self.signers if str(one.pk) == self.cleaned_data.get("signer")), None)

    def moment(self, data: Mapping[str, Any]) -> datetime | None:
        """Return the legal moment: None for now, or the close of the day that the dating document bears."""
        paper = data.get(self.rule.dated_by) if self.rule.dated_by else None
        if not isinstance(paper, Document) or paper.dated_on == legal_day(clock.now()):
            return None
        at = datetime.combine(paper.dated_on, OFFICE_HOUR, LEGAL_ZONE)
        last = self.case.acted_at
        if last and legal_day(last) == paper.dated_on and at <= last:
            return last + timedelta(seconds=1)
        return at

    def refuse(self, refused: errors.WorkflowError) -> None:
        """Show why the act was refused beside the field it is about, or over the form."""
        if isinstance(refused, errors.BadData):
            for path, why in refused.errors.items():
                self.add_error(self._key_of(path.split(".")[0]), f"{why} ({refused.facts['law']})")
        elif isinstance(refused, errors.NotThen) and self.rule.dated_by in self.parts:
            self.add_error(self._key_of(self.rule.dated_by, "dated_on"), str(refused))
        elif isinstance(refused, errors.ConditionUnmet):
            self.add_error(self._key_of(self._blamed(refused)), str(refused))
        else:
            self.add_error(None, str(refused))

    def _key_of(self, param: str, wanted: str = "") -> str | None:
        keys = self._keys(param) if param else []
        return next((key for key in keys if wanted and key.endswith(wanted)), keys[0] if keys else None)

    def _blamed(self, refused: errors.Refused) -> str:
        """Return the parameter that the unmet condition asked about last, or an empty string."""
        at, why = clock.now(), str(refused.facts["why"])
        for condition in self.rule.conditions:
            names = wants(condition)
            if names and str(condition(self.case, at, **{name: self.said.get(name) for name in names})) == why:
                return names[-1]
        return ""


def preview(case: Case, rule: Rule, data: Mapping[str, Any]) -> Due | None:
    """Return the last day that an extension by the days typed would lead to, or None if they are not a number."""
    clock_of = next((one for key in rule.extends if (one := case.clock(key)) and one.state == "running"), None)
    try:
        days = int(str(data.get("days", "")))
    except ValueError:
        return None
    if clock_of is None or not 0 < days < 1000:
        return None
    longer = replace(clock_of, extension=clock_of.extension + days)
    calendar = local(store.calendar(clock_of.calendar_version), case)
    return longer.compute(calendar, case.procedure.counting or Counting())


def _bare(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _literals(hint: Any) -> tuple[str, ...]:
    hint = _bare(hint)
    if get_origin(hint) is list:
        hint = _bare(get_args(hint)[0])
    return get_args(hint) if get_origin(hint) is Literal else ()


def is_document(hint: Any) -> bool:
    """Return whether a parameter is a document, or may be one."""
    return hint is Document or Document in get_args(hint)


def _with_initial(one: forms.Field, known: Any) -> forms.Field:
    if known is not None:
        one.initial = known
    return one


def _plain(value: Any, param: Param) -> Any:
    return value if value is not None else (None if param.required else param.default)
