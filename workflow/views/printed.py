"""The documents of an act as PDF: shown before the act, and made with it where no file is handed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile

from workflow import documents, engine, errors, office, printing, store
from workflow.forms import ActForm
from workflow.models import Case, User
from workflow.permissions import Capacity

PRINT = "print"
"""Name of the button that shows the document before the act."""
TRIES = 3
"""How often documents are made anew because the case has moved on meanwhile."""


class _MovedOnError(errors.Conflict):
    """An entry has followed the one after which the documents were made."""


@dataclass
class Printed:
    """The documents that a valid form makes.

    capacity: in which the act is done
    """

    form: ActForm
    capacity: Capacity | None
    made: dict[str, Any] = field(default_factory=dict)

    def drafts(self) -> Iterator[tuple[str, printing.Draft]]:
        """Yield each document that the form can make, with the name of its parameter."""
        form, signer = self.form, signer_of(self.form)
        if not form.makes_a_document:
            return
        data = form.particulars()
        post = self.capacity.post if self.capacity and signer is form.user else ""
        for name, kind in form.kinds.items():
            typed = form.paper(name)
            draft = printing.Draft(
                form.case, form.rule, kind, data, typed["number"] or "", typed["dated_on"], typed["summary"] or "",
                typed["body"] or "", signer, post,
            )  # fmt: skip
            if draft.sheet and typed["dated_on"]:
                yield name, draft

    def make(self) -> None:
        """Make each document for which no file was handed in; it takes time, so call it outside any transaction.

        Raises NotTypeset.
        """
        for name, draft in list(self.drafts()):
            if self.form.cleaned_data.get(f"{name}-scan") and name not in self.made:
                continue
            pdf = printing.pdf(draft)
            self.made[name] = pdf
            self.form.cleaned_data[f"{name}-scan"] = ContentFile(pdf, draft.file_name)
            self.form.cleaned_data[f"{name}-summary"] = draft.about[:300]


def signer_of(form: ActForm) -> User:
    """Return the official whose act it is: who signed on paper, else who fills the form in."""
    return form.on_behalf_of if isinstance(form.on_behalf_of, User) else form.user


def first_draft(form: ActForm, capacity: Capacity | None) -> tuple[str, bytes] | None:
    """Return name and content of the document that a valid form would make, or None if it makes none.

    Raises NotTypeset.
    """
    for _name, draft in Printed(form, capacity).drafts():
        return draft.file_name, printing.pdf(draft, is_final=False)
    return None


def fire(case: Case, form: ActForm, capacity: Capacity | None = None) -> None:
    """Do the act of a valid form, together with its documents and the office task it completes.

    capacity: in which the act is done; None for one that is to be refused, of which no document is made
    Raises WorkflowError, and then nothing has happened.
    """
    printed = Printed(form, capacity)
    for _try in range(TRIES):
        if capacity is not None:
            printed.make()
        try:
            with documents.files_go_if_undone(), office.carrying(case, form.rule.name, signer_of(form)) as within:
                if printed.made and not printing.is_next(case):
                    raise _MovedOnError(code=case.code)
                data = form.given()
                engine.fire(
                    case, form.rule.name, actor=form.user, at=form.moment(data), on_behalf_of=form.on_behalf_of,
                    within=within, **data,
                )  # fmt: skip
                return
        except _MovedOnError:
            form.case = case = store.load(Case.objects.select_related("agency").get(pk=case.pk))
    raise errors.Conflict(code=case.code)
