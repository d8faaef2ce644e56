"""A declared procedure as a state diagram in Graphviz's language; many acts stay readable because

- acts that leave the state unchanged stand inside it,
- an act from three states or more gathers them in one dot and is named once,
- states outside the ordinary way (a complaint) tell their acts in words.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict

from workflow.law import LawVersion
from workflow.registry import Procedure
from workflow.transitions import Rule

HEAD = (
    '  graph [rankdir=TB, nodesep=0.3, ranksep=0.45, bgcolor="white"];',
    '  node [shape=box, style="rounded,filled", fillcolor="#eef3f8", color="#35506b", fontname="Helvetica"];',
    '  edge [color="#35506b", fontname="Helvetica", fontsize=10];',
)
GATHERED = 3
"""From so many states on an act is drawn through a dot."""
Edges = dict[tuple[tuple[str, ...], str], list[str]]


def as_dot(procedure: Procedure, law: LawVersion) -> str:
    """Return the state diagram of a procedure under a law version."""
    inside: defaultdict[str, list[str]] = defaultdict(list)
    edges: Edges = defaultdict(list)
    for rule in procedure.rules.values():
        outside = {*rule.sources, *_targets(rule)} & set(procedure.reopenings)
        if outside:
            inside[outside.pop()].append(_told(procedure, rule, law))
        elif not _targets(rule):
            for state in rule.sources:
                inside[state].append(f"· {rule.title}")
        else:
            for target in _targets(rule):
                edges[rule.sources, target].append(f"{rule.title}\n{law.cite(rule.law)}")
    lines = [f"digraph {procedure.name} {{", *HEAD]
    for state, label in procedure.states.items():
        text = "\n".join([str(label), *inside[state]])
        lines.append(f"  {state} [label={_quoted(text)}{_style(procedure, state)}];")
    for number, ((sources, target), acts) in enumerate(edges.items()):
        lines += _drawn(f"act{number}", sources, target, "\n".join(acts))
    return "\n".join([*lines, "}"])


def _targets(rule: Rule) -> tuple[str, ...]:
    """Return the states to which an act leads; none if the case stays."""
    return rule.targets or ((rule.target,) if rule.target else ())


def _told(procedure: Procedure, rule: Rule, law: LawVersion) -> str:
    """Return in words an act that leads out of the ordinary way or back."""
    sources, targets = (
        ", ".join(str(procedure.states[state]) for state in states if state not in procedure.reopenings)
        for states in (rule.sources, _targets(rule))
    )
    way = f"{sources} → " if sources else f"→ {targets}"
    return "\n".join(textwrap.wrap(f"· {rule.title} ({law.cite(rule.law)}): {way}", 64))


def _drawn(name: str, sources: tuple[str, ...], target: str, label: str) -> list[str]:
    if len(sources) < GATHERED:
        return [f"  {source} -> {target} [label={_quoted(label)}];" for source in sources]
    return [
        f"  {name} [shape=point, width=0.08];",
        *(f"  {source} -> {name} [arrowhead=none];" for source in sources),
        f"  {name} -> {target} [label={_quoted(label)}];",
    ]


def _style(procedure: Procedure, state: str) -> str:
    if state in procedure.ends:
        return ', fillcolor="#dfeedd", peripheries=2'
    if state in procedure.reopenings or state in procedure.refusals:
        return ', fillcolor="#f8e9dc"'
    return ', fillcolor="white", style="rounded,dashed"' if state == procedure.initial else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


__all__ = ["as_dot"]
