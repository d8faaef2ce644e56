"""The two procedures differ by their law alone: no run of code stands in both, whatever it says to the reader."""

import ast
import io
import token
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2] / "procedures"
MOST = 5
"""Lines that do something and may stand in both: with their words about ten on the page."""
TABLES = {"law.py", "papers.py"}
"""Tables of the law: their rows look alike and say different things."""
WORDS = "_ ( s )"
SAID = {token.STRING: "s", token.NUMBER: "0"}


def shapes(path):
    """Return the number and shape of every line of code: its names and signs, whatever its texts and numbers.

    Imports, words and lines that only pass a name on say nothing of how a thing is done.
    """
    text, lines = path.read_text(), defaultdict(list)
    imports = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    for one in tokenize.generate_tokens(io.StringIO(text).readline):
        if one.type in (token.NAME, token.OP, *SAID) and one.start[0] not in imports:
            lines[one.start[0]].append(SAID.get(one.type, one.string))
    said = [(number, " ".join(line)) for number, line in sorted(lines.items()) if len(line) > 4]
    return [(number, line) for number, line in said if WORDS not in line]


def runs(folder):
    """Yield every run of more lines than may be shared, with where it begins."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        if path.name not in TABLES and "migrations" not in path.parts:
            lines = shapes(path)
            for at in range(len(lines) - MOST):
                run = lines[at : at + MOST + 1]
                yield tuple(shape for _, shape in run), f"{path.relative_to(ROOT)}:{run[0][0]}"


def test_no_code_stands_in_both_procedures():
    there = dict(runs("explanation"))
    assert [(here, there[run]) for run, here in runs("complaint") if run in there] == []
