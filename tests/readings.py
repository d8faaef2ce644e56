"""Reading the law another way: a test that tries an assumption under several of its values says so."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from procedures.assumptions import Assumptions
from workflow import registry

TRIED: dict[str, dict[Any, Any]] = {}
"""By assumption, each value it is tried under, and what comes of it."""
DECLARED = {
    "law_of_a_case": lambda said: said.law_of_a_case,
    "counting": lambda said: said.counting(),
    "closing_hour": lambda said: said.closing_hour,
    "closures_move_dates": lambda said: said.local_closures_move_dates,
    "interested_barred": lambda said: said.interested_barred,
}
"""What every procedure declares by the assumptions."""


def tries(assumption: str, outcomes: Mapping[Any, Any], **others: Any) -> pytest.MarkDecorator:
    """Run a test once under each value of an assumption; it gets what must come of it as `reading`.

    outcomes: by value
    others: assumptions that must be set besides, so that this one matters
    """
    TRIED.setdefault(assumption, {}).update(outcomes)
    runs = [
        pytest.param(({**others, assumption: value}, outcome), id=f"{assumption}={value}")
        for value, outcome in outcomes.items()
    ]
    return pytest.mark.parametrize("reading", runs, indirect=True)


@pytest.fixture
def reading(request, monkeypatch):
    """Set the assumptions of this run; return what must come of them."""
    given, outcome = request.param
    assume(monkeypatch, **given)
    return outcome


def assume(monkeypatch: pytest.MonkeyPatch, **given: Any) -> None:
    """Change assumptions for one test: wherever they are read, and where procedures declare them."""
    said = replace(Assumptions(), **given)
    for name, module in list(sys.modules.items()):
        if name.startswith("procedures.") and hasattr(module, "ASSUMED"):
            monkeypatch.setattr(module, "ASSUMED", said)
    for procedure in ("explanation", "complaint", "complaint_second"):
        for name, value in DECLARED.items():
            monkeypatch.setitem(vars(registry.get(procedure)), name, value(said))
    monkeypatch.setitem(vars(registry.get("explanation")), "retention_years", said.retention_years)
