"""Each act takes the paper that the law names for it, and no other; the form makes that one."""

import pytest

from procedures.explanation.papers import NAMES
from tests import lives, tables
from tests.procedures.law_4_3 import BY, SOURCES
from workflow import engine, errors, registry
from workflow.models import Document

pytestmark = pytest.mark.django_db
DAY = "2026-10-05 09:00"
LAW = {
    # law file 4.3, column "Document"
    "request_supplement": "T2", "redirect": "T3", "provide_copy": "T4", "accept": "T5", "refuse": "T6",
    "hold_session": "T7", "explain_directly": "T8", "sign": "T9", "extend": "T10", "suspend": "T11", "resume": "T12",
    "terminate": "T13", "issue_termination": "T13", "withdraw": "T14", "withdraw_part": "T14",
}  # fmt: skip


def papers_of(act):
    """Return the parameters of an act that are papers, with the kinds they take."""
    params = registry.get("explanation").rules[act].params.values()
    return {param.name: param.kinds for param in params if param.type in (Document, Document | None)}


ASKED = [(act, name) for act in SOURCES if act != "file" for name in papers_of(act)]


@pytest.mark.parametrize(("act", "kind"), LAW.items())
def test_an_act_declares_the_paper_of_the_law(act, kind):
    assert list(papers_of(act).values()) == [(kind,)]


def test_every_paper_has_its_kind_and_every_kind_a_name():
    kinds = [kinds for act in SOURCES for kinds in papers_of(act).values()]
    assert all(kinds)
    assert {kind for some in kinds for kind in some} <= NAMES.keys()


@pytest.mark.parametrize(("act", "name"), ASKED)
def test_another_paper_is_refused_by_name_and_nothing_changes(act, name):
    office = lives.Office()
    if act == "provide_copy":
        lives.explained_before(office)
    case = lives.brought(office, SOURCES[act][0], DAY, by=act)
    with lives.on(DAY):
        role = {"explainer": "head", "resolver": "superior"}.get(BY[act][0], BY[act][0])
        given = lives.given(case, act) | {name: lives.paper(case, "T1")}
        before = tables.dump(but_security=True)
        with pytest.raises(errors.BadData) as refused:
            engine.fire(case, act, actor=office.actor(role, case), **given)
        wanted = str(NAMES[papers_of(act)[name][0]])
        assert list(refused.value.errors) == [name]
        assert wanted in refused.value.errors[name]
        assert str(NAMES["T1"]) in refused.value.errors[name]
        assert tables.changed(before, tables.dump(but_security=True)) == []


def test_a_notice_of_refusal_does_not_file_a_request():
    office = lives.Office()
    with lives.on(DAY), pytest.raises(errors.BadData) as refused:
        lives.filed(office, DAY, channel="in_person", signature="paper", record=lives.paper(None, "T6"))
    assert list(refused.value.errors) == ["record"]
