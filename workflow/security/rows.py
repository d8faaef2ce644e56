"""Entries of the security page as rows, and whether the end of the security chain holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BinaryField, Func, IntegerField, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _

from workflow import registry
from workflow.law import Text
from workflow.ledger import chain
from workflow.ledger.chain import SECURITY, Failure
from workflow.models import Agency, Chain, LogEntry, User
from workflow.permissions import STEP, under
from workflow.permissions.labels import labels
from workflow.security.kinds import IN_BOTH, PROOFS, TITLES, TRIED, WHY

CHECKED = 500
"""Entries at the end of the security chain that are checked each time the page is read."""


def entries(paths: Iterable[str]) -> QuerySet[LogEntry]:
    """Return what concerns the agencies of some subtrees, newest first; from the root of a tree everything."""
    here = list(paths)
    found = LogEntry.objects.filter(case_id__isnull=True, transition__in=list(TITLES))
    found = found.filter(Q(chain=SECURITY) | ~Q(transition__in=list(IN_BOTH)))
    if not any(len(path) == STEP for path in here):
        found = found.filter(agency_id__in=Agency.objects.filter(under(here)).order_by().values("pk"))
    return found.order_by("-at", "-id")


class Position(Func):
    """Where some bytes stand in others, from 1; 0 if nowhere."""

    function = "INSTR"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Return it as PostgreSQL says it."""
        swapped = self.copy()
        swapped.set_source_expressions(self.get_source_expressions()[::-1])
        return super(Position, swapped).as_sql(
            compiler, connection, template="POSITION(%(expressions)s)", arg_joiner=" IN ", **extra
        )


def about(found: QuerySet[LogEntry], users: Iterable[int]) -> QuerySet[LogEntry]:
    """Return the entries that one of these people made, or that speak of them by their number."""
    wanted = Q(pk__in=())
    for pk in users:
        wanted |= Q(actor=f"user:{pk}")
        for spoken in (f'"user:{pk}"', f'"user":{pk},', f'"user":{pk}}}'):
            at = Position("canonical", Value(spoken.encode(), output_field=BinaryField()))
            wanted |= Q(GreaterThan(at, 0))
    return found.filter(wanted)


@dataclass(frozen=True)
class Row:
    """One event: what, who, about whom, where, and what else was recorded with it."""

    entry: LogEntry
    title: Text
    who: str
    about: str = ""
    place: str = ""
    facts: list[tuple[Text, str]] = field(default_factory=list)
    tone: str = ""


def rows(found: list[LogEntry]) -> list[Row]:
    """Return entries as rows, in three statements."""
    people = User.objects.in_bulk({pk for one in found for pk in _people(one)})
    places = Agency.objects.in_bulk({one.agency_id for one in found if one.agency_id})
    return [_row(one, people, places) for one in found]


def _people(entry: LogEntry) -> list[int]:
    """Return the numbers of the people an entry names."""
    data = entry.data
    named = [entry.actor, data.get("person"), data.get("principal"), data.get("to")]
    found = [int(ref[5:]) for ref in named if isinstance(ref, str) and ref.startswith("user:") and ref[5:].isdigit()]
    return [*found, data["user"]] if isinstance(data.get("user"), int) else found


def _row(entry: LogEntry, people: dict[int, User], places: dict[int, Agency]) -> Row:
    data = entry.data

    def named(ref: Any) -> str:
        pk = ref if isinstance(ref, int) else int(str(ref)[5:]) if str(ref).startswith("user:") else 0
        return str(people[pk]) if pk in people else ""

    actor = {"requester": _("requester"), "system": _("the system")}
    who = named(entry.actor) or actor.get(entry.actor, entry.actor)
    about = named(data.get("person") or data.get("user"))
    place = places[entry.agency_id].name if entry.agency_id in places else ""
    tone = "late" if entry.transition in ("refused", "sign_ins_refused", "second_factor_refused") else ""
    facts = [(label, text) for label, text in _facts(data, named) if text]
    return Row(
        entry, TITLES.get(entry.transition, entry.transition), who, "" if about == who else about, place, facts, tone
    )


def _facts(data: dict[str, Any], named: Any) -> list[tuple[Text, str]]:
    """Return what was recorded with an event, as a page says it."""
    role, why = str(data.get("role") or ""), str(data.get("why") or "")
    days = " – ".join(str(data[name]) for name in ("starts", "ends") if data.get(name))
    taken = data.get("list") or data.get("what") or ""
    return [
        (_("Case"), str(data.get("case") or "")),
        (_("Role"), str(labels().get(role, role))),
        (_("Principal"), named(data.get("principal"))),
        (_("Goes on with the work"), named(data.get("to"))),
        (_("Decision"), str(data.get("decision") or "")),
        (_("Days"), days),
        (_("Tried"), _act(str(data.get("refused") or ""))),
        (_("Why"), str(WHY.get(why, why))),
        (_("List"), str(taken)),
        (_("Rows"), str(data.get("rows", data.get("entries", "")))),
        (
            _("Proofs"),
            ", ".join(str(PROOFS.get(one, one)) for one in data["by"]) if isinstance(data.get("by"), list) else "",
        ),
        (_("Sessions"), str(data.get("sessions") or "")),
    ]


def _act(name: str) -> str:
    """Return what somebody tried: the title of a legal act; a page by the name of its address."""
    for procedure in registry.procedures().values():
        if name in procedure.rules:
            return str(procedure.rules[name].title)
    return str(TRIED.get(name, name))


@dataclass(frozen=True)
class Checked:
    """What was checked of the security chain, and what is wrong with it."""

    total: int
    n: int
    wrong: list[Failure]


def check() -> Checked:
    """Check the end of the chain: each entry against its bytes and the one before, the head against the last."""
    head = Chain.objects.filter(name=SECURITY).first()
    last = list(LogEntry.objects.filter(chain=SECURITY).order_by("-seq")[: CHECKED + 1])[::-1]
    before = last.pop(0) if len(last) > CHECKED else None
    wrong = list(chain.failures(last, after=before))
    newest = last[-1] if last else before
    if (head.seq, head.head) != ((newest.seq, newest.hash) if newest else (0, "")) if head else bool(last):
        wrong.append(Failure(SECURITY, newest.seq if newest else 0, _("the head of the chain is not the last entry")))
    return Checked(head.seq if head else 0, len(last), wrong)
