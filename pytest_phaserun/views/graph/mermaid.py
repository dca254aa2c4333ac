"""A graph for Mermaid, which Markdown viewers draw.

They draw 500 edges and 50,000 characters by default; more has to be allowed there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...recording.run import Outcome
from .drawing import COLOURS, Drawing, Node

#: What needs no escape.
_PLAIN = frozenset(" .,:/_-")


def render(drawing: Drawing) -> str:
    """Return the text of a ``.mmd`` file."""
    return "\n".join([*_make_lines(drawing), ""])


def _make_lines(drawing: Drawing) -> Iterator[str]:
    yield "flowchart LR"
    for number, phase in enumerate(drawing.phases, 1):
        yield f'  subgraph phase{number}["phase {number}"]'
        for node in phase:
            yield f"    {_describe(node)}"
        yield "  end"
    for edge in drawing.edges:
        yield f"  n{edge.before} --> n{edge.after}"
    outcomes = {node.outcome for node in drawing.nodes if node.outcome is not None}
    for outcome in Outcome:
        if outcome in outcomes:
            colour = COLOURS[outcome]
            yield f"  classDef {_name(outcome)} fill:{colour},color:#000000"
    critical = [node for node in drawing.nodes if node.is_critical]
    for node in critical:
        yield f"  style n{node.place} stroke-width:4px"
    bold = [n for n, edge in enumerate(drawing.edges) if edge.is_critical]
    if bold:
        yield f"  linkStyle {','.join(map(str, bold))} stroke-width:4px"


def _describe(node: Node) -> str:
    label = "<br/>".join(_escape(line) for line in node.lines if line)
    kind = "" if node.outcome is None else f":::{_name(node.outcome)}"
    return f'n{node.place}["{label}"]{kind}'


def _name(outcome: Outcome) -> str:
    return outcome.name.lower()


def _escape(text: str) -> str:
    """Write what could mean something by its number."""
    return "".join(
        each if each.isalnum() or each in _PLAIN else f"#{ord(each)};" for each in text
    )
