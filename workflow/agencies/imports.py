"""A list of agencies taken over: what each row would change, what is wrong with it, and all of it or nothing.

A row is known by its code; one without a code by the code that its name makes. Columns that the file lacks stay as
they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from workflow.agencies import sheets, tree
from workflow.agencies.forms import checked_code, coded, safe
from workflow.agencies.search import under
from workflow.errors import WorkflowError
from workflow.folding import folded
from workflow.ledger import canonical
from workflow.models import Agency
from workflow.permissions import STEP

ADD, CHANGE, SAME, WRONG = "add", "change", "same", "wrong"
YES, NO = ("co", "x", "1", "yes", "true", "dung"), ("", "khong", "0", "no", "false", "sai")
LEVELS = {
    "trung uong": "central", "tinh": "province", "thanh pho": "province", "so": "department", "nganh": "department",
    "phong": "department", "so, nganh, phong": "department", "xa": "commune", "phuong": "commune",
    "dac khu": "commune",
}  # fmt: skip
_LENGTHS = {name: Agency._meta.get_field(name).max_length for name in ("name", "short", "address", "hotline")} | {
    name: Agency._meta.get_field(name).max_length for name in ("remote_basis", "reception")
}


class NothingToDo(WorkflowError):
    """The list says what the register says, or has errors."""

    message = gettext_lazy("The list has errors, or changes nothing; nothing was done.")


@dataclass(slots=True)
class Line:
    """One row and what it would do.

    number: row of the file; given: what it says, as values; changes: [before, after] by field; wrong: by field
    """

    number: int
    slug: str = ""
    name: str = ""
    superior: str = ""
    does: str = SAME
    given: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, list[Any]] = field(default_factory=dict)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, name: str, why: str) -> None:
        """Note what is wrong with a field."""
        self.wrong.append((name, why))
        self.does = WRONG


@dataclass(slots=True)
class Plan:
    """What a list would do."""

    lines: list[Line]

    def of(self, *kinds: str) -> list[Line]:
        """Return the lines that do one of these things."""
        return [line for line in self.lines if line.does in kinds]

    @property
    def sound(self) -> bool:
        """Return whether it may be taken over: no row is wrong, and some row changes something."""
        return not self.of(WRONG) and bool(self.of(ADD, CHANGE))

    @property
    def seen(self) -> str:
        """Return a mark of all it would do, so that nothing else is done than was shown."""
        shown = [[one.number, one.slug, one.does, one.superior, one.given, one.changes] for one in self.lines]
        return canonical.digest(canonical.form({"lines": shown}))


def plan(rows: Iterable[tuple[int, Mapping[str, str]]], scope: list[str], *, roots: bool = False) -> Plan:
    """Return what a list would do within some subtrees; a few statements, whatever its length.

    roots: whether a new agency may stand under none
    """
    lines = [_line(number, said) for number, said in rows]
    wanted = {line.slug for line in lines} | {line.superior for line in lines if line.superior}
    known = {one.slug: one for one in _known(wanted, scope)}
    slugs = {one.path: one.slug for one in known.values()}
    given: dict[str, Line] = {}
    for line in lines:
        given.setdefault(line.slug, line)
    for line in lines:
        if line.slug and given[line.slug] is not line:
            line.refuse("slug", _("Row %(n)s has the same code.") % {"n": given[line.slug].number})
        elif line.slug in known:
            _change(line, known[line.slug], slugs, scope)
        else:
            _add(line, roots=roots)
        _place(line, known, given, scope)
    _no_circles(lines, {slug: slugs.get(one.path[:-STEP], "") for slug, one in known.items()})
    return Plan(lines)


def _known(wanted: set[str], scope: list[str]) -> list[Agency]:
    """Return every agency that is named, wherever it stands, and all of the subtrees."""
    own = list(under(scope))
    return own + by_slug(wanted - {one.slug for one in own})


def by_slug(slugs: Iterable[str]) -> list[Agency]:
    """Return the agencies of some codes."""
    wanted = sorted(set(slugs))
    parts = (wanted[start : start + 500] for start in range(0, len(wanted), 500))
    return [one for part in parts for one in Agency.objects.filter(slug__in=part)]


def _line(number: int, said: Mapping[str, str]) -> Line:
    """Return what one row says, each field read or refused."""
    line = Line(number)
    for name, text in said.items():
        try:
            value = _value(name, text)
        except ValidationError as error:
            line.refuse(name, " ".join(error.messages))
            continue
        if name == "slug":
            line.slug = value
        elif name == "superior":
            line.superior = value
        else:
            line.given[name] = value
    line.name = str(line.given.get("name", ""))
    line.slug = line.slug or (coded(line.name) if "slug" not in dict(line.wrong) else "")
    if not line.slug and not line.wrong:
        line.refuse("name", _("A row needs a code or a name."))
    return line


def _value(name: str, text: str) -> Any:
    """Return what a cell means.

    Raises ValidationError.
    """
    if len(text) > (most := _LENGTHS.get(name) or 200):
        raise ValidationError(_("It is longer than %(n)s characters.") % {"n": most})
    text = safe(text, signed=name == "hotline")
    if name in ("slug", "superior"):
        return checked_code(text) if text else ""
    if name in ("remote", "receives"):
        word = folded(text)
        if word not in YES + NO:
            raise ValidationError(_("“%(text)s” is neither yes nor no.") % {"text": text})
        return word in YES
    if name == "level":
        return _level(text)
    if name == "name" and not text:
        raise ValidationError(_("The name is missing."))
    return text


def _level(text: str) -> str:
    known = {**LEVELS, **{str(value): str(value) for value in Agency.Level.values}}
    for language in ("vi", "en"):
        with override(language):
            known |= {folded(str(label)): str(value) for value, label in Agency.Level.choices}
    if (word := folded(text)) not in known:
        expected = "; ".join(str(label) for label in Agency.Level.labels)
        raise ValidationError(_("“%(text)s” is no level. Known are: %(levels)s.") % {"text": text, "levels": expected})
    return known[word]


def _change(line: Line, agency: Agency, slugs: Mapping[str, str], scope: list[str]) -> None:
    """Say what a row changes of an agency that is there."""
    line.name = line.name or agency.name
    if not tree.in_scope(agency, scope):
        line.refuse("slug", _("The code belongs to an agency that you do not administer."))
        return
    if agency.ends_on:
        line.refuse("slug", _("This agency has ended; a succession says what has taken its place."))
        return
    _remote(line, {**tree.values(agency), **line.given})
    line.changes = tree.differences(agency, line.given)
    above = slugs.get(agency.path[:-STEP], "")
    if line.superior and line.superior != above:
        line.changes["superior"] = [above, line.superior]
    if line.changes and line.does == SAME:
        line.does = CHANGE


def _add(line: Line, *, roots: bool) -> None:
    """Say what a row founds."""
    for name, why in (("name", _("The name is missing.")), ("level", _("The level is missing."))):
        if not line.given.get(name) and name not in dict(line.wrong):
            line.refuse(name, why)
    if not roots and not line.superior and "superior" not in dict(line.wrong):
        line.refuse("superior", _("A new agency needs the code of its superior."))
    _remote(line, line.given)
    if line.does == SAME:
        line.does = ADD


def _remote(line: Line, stands: Mapping[str, Any]) -> None:
    if stands.get("remote") and not stands.get("remote_basis") and "remote_basis" not in dict(line.wrong):
        line.refuse("remote_basis", _("A remote area needs its legal reference (A15)."))


def _place(line: Line, known: Mapping[str, Agency], given: Mapping[str, Line], scope: list[str]) -> None:
    """See whether the superior that a row names may be one."""
    if not line.superior or "superior" in dict(line.wrong):
        return
    if line.does == CHANGE and "superior" not in line.changes:
        return
    above = known.get(line.superior)
    if above is None:
        if line.superior not in given:
            line.refuse("superior", _("There is no agency with the code “%(code)s”.") % {"code": line.superior})
    elif not tree.in_scope(above, scope):
        line.refuse("superior", _("You do not administer the superior “%(name)s”.") % {"name": above.name})
    elif above.ends_on:
        line.refuse("superior", _("%(name)s has ended; nothing is put under it.") % {"name": above.name})


def _no_circles(lines: list[Line], above: dict[str, str]) -> None:
    """Refuse rows by which an agency would stand under itself."""
    above |= {line.slug: line.superior for line in lines if line.superior}
    for line in lines:
        if line.does not in (ADD, CHANGE) or not line.superior:
            continue
        seen, slug = set(), line.slug
        while slug and slug not in seen:
            seen.add(slug)
            slug = above.get(slug, "")
        if slug:
            line.refuse("superior", _("By this an agency would stand under itself."))


# handing out -----------------------------------------------------------------------------------------------------


def exported(agencies: Iterable[Agency], superiors: Mapping[str, str]) -> Iterable[list[str]]:
    """Yield the rows of agencies as a file holds them; superiors: code by path."""
    yes, no = _("yes"), _("no")
    for one in agencies:
        said = {
            **{name: str(getattr(one, name)) for name in sheets.FIELDS if hasattr(one, name)},
            "superior": superiors.get(one.path[:-STEP], ""),
            "level": str(one.get_level_display()),
            "remote": yes if one.remote else no,
            "receives": yes if one.receives else no,
        }
        yield [said[name] for name in sheets.FIELDS]
