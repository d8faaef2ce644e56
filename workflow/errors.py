"""What the engine says when it does not do what it was asked.

One base, one class for each thing that a caller treats differently. A refusal carries the facts, names the rule
and cites its article; its sentence is made when it is read, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from workflow.actors import Actor


class WorkflowError(Exception):
    """Base of everything the engine raises on purpose."""

    message: str | Promise = _("The case system cannot do this.")

    def __init__(self, **facts: object) -> None:
        """Keep the facts; placeholders of `message` are named after them."""
        super().__init__(facts)
        self.facts: Mapping[str, object] = facts

    def __str__(self) -> str:
        """Return the sentence in the reader's language."""
        return str(self.message) % self.facts

    @property
    def code(self) -> str:
        """Return a stable name for logs and the API."""
        return type(self).__name__


class Refused(WorkflowError):
    """The transition may not happen now; nothing has changed.

    facts: `transition` (stable name), `title` (what the reader calls it), `law` (the article)
    """

    message = _("“%(title)s” is not possible now (%(law)s).")
    attempt: tuple[str, Actor] | None = None
    """Code of the case and who tried, once the engine knows them."""


class OutOfScope(Refused):
    """The person has nothing to do with this case; they do not learn its state."""

    message = _(
        "There is no such case for you. Check the code and the secret, or sign in with the account of the agency."
    )


class WrongRole(Refused):
    """The person acting does not hold the role the law requires."""

    message = _("“%(title)s” is for the %(role)s only (%(law)s).")


class OwnActBlocked(Refused):
    """An interested person may not act here (assumption A19)."""

    message = _("“%(title)s” is not for a person with an interest in the matter (%(law)s). A colleague must act.")


class NotFromHere(Refused):
    """The case is not in a state from which this transition leads."""

    message = _("“%(title)s” is not possible while the case is “%(state)s” (%(law)s).")


class NotThen(Refused):
    """The moment of the act is not one the law or the record allows."""

    message = _("“%(title)s” cannot carry this date: %(why)s")


class ConditionUnmet(Refused):
    """The law asks for something that is not there.

    facts: `why`, a sentence; `cited`, whether it names its clauses itself
    """

    message = _("“%(title)s” is not possible: %(why)s (%(law)s)")
    without_article = _("“%(title)s” is not possible: %(why)s")

    def __str__(self) -> str:
        """Return the sentence with its article, once."""
        return str(self.without_article if self.facts.get("cited") else self.message) % self.facts


class BadData(Refused):
    """What was given with the act is missing, unknown or of the wrong form.

    facts: `errors`, a mapping of parameter name to sentence
    """

    message = _("“%(title)s”: please check %(fields)s.")

    @property
    def errors(self) -> dict[str, str]:
        """Return what is wrong with each parameter."""
        errors = self.facts["errors"]
        assert isinstance(errors, dict)
        return {name: str(why) for name, why in errors.items()}


class UnknownTransition(Refused):
    """The procedure has no transition of this name."""

    message = _("This procedure knows no act “%(transition)s”.")


class Conflict(WorkflowError):
    """The case moved between our reading and our writing; read it again and decide again."""

    message = _("The case %(code)s has just been moved by someone else. Reload the page and look again.")


class UnknownProcedure(WorkflowError):
    """No procedure of this name is registered."""

    message = _("There is no procedure “%(procedure)s”. Known: %(known)s.")


class DeclarationError(WorkflowError):
    """A procedure is declared wrongly; found when the module is loaded."""

    message = _("%(why)s")
