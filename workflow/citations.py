"""Citations of law as an official document writes them: “LKN Đ.31 k.2 h” is “điểm h khoản 2 Điều 31 LKN”.

Vietnamese, as the documents are; the short forms stand in each procedure's `law.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from workflow.law import LawVersion

_PLACE = re.compile(r"(?:Đ\.(\w+))? ?(?:\bk\.(\w+))? ?\b([a-zđ])?")


def spelled(cite: str) -> str:
    """Return a citation with article, clause and point in words, in the order of an official document."""
    parts = (part.strip().partition(" ") for part in cite.split(";"))
    return "; ".join(f"{', '.join(places(told))} {instrument}".strip() for instrument, _, told in parts)


def places(told: str) -> list[str]:
    """Return the places of one instrument in words; a clause or a point alone belongs to the article before it."""
    found: list[str] = []
    article = clause = ""
    for place in filter(None, told.split(", ")):
        match = _PLACE.fullmatch(place)
        if match is None or not any(match.groups()):  # a form (Mẫu), which stands by itself
            found.append(place)
            continue
        if match[1]:
            article, clause = match[1], ""
        clause = match[2] or clause
        words = [match[3] and f"điểm {match[3]}", clause and f"khoản {clause}", article and f"Điều {article}"]
        found.append(" ".join(word for word in words if word))
    return found


def in_force(cite: str, law: LawVersion) -> str:
    """Return of a citation what a version of the law holds: the parts whose instrument it knows."""
    parts = (part.strip() for part in cite.split(";"))
    return "; ".join(part for part in parts if part.split(" ")[0] in law.instruments)


def by_instrument(cites: Iterable[str], law: LawVersion) -> Mapping[str, list[str]]:
    """Return the cited articles under the short name of their instrument, in the order of citing.

    A point of an article that is cited as a whole is left out, and so is a form (Mẫu).
    """
    found: dict[str, list[str]] = {}
    for cite in cites:
        for part in filter(None, in_force(cite, law).split("; ")):
            instrument, _, told = part.partition(" ")
            found.setdefault(instrument, []).extend(place for place in places(told) if "Điều" in place)
    return {name: list(dict.fromkeys(one for one in told if not _within(one, told))) for name, told in found.items()}


def _within(place: str, others: Iterable[str]) -> bool:
    return any(place.endswith(f" {one}") for one in others)
