"""``sys.path`` while tests run beside one another: who changes it is noted."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .changes import Changes, Restore

#: Every method that changes a list.
_CHANGING = (
    "__delitem__",
    "__iadd__",
    "__imul__",
    "__setitem__",
    "append",
    "clear",
    "extend",
    "insert",
    "pop",
    "remove",
    "reverse",
    "sort",
)


class WatchedPath(list[str]):
    """A list that tells before it is changed.

    :ivar about_to_change: called with no arguments.
    """

    about_to_change: Callable[[], None]

    def __reduce__(self) -> tuple[type[list[str]], tuple[list[str]]]:
        return list, (list(self),)


def _telling(name: str) -> Any:
    change = getattr(list, name)

    @functools.wraps(change)
    def tell_and_change(self: WatchedPath, *args: Any, **kwargs: Any) -> Any:
        self.about_to_change()
        return change(self, *args, **kwargs)

    return tell_and_change


for _name in _CHANGING:
    setattr(WatchedPath, _name, _telling(_name))


@contextmanager
def watched_path(changes: Changes) -> Iterator[None]:
    """Take note of changes of ``sys.path``; those of hooks stay."""
    original = sys.path
    watched = WatchedPath(original)

    def save() -> Restore:
        before = list(watched)
        return lambda: list.__setitem__(watched, slice(None), before)

    watched.about_to_change = lambda: changes.note("sys.path", "sys.path", save)
    sys.path = watched
    try:
        yield
    finally:
        # Somebody may have put another list there.
        original[:] = sys.path
        sys.path = original
