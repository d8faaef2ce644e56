"""How a procedure looks to officials: its words, its papers, and the parts of a form that only it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django import forms

from workflow.law import Text
from workflow.models import Case, Document, User
from workflow.sheets import Line, Matter, Sheet

Fields = dict[str, forms.Field]


@dataclass(frozen=True)
class Part:
    """The fields of one parameter.

    fields: `fields(case, initial)` returns the form fields by their short names
    collect: `collect(case, given)` returns the parameter's value from the cleaned fields
    printed: `printed(case, value)` returns what the document of the act says of it, where that is more than one line
    """

    title: Text
    fields: Callable[[Case, Any], Fields]
    collect: Callable[[Case, dict[str, Any]], Any]
    help: Text = ""
    printed: Callable[[Any, Any], Iterable[Line]] | None = None


@dataclass(frozen=True)
class Face:
    """How a procedure looks to officials.

    subject: `subject(case)` returns what a case is about, in one short line
    template: shows a case's particulars; gets `case` and what `facts(case)` returns
    kinds: `act.param` or `param` to the kind of document it puts on file, where the transition declares none
    kind_names: kind of document to its name
    words: `act.param` or `param` to (label, help)
    choices: name of a parameter to its values with their labels
    lines: parameters that need one line only
    parts: `act.param` or `param` to the part that only this procedure knows
    sheets: kind of document, or `act.kind`, to the form of those that the office makes itself
    matter: `matter(case)` returns what each of them says of the case
    intake: form that registers what came on paper or was said at the counter, made with `(agencies, data, files)`
    intake_of: procedures one of whose cases it is about; the form is then made with `about` and `known` as well
    opens: acts by which somebody starts a case about this one; they are registered at the counter as that case
    """

    subject: Callable[[Any], str]
    template: str
    facts: Callable[[Any], dict[str, Any]]
    kind_names: Mapping[str, Text]
    kinds: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, tuple[Text, Text]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    lines: frozenset[str] = frozenset()
    parts: Mapping[str, Part] = field(default_factory=dict)
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    matter: Callable[[Any], Matter] = lambda case: Matter()
    intake: Any = None
    intake_of: frozenset[str] = frozenset()
    opens: frozenset[str] = frozenset()

    def of(self, table: Mapping[str, Any], act: str, param: str) -> Any:
        """Return the entry of a table for a parameter of an act, or None."""
        return table.get(f"{act}.{param}", table.get(param))


class IntakeForm(Protocol):
    """What a procedure's form for the counter can do, beside being a form.

    title: what the page is called
    leads: what is to be known before it is filled in
    attached: papers beside the record
    """

    fields: Fields
    errors: Any
    title: Text
    leads: list[str]
    attached: list[Document]

    def is_valid(self) -> bool:
        """Return whether everything is filled in rightly."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Show an error beside a field."""

    def given(self, user: User) -> dict[str, Any]:
        """Return what the opening act asks for, with the record and what is attached put on file."""

    def refuse(self, path: str, why: str) -> None:
        """Show what the engine found wrong beside the field it is about."""


_faces: dict[str, Face] = {}


def register(procedure: str, face: Face) -> None:
    """Tell how a procedure looks to officials; called from the app's `ready()`."""
    _faces[procedure] = face


def face(procedure: str) -> Face:
    """Return how a procedure looks to officials."""
    return _faces[procedure]


def kind_names(procedure: str) -> Mapping[str, Text]:
    """Return kinds of documents to their names; empty for a procedure that no official has pages of."""
    known = _faces.get(procedure)
    return known.kind_names if known else {}


def words(procedure: str) -> Mapping[str, tuple[Text, Text]]:
    """Return the words of a procedure's parameters; empty for a procedure that no official has pages of."""
    known = _faces.get(procedure)
    return known.words if known else {}
