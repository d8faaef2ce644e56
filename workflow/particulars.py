"""What is given with an act: checked against the transition's signature, dated, and split for the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin, get_type_hints

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from typing_extensions import is_typeddict

from workflow import errors, faces
from workflow.clock import legal_day
from workflow.law import LawVersion
from workflow.ledger import canonical, quick
from workflow.models import Agency, Case, Document, User
from workflow.store import Snapshot
from workflow.transitions import OPEN, Rule

LONGEST = 20_000
"""Most characters of one text; about eight pages."""
_STRICT = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)
_SENTENCES: dict[str, Promise] = {
    "missing": _("This is needed."),
    "extra_forbidden": _("This act does not ask for it."),
    "literal_error": _("Choose one of the values offered."),
    "greater_than_equal": _("This number is too small."),
    "less_than_equal": _("This number is too large."),
    "too_short": _("At least one is needed."),
    "string_too_short": _("This is needed."),
}
_WRONG = _("This has the wrong form.")
MOST_ITEMS = 200
"""Most items of one list: questions, members of a group."""
_TOO_MANY = _("These are more than %(most)d. Send the rest as an attached document.")
_TOO_LONG = _("This text is longer than %(most)d characters. Shorten it or attach it as a document.")
_UNPRINTABLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
"""Control characters and lone surrogates (Unicode's Cc and Cs), but for the ends of lines and tabs."""
_NOT_OURS = _("This document is on file in another case.")
_OTHER_KIND = _("Another paper belongs here: “%(wanted)s”, not “%(given)s”.")
_CONTROL = _("This text holds a control character that cannot be printed. Type it again.")


def checked(rule: Rule, law: LawVersion, data: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given with an act, complete and of the right form.

    Raises BadData that names every parameter that is missing, unknown or wrong.
    """
    wrong: dict[str, str] = {}
    for name, value in data.items():
        if why := _unreadable(value):
            wrong[name] = why
    try:
        particulars = _model(rule).model_validate(dict(data), context=law)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False, include_context=False, include_input=False):
            path = ".".join(str(step) for step in error["loc"])
            wrong.setdefault(path, str(_SENTENCES.get(error["type"], _WRONG)))
        raise errors.BadData(errors=wrong, fields=", ".join(wrong), **facts) from None
    if wrong:
        raise errors.BadData(errors=wrong, fields=", ".join(wrong), **facts)
    return {name: getattr(particulars, f"given_{name}") for name in rule.params}


def own_papers(rule: Rule, case: Case, data: Mapping[str, Any], facts: Mapping[str, Any], *, new: bool) -> None:
    """Ask that every paper of an act is of the kind the act takes, and on file in this case.

    Where the case is just being opened, it is on file in none yet.
    Raises BadData that names every paper of another case or another kind.
    """
    home = None if new else case.pk
    wrong: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, Document):
            kinds = rule.params[name].kinds
            if value.pk is None or value.case_id != home:
                wrong[name] = str(_NOT_OURS)
            elif kinds and value.kind not in kinds:
                names = faces.kind_names(case.procedure_name)
                told = [str(names.get(kind, kind)) for kind in (kinds[0], value.kind)]
                wrong[name] = str(_OTHER_KIND) % {"wanted": told[0], "given": told[1]}
    if wrong:
        raise errors.BadData(errors=wrong, fields=", ".join(wrong), **facts)


@lru_cache(maxsize=512)
def _model(rule: Rule) -> type[BaseModel]:
    """Return the transition's signature as a model that checks it; a prefix keeps `copy` apart from pydantic's own."""
    fields: dict[str, Any] = {
        f"given_{param.name}": (param.type, Field(... if param.required else param.default, alias=param.name))
        for param in rule.params.values()
    }
    return create_model(rule.name, __config__=_STRICT, **fields)


def _unreadable(value: Any) -> str:
    """Return why some text in a value cannot stand in a file, or an empty string."""
    match value:
        case str():
            if len(value) > LONGEST:
                return str(_TOO_LONG) % {"most": LONGEST}
            if _UNPRINTABLE.search(value):
                return str(_CONTROL)
        case dict():
            return next((why for item in value.values() if (why := _unreadable(item))), "")
        case list() | tuple() if len(value) > MOST_ITEMS:
            return str(_TOO_MANY) % {"most": MOST_ITEMS}
        case list() | tuple():
            return next((why for item in value if (why := _unreadable(item))), "")
    return ""


def moment(
    seen: Snapshot,
    rule: Rule,
    at: datetime | None,
    data: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    new: bool,
) -> datetime:
    """Return the legal moment of the act.

    Never in the future, never before the previous act; in the past only where a document of that day dates it. The
    document that dates an act bears the day of the act, today as well: a period that starts with a notice starts on
    the date written on it (A7).
    Raises NotThen otherwise.
    """
    paper = data.get(rule.dated_by) if rule.dated_by else None
    if at is None or at == seen.recorded_at:
        at = seen.recorded_at
        if seen.case.acted_at is not None and at < seen.case.acted_at:
            raise errors.NotThen(why=_("the clock stands before the previous act of this case."), **facts)
    elif at > seen.recorded_at:
        raise errors.NotThen(why=_("it lies in the future."), **facts)
    elif seen.case.acted_at is not None and at < seen.case.acted_at and not new:
        raise errors.NotThen(why=_("it lies before the previous act of this case."), **facts)
    elif not isinstance(paper, Document):
        raise errors.NotThen(why=_("only a stamped or signed document can date it in the past."), **facts)
    if isinstance(paper, Document) and paper.dated_on != legal_day(at):
        raise errors.NotThen(why=_("the document that dates it bears another date."), **facts)
    return at


def cited(document: Document) -> dict[str, Any]:
    """Return a document as an entry cites it."""
    return {
        "document": document.pk,
        "kind": document.kind,
        "date": document.dated_on.isoformat(),
        "digest": document.digest,
    }


def is_backdated(at: datetime, recorded_at: datetime) -> bool:
    """Return whether an act was recorded more than a day after it happened; the inspector sees these."""
    return recorded_at - at > timedelta(days=1)


def recorded(rule: Rule, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return the data of an act as the log holds it, and the disclosures behind its commitments."""
    disclosures: list[dict[str, str]] = []
    shown = {name: _shown(hint, data[name], name, public, disclosures) for name, (hint, public) in _asked(rule).items()}
    return shown, disclosures


def commit(name: str, value: object, disclosures: list[dict[str, str]]) -> dict[str, str]:
    """Return a salted commitment to a value, keeping value and salt in `disclosures`."""
    text, salt = quick.encode(value), canonical.salt()
    disclosures.append({"name": name, "salt": salt, "value": text})
    return {"commitment": canonical.commitment(text, salt)}


def _shown(hint: Any, value: Any, path: str, public: bool, disclosures: list[dict[str, str]]) -> Any:
    """Return a value as the log may show it: codes, numbers, dates and papers in the clear, all else committed to.

    hint: the value's type, bare; public: whether it is annotated as one that may stand in the log
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value if public or not value else commit(path, value, disclosures)
    match value:
        case datetime():
            return canonical.instant(value)
        case date():
            return value.isoformat()
        case Document():
            return cited(value)
        case Agency():
            return {"agency": value.slug}
        case Case():
            return {"case": value.code}
        case User():
            return {"user": value.pk}
        case models.Model():
            return {value._meta.model_name: value.pk}
        case list() | dict() if not value:  # a bare {} would match every mapping
            return value
        case list() if not public:
            inner, public = _bare(next(iter(get_args(hint)), Any))
            return [_shown(inner, item, f"{path}.{n}", public, disclosures) for n, item in enumerate(value)]
        case dict() if not public and is_typeddict(hint):
            hints = _hints(hint)
            return {
                key: _shown(hints[key][0], item, f"{path}.{key}", hints[key][1], disclosures)
                for key, item in value.items()
            }
        case _ if public:
            return value
        case _:
            return commit(path, value, disclosures)


def _bare(hint: Any) -> tuple[Any, bool]:
    """Return a type without what is annotated on it, and whether that lets it stand in the log."""
    public = False
    while get_origin(hint) in (Annotated, NotRequired, Required):
        public = public or OPEN in get_args(hint)[1:]
        hint = get_args(hint)[0]
    return hint, public


@lru_cache(maxsize=512)
def _asked(rule: Rule) -> dict[str, tuple[Any, bool]]:
    """Return the type of each thing a transition asks for, and whether it may stand in the log."""
    bare = {name: _bare(param.type) for name, param in rule.params.items()}
    return {name: (hint, public or rule.params[name].public) for name, (hint, public) in bare.items()}


@lru_cache(maxsize=128)
def _hints(hint: Any) -> dict[str, tuple[Any, bool]]:
    return {name: _bare(one) for name, one in get_type_hints(hint, include_extras=True).items()}
