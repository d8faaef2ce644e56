"""A toy procedure, declared here alone: a citizen asks to borrow a book; the library lends it or refuses."""

from datetime import date

from django.db import connection, models

from workflow import registry
from workflow.calendar import WORKING_DAY, Period
from workflow.law import Ground, LawVersion, Role, Rung
from workflow.models import Agency, Case
from workflow.registry import Procedure
from workflow.transitions import Public, transition

READER = Role("reader", "reader", outside=True)
LIBRARIAN = Role("librarian", "librarian", held_by=("officer",))
DIRECTOR = Role("director", "director", held_by=("head",))

RULES = LawVersion(
    "Library rules 2026",
    effective=date(2026, 1, 1),
    periods={"answer": Period(3, WORKING_DAY, "Rule 2")},
    cites={"ask": "Rule 1", "lend": "Rule 2", "refuse": "Rule 3", "bring_back": "Rule 4"},
    grounds=(Ground("L1", "Rule 3", "The book is lent already.", ("refuse",)),),
    ladders={"answer": (Rung("silence", 0, ("officer",), "No answer."),)},
)


def lent_already(case, at, ground):
    """A refusal names a ground."""
    return None if case.law.ground(ground) else "name a ground of the rules"


class Loan(Case):
    """A book asked for."""

    procedure = Procedure(
        name="loan", prefix="LN", label="Loan", opening="ask", ends=("returned", "refused"),
        states={"draft": "Draft", "asked": "Asked for", "lent": "Lent", "refused": "Refused", "returned": "Returned"},
        versions=(RULES,), waits={"draft": "being written", "lent": "being read"}, refusals=("refused",),
        office_periods=("answer",),
    )  # fmt: skip
    book = models.CharField(max_length=100)
    readers = models.JSONField(default=list)

    class Meta:
        app_label = "workflow"
        db_table = "toy_loan"

    @transition("draft", "asked", by=READER, law="ask", starts=["answer"])
    def ask(self, *, agency: Agency, book: str, reader: int = 0) -> None:
        """Ask for a book."""
        self.book, self.readers = book, [reader]

    @transition("asked", "lent", by=LIBRARIAN, law="lend", stops=["answer"], interested_barred=True)
    def lend(self) -> None:
        """Lend it."""

    @transition("asked", "refused", by=(LIBRARIAN, DIRECTOR), law="refuse", stops=["answer"], grounds=True,
                conditions=[lent_already])  # fmt: skip
    def refuse(self, *, ground: Public[str]) -> None:
        """Refuse it."""

    @transition("lent", "returned", by=LIBRARIAN, law="bring_back")
    def bring_back(self, *, days_late: int = 0) -> None:
        """Take it back."""

    def is_own_act(self, user_id):
        """Return whether this person asked for the book."""
        return user_id is not None and user_id in self.readers


def begin():
    """Create the toy's table and make it known; `registry.unregister` forgets it."""
    with connection.schema_editor() as editor:
        editor.create_model(Loan)
    registry.register(Loan)
