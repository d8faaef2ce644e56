"""How a procedure looks to the citizen who follows a case of it: one page, its acts, and what only it knows to tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflow.models import Case
from workflow.presentation import DueLine, Happening


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a case.

    forms: the citizen's acts with their forms, in the order in which the page offers them
    facts: `facts(case, happenings, lines)` returns what the template shows beside what every case has
    elsewhere: acts that have a page of their own, with the name of its address
    """

    template: str
    forms: Mapping[str, Any]
    facts: Callable[[Any, list[Happening], list[DueLine]], dict[str, Any]]
    elsewhere: Mapping[str, str]


_pages: dict[str, Page] = {}


def register(procedure: str, page: Page) -> None:
    """Let citizens follow the cases of a procedure."""
    _pages[procedure] = page


def page_of(case: Case) -> Page:
    """Return the page of a case."""
    return _pages[case.procedure_name]
