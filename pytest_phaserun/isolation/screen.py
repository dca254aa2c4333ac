"""A view below pytest's own output, on the terminal that pytest writes to.

Says where it stands and keeps it out of the way of what is written; what it shows is
the business of whoever has opened it.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

import pytest

#: Erases what is right of the cursor, and below.
_ERASE = "\x1b[J"
_ERASE_LINE = "\x1b[K"
#: One row down, in the same column; the screen scrolls where it ends.
_DOWN = "\x1bD"
_UP = "\x1b[{}A"
_SAVE, _RESTORE = "\x1b7", "\x1b8"
#: Rows are cut at the last column. Nobody knows how wide each terminal draws an emoji,
#: and it may have become narrower this very moment.
_CUT, _WRAP = "\x1b[?7l", "\x1b[?7h"

#: Seconds within which the view is not drawn twice on account of what is written.
_LEAST = 0.02

#: Why the view is held.
CAPTURE, DEBUGGER, CLOSED = "capture", "debugger", "closed"


#: How many forks lie between the first process and this one.
_generation = 0


def _note_fork() -> None:
    global _generation
    _generation += 1


if hasattr(os, "register_at_fork"):
    # To ask for the process at every write would double what a write costs.
    os.register_at_fork(after_in_child=_note_fork)


class Screen:
    """Stands in for the file that pytest's terminal writer has.

    The cursor always stays where pytest's text ends, and the view is in the rows below.
    So to erase it takes one sequence, whatever has become of the terminal's size; text
    within the line does not touch it, and what others write past this object still
    begins in the right place.

    Any thread may call; the lock keeps what each writes whole. It is reentrant since
    signal handlers write, too.

    :param terminal: reaches it whatever is captured; does not flush by itself.
    :param below: what this object stands in for; forked processes write there.
    :param measure: returns the columns that a text without line ends takes.
    :param column: where the cursor is.
    :ivar _size: of the terminal, when it was last looked at.
    :ivar _furthest: where the cursor may be at the most.
    :ivar _rewrites: the cursor may stand before text, in a row that is written anew.
    :ivar _unread: was written since the two were last found out. That is done when they
        matter, which is not for each line of a run that writes many.
    :ivar _waits: not all that was written has reached the terminal.
    :ivar _held: why nothing may be drawn: others may write past this object.
    """

    def __init__(
        self,
        terminal: TextIO,
        below: TextIO,
        measure: Callable[[str], int],
        column: int = 0,
    ) -> None:
        self._terminal = terminal
        self._below = below
        self._measure = measure
        self._column = self._furthest = column
        self._rewrites = False
        self._unread: list[str] = []
        self._waits = False
        self._lock = threading.RLock()
        self._generation = _generation
        self._lines: Sequence[str] = ()
        self._size = self.size
        self._is_drawn = False
        self._drawn_at = 0.0
        self._held = {CAPTURE}

    def __repr__(self) -> str:
        return f"<Screen, {'drawn' if self._is_drawn else 'empty'}>"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)

    @property
    def size(self) -> os.terminal_size:
        """The columns and rows of the terminal."""
        size = os.get_terminal_size(self._terminal.fileno())
        # Some terminals do not know.
        return size if size.columns and size.lines else shutil.get_terminal_size()

    def write(self, text: str) -> int:
        """Write a text above the view.

        :raises UnicodeEncodeError: the terminal has not all characters of it.
        """
        if not text.isascii():
            # Nothing may have changed when it raises.
            text.encode(self._terminal.encoding, self._terminal.errors or "strict")
        if self._is_forked():
            return self._below.write(text)
        with self._lock:
            self._make_room(text)
            self._terminal.write(text)
            # What ends no line may wait for the next look, as it may without a view; so
            # may the end of a line of which all the rest is there. pytest writes that
            # only when the next line begins, and flushes that.
            if self._held or ("\n" in text and (self._waits or text != "\n")):
                self._flush()
            else:
                self._waits = True
        return len(text)

    def flush(self) -> None:
        """Let the terminal have all that was written."""
        # What a copy finds was written by the other process, which flushes it.
        if self._is_forked():
            self._below.flush()
        elif self._waits:
            with self._lock:
                self._flush()

    def show(self, lines: Sequence[str]) -> None:
        """Draw these lines from now on, none wider than the terminal.

        Characters that the terminal does not have become question marks.
        """
        if self._is_forked():
            return
        encoding = self._terminal.encoding
        lines = [line.encode(encoding, "replace").decode(encoding) for line in lines]
        with self._lock:
            self._size = self.size
            is_new = lines != self._lines or not self._is_drawn
            self._lines = lines
            self._put(self._drawing() if is_new and self._is_free() else "")

    def close(self) -> None:
        """Erase the view for good."""
        self.hold(CLOSED)

    def hold(self, reason: str) -> None:
        """Draw nothing until ``release`` is called for the same reason."""
        if self._is_forked():
            return
        with self._lock:
            self._held.add(reason)
            self._put(_ERASE if self._is_drawn else "")
            self._is_drawn = False

    def release(self, reason: str) -> None:
        """Draw again, unless there is another reason not to."""
        if reason not in self._held or self._is_forked():
            return
        with self._lock:
            self._held.discard(reason)
            if self._may_draw():
                self._put(self._drawing())

    @contextmanager
    def taking_streams(self) -> Iterator[None]:
        """Take what is printed as well, where no test runs in this process."""
        saved = {name: getattr(sys, name) for name in ("stdout", "stderr")}
        for name, stream in saved.items():
            if stream.isatty():
                setattr(sys, name, self)
        self.release(CAPTURE)
        try:
            yield
        finally:
            self.hold(CAPTURE)
            for name, stream in saved.items():
                setattr(sys, name, stream)

    def _is_forked(self) -> bool:
        """Tell whether this is a copy, in which the lock may be held for ever."""
        return self._generation != _generation

    def _make_room(self, text: str) -> None:
        """Take note of a text, and erase the view if that leaves the row."""
        if "\n" in text:
            # Whatever came before in the row, the cursor has left it.
            self._unread.clear()
        self._unread.append(text)
        if self._is_drawn and not self._stays(text):
            self._is_drawn = False
            self._terminal.write(_ERASE)

    def _stays(self, text: str) -> bool:
        """Tell whether the cursor stays in its row; follow it where that may matter.

        No character takes more than two columns.
        """
        self._furthest += len(text) if text.isascii() else 2 * len(text)
        if "\n" in text or "\r" in text or self._furthest > self._size.columns:
            return self._follow()
        return True

    def _may_draw(self) -> bool:
        """Tell whether a view may be drawn on account of what is written."""
        is_time = time.monotonic() - self._drawn_at >= _LEAST
        # The lines fit into a terminal of the size that it had.
        return (
            is_time
            and not self._is_drawn
            and bool(self._lines)
            and self._is_free()
            and self.size == self._size
        )

    def _is_free(self) -> bool:
        """Tell whether nobody minds, and the cursor stands at the end of its row.

        After the last column it is in that row and in the next one.
        """
        self._follow()
        is_inside = self._column < self._size.columns
        return is_inside and not self._held and not self._rewrites

    def _drawing(self) -> str:
        """Return what draws the view, below the cursor, over what stands there."""
        self._is_drawn = bool(self._lines)
        self._drawn_at = time.monotonic()
        count = len(self._lines)
        if not count:
            return _ERASE
        room = _DOWN * count + _UP.format(count)
        rows = "".join(f"\r\n{line}{_ERASE_LINE}" for line in self._lines)
        return f"{room}{_SAVE}{_CUT}{rows}{_ERASE}{_WRAP}{_RESTORE}"

    def _flush(self) -> None:
        """Let the terminal have what was written, with the view if it is time."""
        self._put(self._drawing() if self._may_draw() else "")

    def _put(self, text: str) -> None:
        self._waits = False
        self._terminal.write(text)
        self._terminal.flush()

    def _follow(self) -> bool:
        """Move the column past what was written; tell whether it stays in its row."""
        text = "".join(self._unread)
        self._unread.clear()
        _, newline, line = text.rpartition("\n")
        self._rewrites = "\r" in line or (self._rewrites and not newline)
        line = line.rpartition("\r")[2]
        is_whole = len(line) == len(text)
        column = self._measure(line) + (self._column if is_whole else 0)
        columns = self._size.columns
        # The cursor leaves the last column with the next character only.
        self._column = column if column <= columns else (column - 1) % columns + 1
        self._furthest = self._column
        return is_whole and column <= columns


def find_screen(config: pytest.Config) -> Screen | None:
    """Return what stands in for the terminal, if there is a view."""
    if not config.pluginmanager.hasplugin("terminalreporter"):
        return None
    # As in `streams`.
    file: object = config.get_terminal_writer()._file
    return file if isinstance(file, Screen) else None


@contextmanager
def open_screen(
    config: pytest.Config, measure: Callable[[str], int]
) -> Iterator[Screen]:
    """Make room for a view; in the main thread, between tests.

    :param measure: see ``Screen``.
    """
    # Only the file sees all that is written, by whichever method; the writer (`_file`
    # in all versions) has no public way to be given another one.
    writer: Any = config.get_terminal_writer()
    saved: TextIO = writer._file
    saved.flush()
    with ExitStack() as stack:
        stream = stack.enter_context(
            open(
                os.dup(saved.fileno()),
                "w",
                encoding=saved.encoding,
                errors=saved.errors,
                newline="\n",
            )
        )
        # On a terminal it is true by default.
        stream.reconfigure(line_buffering=False)
        screen = Screen(stream, saved, measure, writer.width_of_current_line)
        stack.enter_context(_told_of_capture(config, screen))
        writer._file = screen
        stack.callback(setattr, writer, "_file", saved)
        yield screen


@contextmanager
def _told_of_capture(config: pytest.Config, screen: Screen) -> Iterator[None]:
    """Hold the view while pytest's capture is off: anybody may write then.

    By names of pytest's capture manager in all versions, which calls them itself.
    """
    manager: Any = config.pluginmanager.getplugin("capturemanager")
    suspend, resume = manager.suspend_global_capture, manager.resume_global_capture

    def suspend_global_capture(in_: bool = False) -> None:
        screen.hold(CAPTURE)
        suspend(in_)

    def resume_global_capture() -> None:
        resume()
        screen.release(CAPTURE)

    manager.suspend_global_capture = suspend_global_capture
    manager.resume_global_capture = resume_global_capture
    try:
        yield
    finally:
        del manager.suspend_global_capture, manager.resume_global_capture
