"""The screen of an emulated terminal as a page that looks like a window."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

STYLE = Path(__file__).with_name("window.css")

#: The colours of a terminal by the names that pyte gives them.
COLOURS = {
    "black": "#484f58",
    "red": "#ff7b72",
    "green": "#3fb950",
    "brown": "#d29922",
    "blue": "#58a6ff",
    "magenta": "#bc8cff",
    "cyan": "#39c5cf",
    "white": "#b1bac4",
    "brightblack": "#6e7681",
    "brightred": "#ffa198",
    "brightgreen": "#56d364",
    "brightbrown": "#e3b341",
    "brightblue": "#79c0ff",
    "brightmagenta": "#d2a8ff",
    "brightcyan": "#56d4dd",
    "brightwhite": "#f0f6fc",
}


def render(screen: Any, title: str) -> str:
    """Return the page: text, its colours and what is bold.

    Rows that are empty at either end of the screen are left out.

    :param screen: one of pyte.
    """
    rows = [_render_row(screen.buffer[y], screen.columns) for y in range(screen.lines)]
    text = "\n".join(rows).strip("\n")
    return (
        f'<!doctype html><meta charset="utf-8"><style>{STYLE.read_text()}</style>'
        f'<main style="--columns: {screen.columns}"><h1>{escape(title)}</h1>'
        f"<pre>{text}</pre></main>"
    )


def _render_row(cells: Any, columns: int) -> str:
    parts = []
    for style, run in groupby((cells[x] for x in range(columns)), _find_style):
        text = escape("".join(cell.data for cell in run))
        parts.append(f'<span style="{style}">{text}</span>' if style else text)
    return "".join(parts).rstrip()


def _find_style(cell: Any) -> str:
    """Return how a character looks, as CSS; of a usual one, nothing."""
    colour = "" if cell.fg == "default" else f"color: {COLOURS[cell.fg]};"
    return colour + ("font-weight: bold;" if cell.bold else "")
