"""The pages about powers: what may I do and why; and, for administrators, who may do what on a case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from workflow import clock, engine, permissions, registry, store
from workflow.models import Case
from workflow.panels import Tab
from workflow.permissions import ADMINISTRATOR, why
from workflow.views.access import is_inspector_only, needs, official, person, powers

CODE = 24  # letters of a code


@official
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Return the powers of who is signed in, each with its decision, and what they allow on a case that is named."""
    now, user = clock.now(), person(request)
    held, others = why.powers_of(user, now)
    code = _code(request)
    facts: dict[str, Any] = {
        "held": [(one, why.acts_of(one.role)) for one in held],
        "others": others,
        "code": code,
        "frame": "workflow/inspect/base.html" if is_inspector_only(request) else "workflow/office/frame.html",
        "here": "powers",
    }
    if code:
        found = permissions.visible(Case.objects.all(), user, now, powers(request)).filter(code=code).first()
        by_ref = {one.ref: one for one in held}
        offers = engine.available(store.load(found), user) if found else []
        facts |= {
            "case": found,
            "can": [(one, by_ref.get(one.capacity.post)) for one in offers if one.capacity],
            "cannot": [one for one in offers if one.refusal],
        }
    return render(request, "workflow/powers/mine.html", facts)


@needs(ADMINISTRATOR)
@require_safe
def who(request: HttpRequest) -> HttpResponse:
    """Return who may do which act on a case of the administrator's agencies; of the case itself nothing."""
    now, code = clock.now(), _code(request)
    paths = permissions.administered(person(request), now, powers(request))
    kept = Case.objects.filter(permissions.under(paths, "agency__path")).select_related("agency")
    found = kept.filter(code=code).first() if code else None
    facts: dict[str, Any] = {"code": code, "case": found, "here": "who"}
    if found is not None:
        procedure = registry.get(found.procedure_name)
        law = procedure.version(found.law_version)
        rules = [rule for rule in procedure.rules.values() if rule.name != procedure.opening]
        act = request.GET.get("viec", "")
        shown = [rule for rule in rules if rule.name == act] or rules
        holders = why.who_may(found, shown, now)
        facts |= {
            "procedure": procedure,
            "rules": rules,
            "act": act,
            "rows": [(rule, law.cite(rule.law), holders[rule.name]) for rule in shown],
        }
    return render(request, "workflow/powers/who.html", facts)


def _code(request: HttpRequest) -> str:
    return request.GET.get("ma", "").strip().upper()[:CODE].replace("\0", "")


def _is_theirs(request: HttpRequest) -> int | None:
    return 0 if any(post.role == ADMINISTRATOR for post in powers(request)) else None


TAB = Tab("who", "/quan-tri/quyen/", _("Who may do what"), _is_theirs)
