"""A thread that calls back at an instant, for a main thread that waits for a queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Alarm:
    """Any thread may set it; the lock of ``_changed`` guards what is set.

    :param call: called in the alarm's own thread.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._changed = threading.Condition()
        self._due: float | None = None
        self._is_off = False

    def set(self, due: float | None) -> None:
        """Call at an instant on the monotonic clock, and not at the one set before."""
        with self._changed:
            if due != self._due:
                self._due = due
                self._changed.notify()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Run the thread."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._is_off = True
                self._changed.notify()
            thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._is_off:
                left = None if self._due is None else self._due - time.monotonic()
                if left is None or left > 0:
                    self._changed.wait(left)
                else:
                    self._due = None
                    self._call()
