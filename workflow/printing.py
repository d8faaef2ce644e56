"""The documents that acts make, as plain PDF in the official form (NĐ30), with what the law wants in each.

Made before the act and outside its transaction. A document prints the code by which it can be checked, which names
the entry that will cite it; so the act must be the very next one of its case (`is_next`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _

from workflow import citations, receipts, typesetting
from workflow.clock import LEGAL_ZONE
from workflow.describe import confirmed
from workflow.faces import Face, face
from workflow.law import LawVersion
from workflow.ledger.seal import latest
from workflow.models import Agency, Case, Delegation, User
from workflow.sheets import Line, Sheet
from workflow.transitions import Rule

TEMPLATE = Path(__file__).with_name("printing.typ")
LANGUAGE = "vi"
"""Official documents are in Vietnamese, whoever makes them."""
_AREA = re.compile(r".*\b(?:tỉnh|thành phố|xã|phường|đặc khu)\s+(.+)$", re.IGNORECASE)
_COMMITTEE = re.compile(r"^(Ủy ban nhân dân) ", re.IGNORECASE)
"""Stands in a line of its own, over the name of the place."""
_CITED = re.compile(r"%\(law_(\w+)\)s")
"""What the words of a parameter cite is what demands it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a document is made of.

    data: what is given with the act, by name
    summary: replaces what the sheet says it is about
    post: the power under which the signer acts, as the log names it
    """

    case: Case
    rule: Rule
    kind: str
    data: Mapping[str, Any]
    number: str
    dated_on: date
    summary: str
    body: str
    signer: User
    post: str = ""

    @property
    def face(self) -> Face:
        """Return how the procedure looks."""
        return face(self.case.procedure_name)

    @property
    def sheet(self) -> Sheet | None:
        """Return the form of the document, or None for a paper that the office does not make."""
        return self.face.of(self.face.sheets, self.rule.name, self.kind)  # type: ignore[no-any-return]

    @property
    def law(self) -> LawVersion:
        """Return the law by which the act is judged."""
        return self.case.procedure.law_of(self.case, self.rule, self.dated_on)

    @property
    def names(self) -> dict[str, object]:
        """Return what the texts of the sheet may name."""
        return {"code": self.case.code, "agency": self.case.agency.name, **self.face.matter(self.case).names}

    @property
    def about(self) -> str:
        """Return what the document is about: what the official says, else what the sheet says."""
        with translation.override(LANGUAGE):
            return self.summary or (str(self.sheet.about) % self.names if self.sheet else "")

    @property
    def file_name(self) -> str:
        """Return what the file is called."""
        with translation.override(LANGUAGE):
            name = str(self.face.kind_names.get(self.kind, self.kind)).replace("đ", "d").replace("Đ", "D")
        return f"{self.case.code}-{slugify(name)}.pdf"


def pdf(draft: Draft, *, is_final: bool = True) -> bytes:
    """Return a document as PDF; the same data and the same log give the same bytes.

    is_final: else it is marked as a draft, and no code says where it can be checked
    Raises NotTypeset.
    """
    with translation.override(LANGUAGE):
        facts = _facts(draft) | {"proof": _proof(draft.case) if is_final else None}
    return typesetting.pdf(TEMPLATE, facts, at=datetime.combine(draft.dated_on, time.min, LEGAL_ZONE))


def is_next(case: Case) -> bool:
    """Return whether no entry has followed the one after which documents were made for a case; ask under its lock."""
    return Case.objects.filter(pk=case.pk, seq=case.seq).exists()


def lines(draft: Draft) -> Iterator[Line]:
    """Yield what was given with the act, in the order of its declaration; what is empty is left out."""
    looks, law = draft.face, draft.law
    for param in draft.rule.params.values():
        value = draft.data.get(param.name)
        if value in (None, "", [], {}) or (value is False and not param.required):
            continue
        part = looks.of(looks.parts, draft.rule.name, param.name)
        if part and part.printed:
            yield from part.printed(draft.case, value)
            continue
        words = looks.of(looks.words, draft.rule.name, param.name)
        label, told = words or (param.name.replace("_", " "), "")
        ground = law.ground(value) if draft.rule.grounds and param.name == "ground" else None
        text = str(ground.text) if ground else _told(looks, law, param.name, value)
        cite = ground.cite if ground else "; ".join(law.cite(key) for key in _CITED.findall(str(told)))
        yield Line(param.name, law.fill(label), text, cite)


def _told(looks: Face, law: LawVersion, name: str, value: Any) -> str:
    match value:
        case bool():
            return capfirst(_("yes") if value else _("no"))
        case date():
            return f"{value:%d/%m/%Y}"
        case User():
            return ", ".join(filter(None, (value.full_name, value.title)))
        case Case():
            return value.code
        case list():
            told = [_told(looks, law, name, one) for one in value]
            return told[0] if len(told) == 1 else "\n".join(f"– {one}" for one in told)
    if item := law.checklists.get(name, {}).get(value):
        return f"{item.text} ({citations.spelled(item.cite)})"
    return str(looks.choices.get(name, {}).get(value, value))


def _facts(draft: Draft) -> dict[str, Any]:
    sheet, case, law = draft.sheet, draft.case, draft.law
    assert sheet is not None
    names = draft.names
    said = list(lines(draft))
    articles = [one for one in said if sheet.decides and one.key not in sheet.before]
    others = [one for one in said if one not in articles]
    if sheet.decides:
        others.sort(key=lambda one: sheet.before.index(one.key))
    above = Agency.objects.get_parent(case.agency) if case.agency.level == Agency.Level.DEPARTMENT else None
    return {
        "above": above.name if above else "",
        "agency": _COMMITTEE.sub(r"\1\n", case.agency.name).split("\n"),
        "number": draft.number,
        "place": _place(case.agency),
        "day": [f"{draft.dated_on:%d}", f"{draft.dated_on:%m}", f"{draft.dated_on:%Y}"],
        "title": str(sheet.title),
        "about": draft.about,
        "to": [to for one in sheet.to if (to := str(one) % names)],
        "bases": [*_bases(draft, said), *_powers(draft)],
        "matter": [_row(one, law) for one in draft.face.matter(case).lines],
        "lines": [_row(one, law) for one in others],
        "decides": sheet.decides,
        "orders": [str(one) % names for one in sheet.orders],
        "articles": [_row(one, law) for one in articles],
        "body": draft.body.strip(),
        "sides": [str(one) for one in sheet.sides],
        "signer": {"title": draft.signer.title, "name": draft.signer.full_name},
        "copies": [capfirst(str(one) % names) for one in sheet.copies(case)],
        "case": case.code,
        "law": law.name,
        "confirmed": law.name in confirmed(case.procedure),
    }


def _row(line: Line, law: LawVersion) -> dict[str, str]:
    cite = citations.spelled(citations.in_force(line.cite, law))
    return {"label": str(line.label), "cite": cite, "text": line.text.strip()}


def _bases(draft: Draft, said: list[Line]) -> Iterator[str]:
    """Yield what the document rests on: the articles of the act and of its contents, instrument by instrument."""
    law = draft.law
    cites = (law.cite(draft.rule.law), *(one.cite for one in said))
    for short, told in citations.by_instrument(cites, law).items():
        facts = {"name": law.instruments[short], "short": short, "places": ", ".join(told)}
        whole = _("Pursuant to the %(name)s (%(short)s)")
        yield (_("Pursuant to %(places)s of the %(name)s (%(short)s)") if told else whole) % facts


def _powers(draft: Draft) -> Iterator[str]:
    """Yield the paper by which the signer acts for somebody else."""
    kind, _sep, pk = draft.post.partition(":")
    if kind == "delegation" and (lent := Delegation.objects.filter(pk=pk).first()):
        facts = {"document": lent.document, "who": lent.principal.full_name}
        yield _("Pursuant to the delegation %(document)s by %(who)s") % facts


def _place(agency: Agency) -> str:
    """Return the place that a document of an agency bears: the province's or commune's own name (NĐ30)."""
    for text in (agency.name, agency.address.rsplit(",", 1)[-1].strip()):
        if found := _AREA.match(text):
            return found[1]
    return "…"


def _proof(case: Case) -> dict[str, Any]:
    """Return how the document is checked, and the latest root of the log."""
    code = receipts.code_after(case)
    page = f"{settings.SITE_URL}{reverse('workflow:verify')}"
    address = f"{page}?ma={code}"
    checkpoint = latest()
    return {
        "code": code,
        "page": page,
        "address": address,
        "qr": segno.make(address, micro=False, error="m").svg_inline(scale=4, border=2, omitsize=True),
        "root": {
            "at": f"{checkpoint.at.astimezone(LEGAL_ZONE):%H:%M %d/%m/%Y}",
            "size": checkpoint.size,
            "hash": checkpoint.root,
        }
        if checkpoint
        else None,
    }
