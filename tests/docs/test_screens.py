"""How the pictures of the documentation are made, as far as it takes no browser."""

from __future__ import annotations

import re
import runpy
import shutil

import pytest
from pages import ROOT

SCREENS = ROOT / "docs" / "screens"

COLUMNS, ROWS = 20, 6


def render(text: str, title: str = "title") -> str:
    """Return the page with the screen of a terminal that this text was written to."""
    pyte = pytest.importorskip("pyte")
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(text)
    page: str = runpy.run_path(str(SCREENS / "window.py"))["render"](screen, title)
    return page


def read_rows(page: str) -> list[str]:
    found = re.search("<pre>(.*)</pre>", page, re.DOTALL)
    assert found is not None
    return found[1].split("\n")


def test_window_shows_text_as_it_is():
    page = render("<b> & co", title="a < b")

    assert read_rows(page) == ["&lt;b&gt; &amp; co"]
    assert "<h1>a &lt; b</h1>" in page


def test_window_keeps_colours_and_what_is_bold():
    (row,) = read_rows(render("\x1b[32mgreen\x1b[0m plain \x1b[1;33mboth\x1b[0m"))

    green, plain, yellow = re.split("</?span[^>]*>", row)[1:4]
    assert (green, plain, yellow) == ("green", " plain ", "both")
    assert re.findall('style="(.*?)"', row) == [
        "color: #3fb950;",
        "color: #d29922;font-weight: bold;",
    ]


def test_window_leaves_out_what_is_empty_at_either_end():
    assert read_rows(render("\r\n\r\n  one\r\n\r\ntwo\r\n")) == ["  one", "", "two"]


def test_missing_browser_is_told(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    find_chromium = runpy.run_path(str(SCREENS / "chromium.py"))["find_chromium"]

    with pytest.raises(SystemExit, match=r"no Chromium found; .* apt-get install"):
        find_chromium()
