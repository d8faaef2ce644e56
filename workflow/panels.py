"""What other rooms add to the official's pages: a part of the page of a case, a tab beside the others.

The engine does not know who adds what; whoever does registers it when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from workflow.law import Text
from workflow.models import Case


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page of a case: `facts(case, request)` returns what its template shows."""

    template: str
    facts: Callable[[Case, HttpRequest], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the office: `count(request)` returns how many things wait behind it, None for whom it is not."""

    here: str
    address: str
    label: Text
    count: Callable[[HttpRequest], int | None]


_panels: list[Panel] = []
_tabs: list[Tab] = []


def add(one: Panel | Tab) -> None:
    """Register a part or a tab, once."""
    kept: list[Any] = _panels if isinstance(one, Panel) else _tabs
    if one not in kept:
        kept.append(one)


def of_case(case: Case, request: HttpRequest) -> list[tuple[str, dict[str, Any]]]:
    """Return the parts that others add to the page of a case, as (template, facts)."""
    return [(panel.template, panel.facts(case, request)) for panel in _panels]


def tabs(request: HttpRequest) -> list[tuple[Tab, int]]:
    """Return the tabs that others add for a person, each with how many things wait behind it."""
    counted = [(tab, tab.count(request)) for tab in _tabs]
    return [(tab, n) for tab, n in counted if n is not None]
