"""Who sees the inspector's pages: inspectors, each under their own jurisdiction; and the trace of an opened case."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from workflow import clock, openings, store
from workflow.inspection import scope
from workflow.models import Case
from workflow.permissions import INSPECTOR, inspected
from workflow.views.access import needs, person, powers

View = Callable[..., HttpResponseBase]


def inspector(view: View) -> View:
    """Let only inspectors see a page, each under their own jurisdiction; these pages only read."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, inspected(person(request), clock.now(), powers(request)), *args, **kwargs)

    return needs(INSPECTOR)(guarded)


def the_case(request: HttpRequest, paths: list[str], code: str) -> Case:
    """Return a case under the jurisdiction, and leave a trace that it was opened."""
    found = get_object_or_404(scope.cases(paths), code=code.upper())
    openings.note(openings.INSPECTED, found, person(request))
    agency = found.agency
    found = store.load(found)
    found.agency = agency
    return found
