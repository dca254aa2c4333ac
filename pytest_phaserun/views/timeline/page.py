"""The report of a run: one file that needs nothing else.

What the page may do stands in its head, as a policy that browsers keep: it loads
nothing from anywhere, and runs no script but its own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files

from ...recording.run import Run
from . import sections
from .figures import measure
from .island import describe
from .lanes import arrange
from .picture import Picture
from .text import dump_json

#: The parts of the script, which see one another, in their order.
SCRIPTS = ("data.js", "drawing.js", "picture.js", "list.js", "details.js", "report.js")


def render(run: Run) -> str:
    """Return the page."""
    return "\n".join(_render(run))


def _render(run: Run) -> Iterator[str]:
    style = _read("report.css")
    script = "(() => {\n" + "\n".join(map(_read, SCRIPTS)) + "})();"
    lanes, figures = arrange(run), measure(run)
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    policy = _policy(style, script)
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<link rel="icon" href="data:,">'
    yield f"<title>Test run: {len(run.tests)} tests</title>"
    yield f"<style>{style}</style></head><body><main>"
    yield from sections.head(run)
    yield from sections.numbers(run, figures)
    yield "<section id=timeline><h2>Timeline</h2>"
    yield "<div id=frame class=scroll tabindex=0 role=group aria-label=Timeline>"
    yield Picture(run, lanes, figures).draw()
    yield f"</div>{sections.legend()}</section>"
    yield from sections.troubles(run, figures)
    yield from sections.blocked(run)
    yield "<div class=columns>"
    yield from sections.critical_path(run, figures)
    yield from sections.slowest(run, figures)
    yield "</div>"
    yield from sections.all_tests(run, figures)
    yield "</main>"
    island = dump_json(describe(run, lanes, figures))
    yield f'<script type="application/json" id="data">{island}</script>'
    yield f"<script>{script}</script></body></html>\n"


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    """Return what a policy names an element by that holds this text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
