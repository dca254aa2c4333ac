"""A graph for programs; see ``docs/reference/graph.md``."""

from __future__ import annotations

import json

from .drawing import Drawing

#: Goes up when readers of the version before would go wrong.
VERSION = 1


def render(drawing: Drawing) -> str:
    """Return the text of a ``.json`` file."""
    ids = [node.id for node in drawing.nodes]
    content = {
        "version": VERSION,
        "nodes": [
            {
                "id": node.id,
                "phase": node.phase,
                "outcome": node.outcome and node.outcome.value,
                "seconds": None if node.seconds is None else round(node.seconds, 4),
                "critical": node.is_critical,
            }
            for node in drawing.nodes
        ],
        "edges": [
            {
                "from": ids[edge.before],
                "to": ids[edge.after],
                "critical": edge.is_critical,
            }
            for edge in drawing.edges
        ],
    }
    return json.dumps(content, indent=1) + "\n"
