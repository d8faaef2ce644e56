"""The sample: an invented province, its people, and the lives of its requests, played through the engine.

The files are described in `tests/data/README.md`. Everything happens by `engine.open()` and `engine.fire()` on a
simulated clock, so the sample is as lawful as what people do by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile, File

from workflow import breaches, calendar, clock, engine, escalation, printing, store
from workflow.actors import SYSTEM, Actor, Requester
from workflow.documents import issue
from workflow.inspection import findings
from workflow.ledger import chain
from workflow.models import (
    Agency,
    Appointment,
    CalendarVersion,
    Case,
    Deadline,
    Delegation,
    Document,
    LogEntry,
    Outbox,
    User,
)

DATA = Path(settings.BASE_DIR) / "tests" / "data"
PASSWORD = "giaitrinh"
LOADED = "sample_loaded"
"""Event of the system chain that says what a database holds is a sample."""

PAPER = {"kind", "number", "date", "summary", "body"}
REQUESTER = "requester"
LINKS = ("attacked", "earlier")
"""What a complaint points at: in the files, the part of the same story."""

Life = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One act of one life; number 0 is the filing. Steps sort by time, and within a life by their order."""

    at: datetime
    life: str
    number: int


def lives() -> dict[str, Life]:
    """Return every life by the name of its file, without ending; lives of an appeal by file and part."""
    found: dict[str, Life] = {path.stem: _read(path) for path in sorted((DATA / "cases").glob("*.toml"))}
    for path in sorted((DATA / "appeals").glob("*.toml")):
        parts = _read(path)
        title = parts.pop("title")
        for part, life in parts.items():
            links = {name: f"{path.stem}/{life[name]}" for name in LINKS if name in life}
            found[f"{path.stem}/{part}"] = {"title": title, "acts": [], **life, **links}
    return found


def people() -> list[Mapping[str, Any]]:
    """Return the people of the sample with their appointments."""
    found: list[Mapping[str, Any]] = _read(DATA / "people.toml")["people"]
    return found


def is_loaded() -> bool:
    """Return whether this database holds the sample."""
    return LogEntry.objects.filter(chain=chain.SYSTEM_CHAIN, transition=LOADED).exists()


def settle() -> None:
    """Found the agencies, publish the official table of days, appoint the people; all have the same password."""
    for row in _read(DATA / "province.toml")["agencies"]:
        parent = row.pop("parent")
        if parent:
            Agency.objects.add_child(Agency.objects.get(slug=parent), instance=Agency(**row))
        else:
            Agency.objects.add_root(instance=Agency(**row))
    if not CalendarVersion.objects.exists():
        table = calendar.shipped()
        CalendarVersion.objects.create(table=table.to_json(), note=table.version)
    agencies = {agency.slug: agency for agency in Agency.objects.all()}
    password = make_password(PASSWORD)  # once: hashing is slow by design
    users = {
        row["username"]: User.objects.create(
            username=row["username"], full_name=row["full_name"], title=row["title"], password=password
        )
        for row in people()
    }
    Appointment.objects.bulk_create(
        Appointment(
            user=users[row["username"]],
            agency=agencies[post["agency"]],
            role=post["role"],
            decision=post["decision"],
            starts_on=post["from"],
            ends_on=post.get("until"),
        )
        for row in people()
        for post in row["appointments"]
    )
    Delegation.objects.bulk_create(
        Delegation(
            principal=users[row["of"]],
            substitute=users[row["to"]],
            agency=agencies[row["agency"]],
            role=row["role"],
            document=row["document"],
            starts_on=row["from"],
            ends_on=row["until"],
        )
        for row in _read(DATA / "people.toml")["delegations"]
    )


def play(stories: Mapping[str, Life], until: datetime | None = None) -> dict[str, Case]:
    """Live all lives in one order of time, alarms included; return the cases by the name of their file.

    until: later acts are left out, alarms ring up to here; without it everything is lived to the last act
    Raises Refused where the law does not allow what a file says.
    """
    cases: dict[str, Case] = {}
    now: datetime | None = None
    for step in sorted(_steps(stories)):
        if until and step.at > until:
            break
        _ring(now, step.at)
        with clock.simulated(step.at):
            _take(step, stories[step.life], cases)
        now = step.at
    if until:
        _ring(now, until)
    return cases


def note(cases: Mapping[str, Case]) -> None:
    """Let the registers follow the log, and enter in the system chain that all was lived on a simulated clock.

    What happened then was told then: nobody gets its mail now.
    """
    breaches.read_log()
    findings.read_log()
    Outbox.objects.update(taken_at=clock.now())
    chain.append(chain.SYSTEM_CHAIN, LOADED, actor=SYSTEM, cases=len(cases), simulated_clock=True)


