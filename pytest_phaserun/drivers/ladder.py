"""How a test is stopped, one rung after the other, each only if the last did not do.

A coroutine is cancelled, three times in one grace; then its test leaves it behind.
Everything else has an exception thrown into its thread. Each has one grace. What blocks
an event loop that others use as well costs that loop in the end.
"""

from __future__ import annotations

from collections.abc import Callable

from ..abandoned import abandon
from ..isolation.awaits import Awaited, find_awaited
from ..isolation.interrupt import format_thread
from ..isolation.trio_loop import find_trio

#: How often a coroutine is cancelled: some swallow the first one only.
CANCELS = 3


class Ladder:
    """The way of one stage that is out of time; the watchdog alone climbs.

    :param thread: the one that runs the stage.
    :param throw: throws an exception into it.
    :param is_wanted: tells whether the stage still runs.
    """

    def __init__(
        self, thread: int, throw: Callable[[], None], is_wanted: Callable[[], bool]
    ) -> None:
        self._thread = thread
        self._throw = throw
        self._is_wanted = is_wanted
        self._awaited = self._find_now()
        self._found = None if self._awaited is None else self._awaited.format()
        self._stack = format_thread(thread)
        self._cancels = 0
        self._is_forced = False

    def __repr__(self) -> str:
        state = "at its end" if self._is_forced else f"{self._cancels} cancels"
        return f"<Ladder, {state}>"

    def where(self) -> tuple[str, str]:
        """Say where the stage was when its time was up: what is shown, and lines."""
        if self._found is None and self._awaited is not None:
            # Some loops have to be asked, and answer later.
            self._found = self._awaited.format()
        return self._found or ("Stack of its thread", self._stack)

    def climb(self) -> float | None:
        """Do what comes next.

        :returns: the share of a grace to wait for it, ``None`` if nothing is left.
        """
        awaited = self._find()
        if self._is_forced:
            return 0.5 if awaited is not None and awaited.lose() else None
        if awaited is None:
            self._is_forced = True
            self._throw()
            return 1.0
        if self._cancels < CANCELS:
            self._cancels += 1
            awaited.cancel(self._is_wanted)
            return 1 / CANCELS
        self._is_forced = True
        awaited.force(abandon)
        return 1.0

    def _find_now(self) -> Awaited | None:
        return find_awaited(self._thread) or find_trio(self._thread)

    def _find(self) -> Awaited | None:
        """Return what the thread awaits, the same as before if it still does."""
        found = self._find_now()
        if found is None or found != self._awaited:
            self._awaited = found
        return self._awaited
