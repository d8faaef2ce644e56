"""The variants: each lives one life of a filing and six acts, on its own tables."""

from __future__ import annotations

import json
import os
import secrets
from abc import ABC, abstractmethod
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from tests.benchmarks.acts import ACTS, FILING, with_papers
from tests.benchmarks.limit import Step, function, nothing, rows_of
from workflow.models import Agency, Document, User

OFFICE = "xa-tan-hoa"


class Variant(ABC):
    """One way to live a life."""

    settings = "tests.benchmarks.settings"

    def __init__(self) -> None:
        self.agency = Agency.objects.get(slug=OFFICE)
        self.people = {user.username: user for user in User.objects.all()}

    @abstractmethod
    def life(self) -> Any:
        """Live one life; returns the key of what lived it."""


class Engine(Variant):
    """Ours; with `office` the office flows follow every act, without they are detached."""

    office = False

    def __init__(self) -> None:
        from workflow import engine

        super().__init__()
        if not self.office:
            engine.follow_office = lambda *_: None  # type: ignore[assignment]
        self.acts = with_papers()

    def life(self) -> int:
        from workflow import engine
        from workflow.actors import Requester

        case = engine.open("explanation", actor=Requester(None), agency=self.agency, **FILING)
        for act, who, data in self.acts:
            engine.fire(case, act, actor=self.people[who], **data)
        return case.pk

    def traced(self) -> tuple[int, list[Step]]:
        """Live one life and return what every act wrote."""
        from workflow import engine
        from workflow.actors import Requester

        case = engine.open("explanation", actor=Requester(None), agency=self.agency, **FILING)
        steps = [Step("file", nothing(), rows_of(case.pk))]
        for act, who, data in self.acts:
            engine.fire(case, act, actor=self.people[who], **data)
            steps.append(Step(act, steps[-1].after, rows_of(case.pk)))
        return case.pk, steps

    def loaded(self, case_id: int) -> float:
        """Move a case that is there already by the six acts; returns the seconds they took."""
        from workflow import engine
        from workflow.models import Case

        case = Case.objects.get(pk=case_id)
        began = perf_counter()
        for act, who, data in self.acts:
            engine.fire(case, act, actor=self.people[who], **data)
        return perf_counter() - began


class EngineWithOffice(Engine):
    """Ours, with the office flows attached."""

    office = True


class Limit(Variant):
    """One plpgsql function per transition, called by psycopg: autocommit, prepared, one round trip."""

    def __init__(self) -> None:
        import psycopg

        super().__init__()
        with connection.cursor() as cursor:
            cursor.execute("SELECT act, texts FROM bench_values")
            self.values = {act: json.loads(texts) if isinstance(texts, str) else texts for act, texts in cursor}
        self.papers = {paper.kind: paper.pk for paper in Document.objects.filter(case=None)}
        self.acts = [
            (f"SELECT bench_{act}(%s, %s, %s, %s)", self.people[who].pk, self._paper(data), self.values[act])
            for act, who, data in with_papers()
        ]
        self.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)

    @staticmethod
    def _paper(data: dict[str, Any]) -> int:
        return next((value.pk for value in data.values() if isinstance(value, Document)), 0)

    def life(self) -> int:
        run = self.connection.execute
        letters = secrets.token_hex(4).upper()
        code, secret = f"GT-{letters[:4]}-{letters[4:]}", secrets.token_hex(32)
        opening = "SELECT bench_file(%s, %s, %s)"
        (case_id,) = run(opening, (code, secret, self.values["file"]), prepare=True).fetchone()
        for sql, user, paper, values in self.acts:
            run(sql, (case_id, user, paper, values), prepare=True).fetchone()
        return case_id


class PlainFsm(Variant):
    """django-fsm with django-fsm-log: get, role, transition, save."""

    settings = "tests.benchmarks.settings_peers"

    def life(self) -> int:
        from tests.benchmarks.peers.models import PlainRequest

        with transaction.atomic():
            made = PlainRequest.objects.create(
                code=secrets.token_hex(8),
                agency=self.agency,
                requester=FILING["requester"],
                questions=FILING["questions"],
            )
        for act, who, _ in ACTS:
            by = self.people[who]
            with transaction.atomic():
                request = PlainRequest.objects.get(pk=made.pk)
                if not request.may(by, who):
                    raise PermissionError(act)
                getattr(request, act)(by=by)
                request.save()
        return made.pk


class Viewflow(Variant):
    """A viewflow flow: start, then assign and execute each of six human tasks."""

    settings = "tests.benchmarks.settings_peers"

    def life(self) -> int:
        from tests.benchmarks.peers.flows import RequestFlow

        class Request:
            user = self.people["clerk"]

        begin = RequestFlow.start.activation_class.create(RequestFlow.start, None, None)
        begin.process.code = secrets.token_hex(8)
        begin.process.agency = self.agency
        begin.process.requester, begin.process.questions = FILING["requester"], FILING["questions"]
        begin.start(Request)
        begin.execute()
        for act, who, _ in ACTS:
            Request.user = self.people[who]
            task = RequestFlow.task_class.objects.get(process=begin.process, flow_task=getattr(RequestFlow, act))
            with task.activation() as activation:
                activation.assign(Request.user)
                activation.start(Request)
                activation.execute()
        return begin.process.pk


VARIANTS: dict[str, type[Variant]] = {
    "engine": Engine,
    "engine+office": EngineWithOffice,
    "limit": Limit,
    "fsm": PlainFsm,
    "viewflow": Viewflow,
}


def make_limit() -> int:
    """Create the limit's functions from one life of the engine; returns that life's case."""
    case_id, steps = Engine().traced()
    papers = set(Document.objects.filter(case=None).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_values (act text PRIMARY KEY, texts json)")
        for step in steps:
            cursor.execute(function(step, papers).replace("%", "%%"), [])
            texts = [one["value"] for one in step.come("workflow_disclosure")]
            cursor.execute("INSERT INTO bench_values VALUES (%s, %s)", [step.act, json.dumps(texts)])
    return case_id
