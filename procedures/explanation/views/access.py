"""Who may see a case without an account: a session that has shown the case's code and secret."""

from __future__ import annotations

import hashlib
import secrets as secrecy
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language

from procedures.explanation.models import ExplanationRequest
from workflow import engine, registry, signals
from workflow.models import Case

GRANTED = "cases"
"""Session: ids of the cases that were opened in it."""
TRIES, WAIT = 5, 15 * 60
"""Wrong secrets for one code from one address, or bundles of one case, and the seconds to wait after them."""
NOBODY = hashlib.sha256(secrecy.token_bytes(32)).hexdigest()
"""Compared with where there is no such case, so that both answers take the same time."""


def grant(request: HttpRequest, case_id: int) -> None:
    """Open a case to this session."""
    others = [pk for pk in request.session.get(GRANTED, []) if pk != case_id]
    request.session[GRANTED] = [*others, case_id]
    signals.case_opened.send_robust(ExplanationRequest, case_id=case_id, language=get_language() or "")


def forget(request: HttpRequest, case_id: int) -> None:
    """Close a case to this session (a shared computer)."""
    request.session[GRANTED] = [pk for pk in request.session.get(GRANTED, []) if pk != case_id]


def granted(request: HttpRequest, code: str) -> Any:
    """Return a case that is open to this session, as its procedure's own class.

    Raises Http404 for an unknown code and for a case that is not open: one same answer.
    """
    opened = Case.objects.filter(code=code.upper(), pk__in=request.session.get(GRANTED, []))
    name = opened.values_list("procedure_name", flat=True).first()
    if name is None:
        raise Http404
    return registry.get(name).model._default_manager.select_related("agency").get(code=code.upper())


def spelt(code: str) -> str:
    """Return a code as it is stored, however it was typed: gt b2c3 d4e5 → GT-B2C3-D4E5."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    known = [procedure.prefix for procedure in registry.procedures().values()]
    prefix = next((one for one in known if letters.startswith(one)), ExplanationRequest.procedure.prefix)
    rest = letters.removeprefix(prefix)
    return "-".join([prefix, *(rest[n : n + 4] for n in range(0, len(rest), 4))])


def matching(code: str, secret: str) -> Case | None:
    """Return the case that a code and its secret open together, or None."""
    case = Case.objects.filter(code=code).first()
    fits = constant_time_compare(engine.hash_secret(secret), case.secret_hash if case else NOBODY)
    return case if fits else None


def tries(request: HttpRequest, code: str) -> str:
    """Return the cache key under which wrong secrets for a code from one address are counted."""
    who = f"{request.META.get('REMOTE_ADDR', '')} {code}"
    return f"follow:{hashlib.sha256(who.encode()).hexdigest()}"


def is_throttled(key: str) -> bool:
    """Return whether there were too many wrong secrets, or bundles, lately."""
    return int(cache.get(key, 0)) >= TRIES


def copies(case: Case) -> str:
    """Return the cache key under which evidence bundles of a case are counted."""
    return f"bundle:{case.pk}"


def count(key: str) -> None:
    """Count one wrong secret, or one bundle."""
    cache.add(key, 0, WAIT)
    try:
        cache.incr(key)
    except ValueError:  # it has just expired
        cache.set(key, 1, WAIT)
