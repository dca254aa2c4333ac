"""The files that views make of a run, by what they are asked for with.

In the run and after it, from its events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..recording.run import Run


def write_view(what: str, run: Run, path: Path) -> None:
    """Write what a view makes of a run.

    :param what: one of ``VIEWS``.
    :raises OSError: the file cannot be written.
    """
    path.write_text(render_view(what, run, path), encoding="utf-8")


def render_view(what: str, run: Run, path: Path) -> str:
    """Return what a view makes of a run.

    :param what: one of ``VIEWS``.
    :param path: of the file that it is for; its ending may choose a format.
    """
    return VIEWS[what](run, path)


def _render_report(run: Run, _: Path) -> str:
    # Each is imported only where it is asked for.
    from .timeline import page

    return page.render(run)


def _render_trace(run: Run, _: Path) -> str:
    from . import trace

    return trace.render(run)


def _render_graph(run: Run, path: Path) -> str:
    from .graph import formats

    return formats.render(run, path)


#: What makes the text of a file.
VIEWS: Mapping[str, Callable[[Run, Path], str]] = {
    "report": _render_report,
    "trace": _render_trace,
    "graph": _render_graph,
}
