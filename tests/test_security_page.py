"""SECURITY.md names a test for each threat, and each test it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (HERE / "SECURITY.md")
    .read_text(encoding="utf-8")
    .partition("## Threats")[2]
    .partition("## ")[0]
    .split("\n")
    if line.startswith("| ") and "---" not in line and not line.startswith(("| threat", "| **"))
]


@cache
def defined_in(path):
    """Return the names of the tests of a file."""
    tree = ast.parse((HERE / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_page_has_its_table():
    assert len(ROWS) > 30


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_stops_a_threat_is_shown_by_a_test(row):
    _threat, stops, shown = row
    named = re.findall(r"`([^`]+)`", shown)
    assert stops
    assert named
    for one in named:
        path, _colons, name = one.partition("::")
        assert name in defined_in(path), one
