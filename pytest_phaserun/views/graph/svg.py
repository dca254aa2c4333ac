"""A graph as a picture: phases as columns, several where a phase is long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from .drawing import Drawing, Edge, Node, clean

WIDTH, HEIGHT = 270, 34
#: Between two nodes of a column, two columns of a phase, and two phases.
GAP, STEP, SPACE = 8, 12, 70
MARGIN, HEAD = 16, 28

#: So many nodes stand one above the other.
ROWS = 50

_STYLE = (
    "text{font:11px sans-serif;fill:#000}.h{font-weight:bold}"
    "rect{stroke:#555}path{fill:none;stroke:#777}"
    "rect.c,path.c{stroke:#000;stroke-width:3}.c text{font-weight:bold}"
)

Place = tuple[int, int]


def render(drawing: Drawing) -> str:
    """Return the text of an ``.svg`` file."""
    heads, places, width = _arrange(drawing)
    height = max((y for _, y in places.values()), default=HEAD) + HEIGHT + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">',
        "<title>Tests by phase</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff" stroke-width="0"/>',
    ]
    for number, left in enumerate(heads, 1):
        lines.append(
            f'<text class="h" x="{left}" y="{MARGIN + 4}">phase {number}</text>'
        )
    lines += (_draw_edge(edge, places) for edge in drawing.edges)
    for node in drawing.nodes:
        lines += _draw_node(node, places[node.place])
    return "\n".join([*lines, "</svg>", ""])


def _arrange(drawing: Drawing) -> tuple[list[int], Mapping[int, Place], int]:
    """Return where phases begin, where nodes stand, and where all of it ends."""
    places: dict[int, Place] = {}
    heads = []
    left = MARGIN
    for phase in drawing.phases:
        heads.append(left)
        for number, node in enumerate(phase):
            column, row = divmod(number, ROWS)
            across = left + column * (WIDTH + STEP)
            places[node.place] = across, HEAD + row * (HEIGHT + GAP)
        columns = -(-len(phase) // ROWS)
        left += columns * (WIDTH + STEP) - STEP + SPACE
    return heads, places, max(left - SPACE, MARGIN) + MARGIN


def _draw_edge(edge: Edge, places: Mapping[int, Place]) -> str:
    (left, top), (right, bottom) = places[edge.before], places[edge.after]
    left, top, bottom = left + WIDTH, top + HEIGHT // 2, bottom + HEIGHT // 2
    bend = SPACE // 2
    kind = ' class="c"' if edge.is_critical else ""
    curve = (
        f"M{left} {top}C{left + bend} {top} {right - bend} {bottom} {right} {bottom}"
    )
    return f'<path{kind} d="{curve}"/>'


def _draw_node(node: Node, place: Place) -> Iterator[str]:
    left, top = place
    kind = ' class="c"' if node.is_critical else ""
    yield f"<g{kind}><title>{escape(clean(node.id))}</title>"
    yield (
        f'<rect{kind} x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" rx="4" '
        f'fill="{node.colour}"/>'
    )
    for number, line in enumerate(node.lines):
        if line:
            down = top + 14 + 13 * number
            yield f'<text x="{left + 6}" y="{down}">{escape(line)}</text>'
    yield "</g>"
