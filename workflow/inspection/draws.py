"""Random samples that anybody can draw again: the seed is kept, the draw follows from it and from the codes alone.

The order of a draw is the order of SHA-256 over the seed, a colon and the code of a case. Neither the inspector nor the
operator chooses: the seed comes from the operating system and stands in the log before the cases are opened.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from workflow import clock
from workflow.clock import LEGAL_ZONE
from workflow.ledger import chain
from workflow.models import Agency, Case, Draw, User

DRAWN = "sample_drawn"
SEED_BYTES = 16
MOST = 500


def population(agency: Agency, since: date, until: date) -> QuerySet[Case]:
    """Return the cases of a subtree that were filed in a period, both days included."""
    first = datetime.combine(since, time(), LEGAL_ZONE)
    after = datetime.combine(until + timedelta(days=1), time(), LEGAL_ZONE)
    return Case.objects.filter(agency__path__startswith=agency.path, opened_at__gte=first, opened_at__lt=after)


def order(seed: str, codes: Iterable[str]) -> list[str]:
    """Return the codes in the order in which the seed draws them."""
    return sorted(codes, key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).digest())


def digest(codes: Iterable[str]) -> str:
    """Return SHA-256 over codes in their order, each on a line, in hexadecimal."""
    return hashlib.sha256("".join(f"{code}\n" for code in sorted(codes)).encode()).hexdigest()


@transaction.atomic
def draw(agency: Agency, since: date, until: date, size: int, *, by: User, seed: str = "") -> Draw:
    """Draw cases at random and keep how, with an entry in the agency's chain.

    seed: for a draw that repeats another; fresh without it
    """
    codes = list(population(agency, since, until).values_list("code", flat=True))
    seed = seed or secrets.token_hex(SEED_BYTES)
    drawn = Draw.objects.create(
        by=by,
        agency=agency,
        at=clock.now(),
        since=since,
        until=until,
        size=size,
        seed=seed,
        population=len(codes),
        digest=digest(codes),
        codes=order(seed, codes)[:size],
    )
    chain.append(
        f"agency:{agency.slug}", DRAWN, actor=by, agency_id=agency.pk,
        seed=seed, size=size, population=len(codes), digest=drawn.digest,
        since=since.isoformat(), until=until.isoformat(),
    )  # fmt: skip
    return drawn


def standing(drawn: Draw) -> bool:
    """Return whether the sample still follows from its seed and from the cases that are there now."""
    codes = list(population(drawn.agency, drawn.since, drawn.until).values_list("code", flat=True))
    return digest(codes) == drawn.digest and order(drawn.seed, codes)[: drawn.size] == drawn.codes
