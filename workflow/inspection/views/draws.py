"""Random samples of cases, drawn and drawn anew."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from workflow.inspection import draws as drawing
from workflow.inspection import scope
from workflow.inspection.forms import DrawForm
from workflow.inspection.views import listing
from workflow.inspection.views.access import inspector
from workflow.models import Draw
from workflow.views.access import person


@inspector
@require_http_methods(["GET", "HEAD", "POST"])
def draws(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the samples drawn under the jurisdiction; draw another when asked."""
    agencies = scope.agencies(paths)
    form = DrawForm(request.POST or None, agencies=agencies)
    if request.method == "POST" and form.is_valid():
        drawn = drawing.draw(**form.cleaned_data, by=person(request))
        return redirect("workflow:inspect-draw", pk=drawn.pk)
    drawn_here = Draw.objects.filter(agency__in=agencies.order_by().values("pk")).select_related("agency", "by")
    facts = {"form": form, "draws": drawn_here.order_by("-pk")[: listing.PAGE]}
    return render(request, "workflow/inspect/draws.html", facts, status=422 if form.errors else 200)


@inspector
@require_safe
def draw(request: HttpRequest, paths: list[str], pk: int) -> HttpResponse:
    """Return one sample with its cases, drawn anew to see whether it still stands."""
    agencies = scope.agencies(paths).order_by().values("pk")
    drawn = get_object_or_404(Draw.objects.select_related("agency", "by"), pk=pk, agency__in=agencies)
    cases = {case.code: case for case in scope.cases(paths).filter(code__in=drawn.codes)}
    facts = {
        "draw": drawn,
        "cases": [(code, cases.get(code)) for code in drawn.codes],
        "stands": drawing.standing(drawn),
    }
    return render(request, "workflow/inspect/draw.html", facts)
