"""The variants: each lives one life of a filing and six acts, on its own tables."""

from __future__ import annotations

import json
import os
import secrets
from abc import ABC, abstractmethod
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from tests.benchmarks.acts import FILING, put_papers_on_file, with_papers
from tests.benchmarks.limit import Step, function, nothing, rows_of
from workflow.models import Agency, Document, User

OFFICE = "xa-tan-hoa"


class Variant(ABC):
    """One way to live a life."""

    settings = "tests.benchmarks.settings"

    def __init__(self) -> None:
        self.agency = Agency.objects.get(slug=OFFICE)
        self.people = {user.username: user for user in User.objects.all()}

    def life(self) -> tuple[int, float]:
        """Live one life; returns the key of what lived it and the seconds it took.

        The papers that the acts cite are put on file between the filing and the acts, outside the time.
        """
        began = perf_counter()
        lived = self.filed()
        filing = perf_counter() - began
        acts = with_papers(put_papers_on_file(self.owner(lived)))
        began = perf_counter()
        self.acted(lived, acts)
        return self.key(lived), filing + perf_counter() - began

    @abstractmethod
    def filed(self) -> Any:
        """Return what a filing opens."""

    @abstractmethod
    def acted(self, lived: Any, acts: list[tuple[str, str, dict[str, Any]]]) -> None:
        """Do the six acts."""

    def key(self, lived: Any) -> int:
        """Return the key of what lived."""
        return int(getattr(lived, "pk", lived))

    def owner(self, lived: Any) -> int | None:
        """Return the case the papers belong to; those of the peers stand alone."""
        return self.key(lived)


class Engine(Variant):
    """Ours; with `office` the office flows follow every act, without they are detached."""

    office = False

    def __init__(self) -> None:
        from workflow import office

        super().__init__()
        if not self.office:
            office._bureaus.clear()

    def filed(self) -> Any:
        from workflow import engine
        from workflow.actors import Requester

        return engine.open("explanation", actor=Requester(None), agency=self.agency, **FILING)

    def acted(self, lived: Any, acts: list[tuple[str, str, dict[str, Any]]]) -> None:
        from workflow import engine

        for act, who, data in acts:
            engine.fire(lived, act, actor=self.people[who], **data)

    def traced(self) -> tuple[int, list[Step], set[int]]:
        """Live one life and return its key, what every act wrote and the keys of its papers."""
        case = self.filed()
        steps = [Step("file", nothing(), rows_of(case.pk))]
        papers = put_papers_on_file(case.pk)
        for one in with_papers(papers):
            self.acted(case, [one])
            steps.append(Step(one[0], steps[-1].after, rows_of(case.pk)))
        return case.pk, steps, {paper.pk for paper in papers.values()}

    def loaded(self, case_id: int) -> float:
        """Move a case that is there already by the six acts; returns the seconds they took."""
        from workflow.models import Case

        case = Case.objects.get(pk=case_id)
        acts = with_papers(put_papers_on_file(case_id))
        began = perf_counter()
        self.acted(case, acts)
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
        self.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)

    def filed(self) -> int:
        letters = secrets.token_hex(4).upper()
        given = (f"GT-{letters[:4]}-{letters[4:]}", secrets.token_hex(32), self.values["file"])
        (case_id,) = self.connection.execute("SELECT bench_file(%s, %s, %s)", given, prepare=True).fetchone()
        return int(case_id)

    def acted(self, lived: int, acts: list[tuple[str, str, dict[str, Any]]]) -> None:
        for act, who, data in acts:
            paper = next((value.pk for value in data.values() if isinstance(value, Document)), 0)
            given = (lived, self.people[who].pk, paper, self.values[act])
            self.connection.execute(f"SELECT bench_{act}(%s, %s, %s, %s)", given, prepare=True).fetchone()


class PlainFsm(Variant):
    """django-fsm with django-fsm-log: get, role, transition, save."""

    settings = "tests.benchmarks.settings_peers"

    def filed(self) -> Any:
        from tests.benchmarks.peers.models import PlainRequest

        with transaction.atomic():
            return PlainRequest.objects.create(
                code=secrets.token_hex(8),
                agency=self.agency,
                requester=FILING["requester"],
                questions=FILING["questions"],
            )

    def owner(self, lived: Any) -> None:
        return None

    def acted(self, lived: Any, acts: list[tuple[str, str, dict[str, Any]]]) -> None:
        from tests.benchmarks.peers.models import PlainRequest

        for act, who, _ in acts:
            by = self.people[who]
            with transaction.atomic():
                request = PlainRequest.objects.get(pk=lived.pk)
                if not request.may(by, who):
                    raise PermissionError(act)
                getattr(request, act)(by=by)
                request.save()


class Viewflow(Variant):
    """A viewflow flow: start, then assign and execute each of six human tasks."""

    settings = "tests.benchmarks.settings_peers"

    def filed(self) -> Any:
        from tests.benchmarks.peers.flows import RequestFlow

        class Request:
            user = self.people["clerk"]

        begin = RequestFlow.start.activation_class.create(RequestFlow.start, None, None)
        begin.process.code = secrets.token_hex(8)
        begin.process.agency = self.agency
        begin.process.requester, begin.process.questions = FILING["requester"], FILING["questions"]
        begin.start(Request)
        begin.execute()
        return begin.process

    def owner(self, lived: Any) -> None:
        return None

    def acted(self, lived: Any, acts: list[tuple[str, str, dict[str, Any]]]) -> None:
        from tests.benchmarks.peers.flows import RequestFlow

        class Request:
            user: Any

        for act, who, _ in acts:
            Request.user = self.people[who]
            task = RequestFlow.task_class.objects.get(process=lived, flow_task=getattr(RequestFlow, act))
            with task.activation() as activation:
                activation.assign(Request.user)
                activation.start(Request)
                activation.execute()


VARIANTS: dict[str, type[Variant]] = {
    "engine": Engine,
    "engine+office": EngineWithOffice,
    "limit": Limit,
    "fsm": PlainFsm,
    "viewflow": Viewflow,
}


def make_limit() -> int:
    """Create the limit's functions from one life of the engine; returns that life's case."""
    case_id, steps, papers = Engine().traced()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_values (act text PRIMARY KEY, texts json)")
        for step in steps:
            cursor.execute(function(step, papers).replace("%", "%%"), [])
            texts = [one["value"] for one in step.come("workflow_disclosure")]
            cursor.execute("INSERT INTO bench_values VALUES (%s, %s)", [step.act, json.dumps(texts)])
    return case_id
