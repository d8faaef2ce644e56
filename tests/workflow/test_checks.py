"""A procedure that is declared wrongly does not start, and the reason is a sentence."""

from dataclasses import replace
from datetime import date

import pytest

from workflow import checks, registry
from workflow.calendar import WORKING_DAY, Period
from workflow.law import Ground, LawVersion, Role, Rung
from workflow.registry import Procedure
from workflow.transitions import Rule

READER, LIBRARIAN = Role("reader", "reader", outside=True), Role("librarian", "librarian", held_by=("officer",))
LAW = LawVersion(
    "Rules",
    effective=date(2026, 1, 1),
    periods={"answer": Period(3, WORKING_DAY, "Rule 2")},
    cites={"ask": "Rule 1", "lend": "Rule 2", "refuse": "Rule 3"},
    grounds=(Ground("L1", "Rule 3", "Lent already.", ("refuse",)),),
    ladders={"answer": (Rung("silence", 0, ("officer",), "No answer."),)},
)
ASK = Rule("ask", ("draft",), "asked", (READER,), "ask", starts=("answer",))
LEND = Rule("lend", ("asked",), "lent", (LIBRARIAN,), "lend", stops=("answer",))
REFUSE = Rule("refuse", ("asked",), "refused", (LIBRARIAN,), "refuse", stops=("answer",), grounds=True)
STATES = {"draft": "Draft", "asked": "Asked", "lent": "Lent", "refused": "Refused"}


def declared(rules=(ASK, LEND, REFUSE), laws=(LAW,), **changes):
    """Return a small procedure with these rows."""
    words = {
        "name": "loan", "prefix": "LN", "label": "Loan", "states": STATES, "versions": laws, "opening": "ask",
        "ends": ("lent", "refused"), "waits": {"draft": "being written"}, "refusals": ("refused",),
        "office_periods": ("answer",), **changes,
    }  # fmt: skip
    procedure = Procedure(**words)
    procedure.__dict__["rules"] = {rule.name: rule for rule in rules}
    return procedure


def names_a_title(case, at, title):
    """Look at something the act does not ask for."""


LATER = replace(LAW, name="Rules 2", effective=date(2027, 1, 1))
BROKEN = (
    # sentence, and the procedure it is about
    ("loan: “lend” names the state “lost”, which is not declared.",
     declared((ASK, replace(LEND, target="lost"), REFUSE))),
    ("loan: “lend” names the state “shelf”, which is not declared.",
     declared((ASK, replace(LEND, sources=("asked", "shelf")), REFUSE))),
    ("loan: nobody may fire “lend”; name the role in `by`.",
     declared((ASK, replace(LEND, by=()), REFUSE))),
    ("loan: “lend” cites no law; name the key in `law`.",
     declared((ASK, replace(LEND, law=""), REFUSE))),
    ("loan: law version “Rules 2” has no article for “lend” (lend).",
     declared(laws=(LAW, replace(LATER, cites={"ask": "1", "refuse": "3"})))),
    ("loan: “refuse” refuses without a ground; set `grounds`.",
     declared((ASK, LEND, replace(REFUSE, grounds=False)))),
    ("loan: law version “Rules 2” gives no ground for “refuse” (refuse).",
     declared(laws=(LAW, replace(LATER, grounds=())))),
    ("loan: law version “Rules 2” has no period “answer” (ask).",
     declared(laws=(LAW, replace(LATER, periods={})))),
    ("loan: the ladder of “answer” (Rules) has no rung for silence.",
     declared(laws=(replace(LAW, ladders={}),))),
    ("loan: no way leads to the state “lost”.",
     declared(states={**STATES, "lost": "Lost"}, ends=("lent", "refused", "lost"))),
    ("loan: from the state “asked” no end can be reached.",
     declared((ASK,), states={"draft": "Draft", "asked": "Asked"}, ends=())),
    ("loan: from the state “lent” no end can be reached.",
     declared(ends=("refused",), waits={"draft": "x", "lent": "x"})),
    ("loan: in the state “asked” a case can wait without a deadline and without a stated reason; start a period or state"
     " the reason in `waits`.",
     declared((replace(ASK, starts=()), LEND, REFUSE))),
    ("loan: in the state “draft” a case can wait without a deadline and without a stated reason; start a period or state"
     " the reason in `waits`.",
     declared(waits={})),
    ("loan: “lend” looks at “title”, which is not given with the act.",
     declared((ASK, replace(LEND, conditions=(names_a_title,)), REFUSE))),
    ("loan: “lend” looks at “slip”, which is not given with the act.",
     declared((ASK, replace(LEND, dated_by="slip"), REFUSE))),
)  # fmt: skip


@pytest.mark.parametrize(("sentence", "procedure"), BROKEN, ids=[sentence[6:70] for sentence, _ in BROKEN])
def test_a_wrong_declaration_is_named_in_a_sentence(sentence, procedure):
    assert sentence in [message.msg for message in checks.check(procedure)]


def test_a_right_declaration_is_silent():
    assert checks.check(declared()) == []


def test_a_reopening_is_no_way_to_an_end():
    """A state that only a re-opening could leave is a dead end."""
    appeal = Rule("appeal", ("lent",), "appealed", (READER,), "ask")
    dismiss = Rule("dismiss", ("appealed",), "done", (LIBRARIAN,), "lend")
    procedure = declared(
        (ASK, LEND, REFUSE, appeal, dismiss), states={**STATES, "appealed": "Appealed", "done": "Done"}, ends=("refused", "done"),
        reopenings=("appealed",), waits={"draft": "x", "lent": "x", "appealed": "x"},
    )  # fmt: skip
    assert "loan: from the state “lent” no end can be reached." in [one.msg for one in checks.check(procedure)]


@pytest.mark.parametrize("name", sorted(registry.procedures()))
def test_the_procedures_of_this_system_are_right(name):
    assert checks.check(registry.get(name)) == []


def test_every_registered_procedure_is_checked_at_start_up(monkeypatch):
    monkeypatch.setattr(registry, "_procedures", {"loan": declared((ASK, replace(LEND, by=()), REFUSE))})
    assert [one.id for one in checks.check_procedures(None)] == ["workflow.E002"]


@pytest.mark.django_db
def test_the_law_is_unconfirmed_until_a_named_person_says_so():
    from workflow.models import LawConfirmation

    (warning,) = checks.check_law_confirmed(None)
    assert "unconfirmed (explanation: NĐ 59/2019/NĐ-CP" in warning.msg
    for procedure in registry.procedures().values():
        for version in procedure.versions:
            LawConfirmation.objects.create(
                procedure=procedure.name, version=version.name, document="12/BC", confirmed_by="Luật sư A",
                confirmed_on=date(2026, 1, 1),
            )  # fmt: skip
    assert checks.check_law_confirmed(None) == []
