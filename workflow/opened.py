"""The data of a log entry as an inspector reads it: commitments opened where their values are still kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.dateformat import format as written
from django.utils.text import format_lazy
from django.utils.translation import gettext as _

from workflow.clock import LEGAL_ZONE
from workflow.law import LawVersion, Text
from workflow.models import Document
from workflow.registry import Procedure

ELSEWHERE = {"clocks", "law", "role", "actor_name", "since", "clock", "tells", "late_on"}
"""Keys of an entry's data that the page shows in their own place."""


@dataclass(slots=True)
class Fact:
    """One thing that was given with an act.

    text: what it is; empty where it consists of other facts
    state: "open" for what was disclosed, "erased" for what was erased, else empty
    """

    label: Text
    text: str = ""
    state: str = ""
    facts: list[Fact] = field(default_factory=list)
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Everything needed to read the data of a case's entries.

    names: what accounts are called, by id
    agencies: what agencies are called, by slug
    """

    procedure: Procedure
    law: LawVersion
    documents: Mapping[int, Document]
    names: Mapping[int, str]
    agencies: Mapping[str, str]

    def facts(self, data: Mapping[str, Any], texts: Mapping[str, str]) -> list[Fact]:
        """Return what was given with an act, in the order of the log.

        texts: disclosed values in their canonical JSON, by name
        """
        shown = {key: value for key, value in data.items() if key not in ELSEWHERE}
        return [fact for key, value in shown.items() if (fact := self._fact(key, value, key, texts))]

    def _fact(self, key: str, value: Any, path: str, texts: Mapping[str, str]) -> Fact | None:
        label = self._label(key)
        match value:
            case None | "" | []:
                return None
            case {"commitment": str()}:
                if path not in texts:
                    return Fact(label, _("erased; its fingerprint remains"), "erased")
                return Fact(label, self._text(key, json.loads(texts[path])), "open")
            case {"document": int(pk), "digest": str()}:
                return Fact(label, str(value.get("date", "")), document=self.documents.get(pk))
            case {"agency": str(slug)} if len(value) == 1:
                return Fact(label, self.agencies.get(slug, slug))
            case {"case": str(code)} if len(value) == 1:
                return Fact(label, code)
            case int() if key == "agency":  # in a warning: the case's own
                return None
            case dict():
                return self._group(label, [self._fact(k, v, f"{path}.{k}", texts) for k, v in value.items()])
            case list() if any(isinstance(item, dict) for item in value):
                numbered = [self._fact(str(n), item, f"{path}.{n}", texts) for n, item in enumerate(value)]
                return self._group(label, numbered)
            case list():
                return Fact(label, ", ".join(self._text(key, item) for item in value))
            case _:
                return Fact(label, self._text(key, value))

    def _group(self, label: Text, facts: list[Fact | None]) -> Fact | None:
        kept = [fact for fact in facts if fact]
        return Fact(label, facts=kept) if kept else None

    def _label(self, key: str) -> Text:
        if key.isdigit():
            return format_lazy(_("No. {n}"), n=int(key) + 1)
        own = {
            "due": _("Last day"),
            "was_on": _("Day entered first"),
            "scan": _("Scan of the stamp"),
            "proposed_by": _("Proposed by"),
            "edition": _("Edition of the calendar"),
            "closure": _("Local closure"),
            "occurrence": _("Ringing"),
            "responsible": _("Who answers for it"),
            "head": _("Head of the agency"),
            "handler": _("Handler"),
        }
        return self.procedure.given.get(key) or own.get(key) or key.replace("_", " ")

    def _text(self, key: str, value: Any) -> str:
        match value:
            case bool():
                return _("yes") if value else _("no")
            case str():
                codes = self.procedure.codes.get(key, {})
                if value in (listed := self.law.checklists.get(key, {})):
                    return str(listed[value].text)
                return str(codes[value]) if value in codes else _day(value)
            case int() if key in ("head", "handler", "signed_by"):
                return self.names.get(value, str(value))
            case list():
                return ", ".join(self._text(key, item) for item in value)
            case dict():
                return "; ".join(f"{self._label(k)}: {self._text(k, v)}" for k, v in value.items() if v)
            case _:
                return str(value)


def _day(text: str) -> str:
    """Return a day or a moment of the log as a page shows it; any other text as it is."""
    if not text[:4].isdigit() or len(text) not in (10, 25, 27):
        return text
    try:
        if len(text) == 10:
            return written(date.fromisoformat(text), "l d/m/Y")
        return written(datetime.fromisoformat(text).astimezone(LEGAL_ZONE), "H:i, l d/m/Y")
    except ValueError:
        return text