def _steps(stories: Mapping[str, Life]) -> Iterator[Step]:
    for name, life in stories.items():
        yield Step(life["filed_at"], name, 0)
        for number, act in enumerate(life["acts"], 1):
            yield Step(act["at"], name, number)


def _ring(since: datetime | None, until: datetime) -> None:
    """Fire the alarms that come due on the way, each at its own moment."""
    waiting = Deadline.objects.filter(next_at__isnull=False).order_by("next_at").values_list("next_at", flat=True)
    while since is not None:
        since = waiting.filter(next_at__gt=since, next_at__lte=until).first()
        if since is not None:
            with clock.simulated(since):
                escalation.sweep(since)


def _take(step: Step, life: Life, cases: dict[str, Case]) -> None:
    """Do one act: file the request, or move its case."""
    if step.number == 0:
        cases[step.life] = _lodge(life, cases) if "attacked" in life else _file(life)
        return
    case, act = cases[step.life], life["acts"][step.number - 1]
    actor = _actor(act["by"], case)
    behalf = act.get("on_behalf_of")
    signer = _user(behalf) if behalf and behalf != REQUESTER else behalf
    said = dict(act["data"])
    if "earlier" in said:
        said["earlier"] = cases[said["earlier"]]
    if "verifier" in said:
        said["verifier"] = _user(said["verifier"])
    made = {} if behalf or not isinstance(actor, User) else _made(case, act["act"], said, actor)
    with engine.unit():
        on_paper = isinstance(signer, User)
        data = {
            name: _given(value, case, actor, file=_scan() if on_paper else made.get(name))
            for name, value in said.items()
        }
        engine.fire(case, act["act"], actor=actor, on_behalf_of=signer, **data)


def _lodge(life: Life, cases: Mapping[str, Case]) -> Case:
    """Lodge a complaint, electronically, against cases that were lived before."""
    names = ("object", "channel", "requester", "content", "demands", "signature", "id_number")
    data: dict[str, Any] = {name: life[name] for name in (*names, "late_reason", "sender") if name in life}
    for name in LINKS:
        if name in life:
            data[name] = store.load(Case.objects.get(pk=cases[life[name]].pk))
    with engine.unit():
        agency = Agency.objects.get(slug=life["agency"])
        return engine.open(life["procedure"], actor=Requester(), agency=agency, **data)


def _file(life: Life) -> Case:
    """File a request, by its requester or by the officer who took it in."""
    entered_by = life.get("entered_by")
    actor = _user(entered_by) if entered_by else Requester()
    data = {name: life[name] for name in ("channel", "requester", "questions", "affects", "signature")}
    data["decision"] = {**life["decision"], "date": life["decision"]["date"].isoformat()}
    with engine.unit():
        record = _given(life["record"], None, actor) if "record" in life else None
        if record:
            data["record"] = record
        case = engine.open(
            "explanation",
            actor=actor,
            on_behalf_of=REQUESTER if entered_by else None,
            agency=Agency.objects.get(slug=life["agency"]),
            **data,
        )
        if record:
            Document.objects.filter(pk=record.pk).update(case=case)
    return case


def _made(case: Case, act: str, said: Mapping[str, Any], signer: User) -> dict[str, File[bytes]]:
    """Return the documents that the office's page would make for an act, by their parameters."""
    now = store.load(Case.objects.select_related("agency").get(pk=case.pk))
    rule = now.procedure.rules[act]
    others = {name: value for name, value in said.items() if not _is_paper(value)}
    found: dict[str, File[bytes]] = {}
    for name, paper in said.items():
        if _is_paper(paper):
            told = (paper["number"], paper["date"], paper["summary"], paper["body"].strip())
            draft = printing.Draft(now, rule, paper["kind"], others, *told, signer)
            if any("." in line.key for line in printing.lines(draft)):  # it says everything point by point
                draft = replace(draft, body="")
            if draft.sheet:
                found[name] = ContentFile(printing.pdf(draft), draft.file_name)
    return found


def _is_paper(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == PAPER


def _scan() -> File[bytes]:
    return ContentFile((DATA / "scan.png").read_bytes(), name="scan.png")


def _given(value: Any, case: Case | None, actor: Actor, *, file: File[bytes] | None = None) -> Any:
    """Return what an act is given: a paper becomes a document of the case, all else stays as written."""
    if not _is_paper(value):
        return value
    return issue(
        case=case,
        kind=value["kind"],
        number=value["number"],
        dated_on=value["date"],
        summary=value["summary"],
        body=value["body"].strip(),
        file=file,
        added_by=actor if isinstance(actor, User) else None,
    )


def _actor(name: str, case: Case) -> Actor:
    return Requester(case.pk) if name == REQUESTER else _user(name)


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
