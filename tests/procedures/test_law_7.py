"""The declared complaints are the law's table, row for row, and so is the page that prints it."""

import pytest
from django.conf import settings

from tests.procedures import law_7
from tests.procedures.test_law_4_3 import targets
from workflow import registry

DECLARED = {"first": registry.get("complaint"), "second": registry.get("complaint_second")}


def printed():
    """Return the rows of `docs/complaint-acts.md` as lists of cells."""
    text = (settings.BASE_DIR / "docs" / "complaint-acts.md").read_text(encoding="utf-8")
    lines = text.split("## Acts")[1].split("## Notes")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")][1:] for line in lines if line.startswith("| ")][2:]


def spelt(cell):
    """Return the states that a cell of the page names."""
    found = []
    for word in cell.split(", "):
        found += law_7.SETS[word.strip("*")] if word.startswith("*") else [word]
    return tuple(found)


@pytest.mark.parametrize("instance", DECLARED)
def test_the_declaration_has_the_rows_of_the_law_and_no_other(instance):
    rules = DECLARED[instance].rules.values()
    declared = {(rule.sources, rule.name, tuple(role.code for role in rule.by), targets(rule)) for rule in rules}
    assert declared == set(law_7.rows(instance))
    assert len(rules) == len(law_7.rows(instance))


def test_the_page_prints_the_rows_of_the_law():
    rows = tuple(
        (spelt(source), act, tuple(by.split(", ")), None if to == "=" else spelt(to), which)
        for act, which, source, by, to, _article, _clocks in printed()
    )
    assert rows == law_7.ROWS


@pytest.mark.parametrize("instance", DECLARED)
def test_the_page_cites_the_article_and_the_clocks_of_every_row(instance):
    procedure = DECLARED[instance]
    for act, which, *_, article, clocks in printed():
        if which not in ("both", instance):
            continue
        rule, cites = procedure.rules[act], article.split(" / ")
        assert procedure.versions[-1].cite(rule.law) == (cites[0] if instance == "first" else cites[-1]), act
        moved = [(verb, getattr(rule, verb)) for verb in ("stops", "pauses", "resumes", "extends", "starts")]
        assert clocks == ("; ".join(f"{verb} {', '.join(keys)}" for verb, keys in moved if keys) or "–"), act


@pytest.mark.parametrize("instance", DECLARED)
def test_a_role_is_held_by_whom_the_law_says(instance):
    for code, role in DECLARED[instance].roles.items():
        assert set(role.held_by) | ({"requester"} if role.outside else set()) == law_7.HELD_BY[code]
        assert role.held_above == ()


@pytest.mark.parametrize("instance", DECLARED)
def test_every_state_is_in_the_table(instance):
    assert set(DECLARED[instance].states) == {"draft", *law_7.ANY}
