"""What an act costs: statements beside BEGIN, COMMIT and savepoints; deadlines and ladders included."""

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from tests import lives
from tests.procedures import law_4_3
from workflow import engine, office
from workflow.actors import Requester
from workflow.models import Agency, User

pytestmark = pytest.mark.django_db

MOST = {"postgresql": 3, "sqlite": 8}
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
DAY = "2026-10-05 09:00"
ACTS = [(event, state) for event, states in law_4_3.SOURCES.items() for state in states if event != "file"]


@pytest.fixture
def no_desks(monkeypatch):
    """Leave the office's tasks out; they are counted apart."""
    monkeypatch.setattr(office, "_bureaus", [])


def statements(captured):
    return [one["sql"] for one in captured.captured_queries if not one["sql"].startswith(FRAME)]


def fired(event, state):
    """Return the statements of one act, fired after one like it has warmed every cache."""
    where = lives.Office()
    lives.explained_before(where)
    own = ("explain_directly", "note_complaint", *(name for _, name in lives.ROADS_FOR))
    road = event if event in own else ""
    case = lives.brought(where, state, DAY, by=road)
    with lives.on(DAY):
        data = lives.given(case, event)
        by = law_4_3.BY[event][0]
        actor = where.actor({"explainer": "head", "resolver": "superior"}.get(by, by), case)
        engine.available(case, actor)
        with CaptureQueriesContext(connection) as captured:
            engine.fire(case, event, actor=actor, **data)
    return statements(captured)


@pytest.mark.parametrize(("event", "state"), ACTS, ids=[f"{event}-{state}" for event, state in ACTS])
def test_an_act_takes_few_statements(no_desks, event, state):
    found = fired(event, state)
    assert len(found) <= MOST[connection.vendor], "\n".join(found)


@pytest.mark.parametrize("how", ["electronic", "written", "in_person"])
def test_filing_takes_few_statements(no_desks, how):
    where = lives.Office()
    lives.filed(where, DAY)
    with lives.on(DAY):
        changes = {"electronic": {}, "written": lives.WRITTEN, "in_person": lives.oral() if how == "in_person" else {}}[
            how
        ]
        data = lives.filing(where.agency, **changes)
        with CaptureQueriesContext(connection) as captured:
            engine.open("explanation", actor=Requester(), **data)
    assert len(statements(captured)) <= MOST[connection.vendor], "\n".join(statements(captured))


@pytest.mark.parametrize(
    ("event", "state"), [("accept", "received"), ("sign", "accepted"), ("send", "explained_written")]
)
def test_what_the_office_s_tasks_cost_is_printed_apart(monkeypatch, capsys, event, state):
    bureaus = office._bureaus
    monkeypatch.setattr(office, "_bureaus", [])
    with CaptureQueriesContext(connection):
        alone = len(fired(event, state))
    for model, name in ((User, "username"), (Agency, "slug")):  # make room for a second office
        model.objects.update(**{name: Concat(Value("old-"), name)})
    monkeypatch.setattr(office, "_bureaus", bureaus)
    more = len(fired(event, state)) - alone
    with capsys.disabled():
        print(f"\n{connection.vendor}, {event}: {alone} statements, and {more} for the office's tasks")
    assert alone <= MOST[connection.vendor]
