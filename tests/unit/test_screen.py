"""The view stays below what is written, and leaves nothing behind.

A terminal is emulated: once with a view, once without.
"""

from __future__ import annotations

import io
import os
import random
import threading
from typing import Any

import pytest

from pytest_phaserun.isolation import screen as module
from pytest_phaserun.isolation.screen import DEBUGGER, Screen
from pytest_phaserun.views.columns import measure

pyte = pytest.importorskip("pyte")

COLUMNS, ROWS = 40, 8
FD = 17

#: What pytest writes, and plugins do.
TEXTS = [
    *(".", "F", "\x1b[32m.\x1b[0m", "日本\n", "", "test_x.py::name "),
    *("\n", "line\n", "\r", "two\nlines\n", "begun\nand "),
    *("=" * COLUMNS, "=" * COLUMNS + "\n", "wraps " * 12, "wraps " * 12 + "\n"),
    "\x1b]9;4;1;50\x1b\\",
]


class Terminal:
    """What reaches an emulated terminal."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self) -> None:
        self.screen = pyte.HistoryScreen(COLUMNS, ROWS, history=10_000)
        # As the driver of a terminal does: each line end is a return as well.
        self.screen.set_mode(pyte.modes.LNM)
        self._stream = pyte.Stream(self.screen)
        self.written: list[str] = []
        self.flushed = ""

    def write(self, text: str) -> int:
        self.written.append(text)
        self._stream.feed(text)
        return len(text)

    def flush(self) -> None:
        self.flushed = "".join(self.written)

    def fileno(self) -> int:
        return FD

    @property
    def rows(self) -> list[str]:
        """All that it shows and has shown, without what is empty at the end."""
        past = (
            "".join(row[column].data for column in range(COLUMNS))
            for row in self.screen.history.top
        )
        rows = [row.rstrip() for row in (*past, *self.screen.display)]
        while rows and not rows[-1]:
            rows.pop()
        return rows


@pytest.fixture(autouse=True)
def sizes(monkeypatch: pytest.MonkeyPatch) -> dict[int, os.terminal_size]:
    """The size of each terminal."""
    sizes = {FD: os.terminal_size((COLUMNS, ROWS))}
    monkeypatch.setattr(os, "get_terminal_size", sizes.__getitem__)
    return sizes


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def below() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(
    terminal: Terminal, below: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> Screen:
    monkeypatch.setattr(module, "_LEAST", 0.0)
    made = Screen(terminal, below, measure)  # type: ignore[arg-type]
    made.release(module.CAPTURE)
    return made


def test_view_stands_below_what_is_written(screen, terminal):
    screen.write("first\nsecond")
    screen.show(["one", "two"])

    assert terminal.rows == ["first", "second", "one", "two"]


def test_text_comes_out_above_the_view(screen, terminal):
    screen.show(["one", "two"])
    screen.write("first\nsecond\n")

    assert terminal.rows == ["first", "second", "", "one", "two"]


def test_text_within_the_line_leaves_the_view_alone(screen, terminal):
    screen.show(["one"])
    terminal.written.clear()

    screen.write(".")

    assert terminal.written == ["."]
    assert terminal.rows == [".", "one"]


def test_smaller_view_leaves_nothing_of_the_larger_one(screen, terminal):
    screen.show(["one long row", "two", "three"])
    screen.show(["one"])

    assert terminal.rows == ["", "one"]


def test_view_that_is_the_same_is_not_drawn_again(screen, terminal):
    screen.show(["one"])
    terminal.written.clear()

    screen.show(["one"])

    assert "".join(terminal.written) == ""


def test_view_at_the_end_of_the_screen_scrolls_it_without_loss(screen, terminal):
    lines = [f"line {number}" for number in range(20)]
    screen.write("\n".join(lines))
    screen.show(["one", "two"])

    assert terminal.rows == [*lines, "one", "two"]

    screen.show([])

    assert terminal.rows == lines


@pytest.mark.parametrize("least", [0.0, float("inf")], ids=["at once", "later"])
@pytest.mark.parametrize("seed", range(30))
def test_nothing_of_the_view_is_left_whatever_was_written(
    screen, terminal, monkeypatch, least, seed
):
    monkeypatch.setattr(module, "_LEAST", least)
    drawn = random.Random(seed)
    plain = Terminal()

    for _ in range(200):
        text = drawn.choice(TEXTS)
        for each in (screen, plain):
            each.write(text)
        step: Any = drawn.choice(
            [
                lambda: screen.show(["view"] * drawn.randrange(ROWS)),
                lambda: screen.hold(DEBUGGER),
                lambda: screen.release(DEBUGGER),
                lambda: None,
            ]
        )
        step()
    screen.close()

    assert terminal.rows == plain.rows


def test_view_is_held_for_as_long_as_there_is_a_reason(screen, terminal):
    screen.show(["one"])
    screen.hold(DEBUGGER)
    screen.hold(module.CAPTURE)

    assert terminal.rows == []

    screen.show(["two"])
    screen.release(module.CAPTURE)

    assert terminal.rows == []

    screen.release(DEBUGGER)

    assert terminal.rows == ["", "two"]


def test_text_that_others_write_past_it_begins_in_the_right_place(screen, terminal):
    screen.write("a line\n")
    screen.show(["one"])

    terminal.write("foreign\n")

    screen.write("next\n")
    assert terminal.rows == ["a line", "foreign", "next", "", "one"]


def test_line_is_there_at_once_and_what_is_flushed(screen, terminal):
    screen.write("whole\n")
    assert terminal.flushed == "whole\n"

    screen.write("in two parts")
    assert terminal.flushed == "whole\n"
    screen.write("\n")
    assert terminal.flushed == "whole\nin two parts\n"

    screen.write("flushed")
    screen.flush()
    assert terminal.flushed.endswith("flushed")


def test_end_of_a_line_that_is_there_waits_for_the_next_line(screen, terminal):
    screen.write("a line")
    screen.flush()

    screen.write("\n")
    assert terminal.flushed == "a line"
    screen.write("next")
    screen.flush()
    assert terminal.flushed == "a line\nnext"

    screen.write("\n")
    screen.show([])
    assert terminal.flushed.startswith("a line\nnext\n")


def test_nothing_waits_while_others_may_write(screen, terminal):
    screen.hold(DEBUGGER)

    screen.write("a line")
    screen.write("\n")

    assert terminal.flushed == "a line\n"


def test_text_that_cannot_be_encoded_changes_nothing(screen, terminal, monkeypatch):
    monkeypatch.setattr(terminal, "encoding", "ascii")
    screen.show(["one"])

    with pytest.raises(UnicodeEncodeError):
        screen.write("é\n")
    screen.write("e\n")

    assert terminal.rows == ["e", "", "one"]


def test_row_that_is_wider_than_it_seemed_is_cut(screen, terminal):
    screen.show(["x" * (COLUMNS + 5), "two"])
    screen.write("first\n")

    assert terminal.rows == ["first", "", "x" * COLUMNS, "two"]

    screen.close()
    screen.write("y" * (COLUMNS + 5))

    assert terminal.rows == ["first", "y" * COLUMNS, "y" * 5]


def test_nothing_is_drawn_for_the_size_that_the_terminal_had(screen, terminal, sizes):
    screen.show(["made for the wide terminal"])
    sizes[FD] = os.terminal_size((20, ROWS))

    screen.write("line\n")
    assert terminal.rows == ["line"]

    screen.show(["for the other one"])
    assert terminal.rows == ["line", "", "for the other one"]


def test_view_has_only_characters_that_the_terminal_has(screen, terminal, monkeypatch):
    monkeypatch.setattr(terminal, "encoding", "ascii")

    screen.show(["test_日本"])

    assert terminal.rows == ["", "test_??"]


def test_forked_process_waits_for_no_thread_and_draws_nothing(
    screen, terminal, below, monkeypatch
):
    screen.show(["one"])
    is_held, may_end = threading.Event(), threading.Event()

    def hold_lock() -> None:
        with screen._lock:
            is_held.set()
            may_end.wait(20)

    thread = threading.Thread(target=hold_lock)
    thread.start()
    is_held.wait(20)
    monkeypatch.setattr(module, "_generation", module._generation + 1)

    screen.write("from the child\n")
    screen.flush()
    screen.show(["two"])
    screen.hold(DEBUGGER)
    screen.release(DEBUGGER)
    screen.close()

    may_end.set()
    thread.join()
    assert below.getvalue() == "from the child\n"
    assert terminal.rows == ["", "one"]


def test_terminal_that_does_not_know_its_size_has_one_all_the_same(screen, monkeypatch):
    monkeypatch.setattr(os, "get_terminal_size", lambda fd: os.terminal_size((0, 0)))
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("LINES", "20")

    assert screen.size == (70, 20)
