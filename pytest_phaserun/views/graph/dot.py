"""A graph for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from .drawing import Drawing, Node


def render(drawing: Drawing) -> str:
    """Return the text of a ``.dot`` file."""
    return "\n".join([*_make_lines(drawing), ""])


def _make_lines(drawing: Drawing) -> Iterator[str]:
    yield "digraph phases {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, style=filled, fontname="sans-serif"];'
    for number, phase in enumerate(drawing.phases, 1):
        yield f"  subgraph cluster_{number} {{"
        yield f'    label="phase {number}";'
        for node in phase:
            yield f"    {_describe(node)}"
        yield "  }"
    for edge in drawing.edges:
        width = " [penwidth=3]" if edge.is_critical else ""
        yield f"  n{edge.before} -> n{edge.after}{width};"
    yield "}"


def _describe(node: Node) -> str:
    # A backslash and n is a new line in a label.
    label = r"\n".join(_escape(line) for line in node.lines if line)
    width = ", penwidth=3" if node.is_critical else ""
    return f'n{node.place} [label="{label}", fillcolor="{node.colour}"{width}];'


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"")
