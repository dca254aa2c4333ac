"""Who changes the process while other tests run, and what it was before.

The static reading of ``safety`` does not see everything. What is noticed here is
named. What several tests change at once is put back when the last of them has ended:
tests that save, change and restore one thing would otherwise leave the value of one.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from .current import ItemRun, current_run

Restore = Callable[[], None]


@dataclass(slots=True)
class _Change:
    """A thing that tests have changed.

    :ivar restore: makes it what it was before the first of them.
    :ivar runs: those that have not ended.
    :ivar is_contested: several have changed it at once.
    """

    restore: Restore
    runs: set[ItemRun] = field(default_factory=set)
    is_contested: bool = False


class Changes:
    """What concurrent tests change; any thread may note, the lock guards the books.

    One lives for each window in which tests run beside one another.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._active: set[ItemRun] = set()
        self._changes: dict[Hashable, _Change] = {}

    def begin(self, run: ItemRun) -> None:
        """Watch a test from now on."""
        with self._lock:
            self._active.add(run)

    def if_idle(self, action: Callable[[], None]) -> None:
        """Call ``action`` if no test runs, before any begins."""
        with self._lock:
            if not self._active:
                action()

    def end(self, run: ItemRun, *, given_up: bool = False) -> None:
        """Put back what several tests have changed, if this is the last of them.

        What one test alone has changed is its own business, as it is without others:
        it may be meant to last. For a test that was given up this is called twice:
        then, when nobody else will put it back, and when it really ends.
        """
        self._active.discard(run)
        if not run.changes:
            return
        with self._lock:
            mine = [key for key, each in self._changes.items() if run in each.runs]
            for key in reversed(mine):
                change = self._changes[key]
                change.runs.discard(run)
                if not change.runs:
                    del self._changes[key]
                    if change.is_contested or given_up:
                        # Of an object that cannot be put back nobody knows more.
                        with suppress(Exception):
                            change.restore()

    def note(
        self, key: Hashable, text: str | None, save: Callable[[], Restore]
    ) -> None:
        """Take note that the calling test is about to change something.

        :param key: what it is.
        :param text: its name for people; ``None`` if it may be the test's own.
        :param save: returns what restores it; called for the first change alone.
        """
        run = current_run()
        if run is None or run.making or run not in self._active:
            return
        with self._lock:
            change = self._changes.get(key)
            if change is None:
                change = self._changes[key] = _Change(save())
            change.runs.add(run)
            change.is_contested |= len(change.runs) > 1
            run.changes.setdefault(key, text)


def changes_of(run: ItemRun) -> list[str]:
    """Return the names of what a test has changed, in order, each once."""
    return list(dict.fromkeys(filter(None, run.changes.values())))


def fail_if_changed(run: ItemRun, known: int) -> None:
    """Make a failure of what a test has changed.

    :param known: how many changes are known already.
    :raises pytest.fail.Exception: it has changed something more.
    """
    # No frame of this file is hidden: of a failure without a traceback pytest 9.2 would
    # say that all are.
    found = changes_of(run)
    if len(run.changes) > known and found:
        pytest.fail(
            f"changed {' and '.join(found)} while other tests could run; "
            "let the test run alone, or leave out --phase-strict",
            pytrace=False,
        )


#: The changes of the window that is open. An audit hook cannot be taken out again: the
#: process has one, and it asks this.
_open: Changes | None = None
_is_installed = False


@contextmanager
def watched_process(changes: Changes) -> Iterator[None]:
    """Take note of what the interpreter tells of: environment and working directory."""
    global _open, _is_installed
    if not _is_installed:
        _is_installed = True
        sys.addaudithook(_audit)
    _open = changes
    try:
        yield
    finally:
        _open = None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _EVENTS and _open is not None:
        _EVENTS[event](_open, *arguments)


def _note_variable(changes: Changes, name: Any, *value: object) -> None:
    variable = os.fsdecode(name)
    changes.note(
        ("os.environ", variable),
        f"os.environ[{variable!r}]",
        lambda: _save_variable(variable),
    )


def _save_variable(name: str) -> Restore:
    before = os.environ.get(name)

    def restore() -> None:
        if before is None:
            os.environ.pop(name, None)
        elif os.environ.get(name) != before:
            os.environ[name] = before

    return restore


def _note_directory(changes: Changes, path: object) -> None:
    changes.note("directory", "the working directory", _save_directory)


def _save_directory() -> Restore:
    before = os.getcwd()
    return lambda: os.chdir(before)


_EVENTS: dict[str, Callable[..., None]] = {
    "os.putenv": _note_variable,
    "os.unsetenv": _note_variable,
    "os.chdir": _note_directory,
}
