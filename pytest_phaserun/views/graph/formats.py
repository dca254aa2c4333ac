"""Which format a graph has, by the ending of its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ...recording.run import Run
from . import data, dot, mermaid, svg
from .drawing import Drawing, draw

FORMATS: Mapping[str, Callable[[Drawing], str]] = {
    ".dot": dot.render,
    ".mmd": mermaid.render,
    ".json": data.render,
    ".svg": svg.render,
}


def render(run: Run, path: Path) -> str:
    """Return the text of the file at ``path``.

    :raises KeyError: the ending is none of ``FORMATS``.
    """
    return FORMATS[path.suffix.lower()](draw(run))
