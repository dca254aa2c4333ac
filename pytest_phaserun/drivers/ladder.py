"""How a test is stopped, one rung after the other, each only if the last did not do.

A coroutine is cancelled, three times in one grace; then its test leaves it behind.
Everything else has an exception thrown into its thread. Each has one grace. What blocks
an event loop that others use as well costs that loop in the end.
"""

from __future__ import annotations

from collections.abc import Callable

from ..isolation.awaits import Awaited, find_awaited

#: How often a coroutine is cancelled: some swallow the first one only.
CANCELS = 3


class Ladder:
    """The way of one stage that is out of time; the watchdog alone climbs.

    :param thread: the one that runs the stage.
    :param throw: throws an exception into it.
    """

    def __init__(self, thread: int, throw: Callable[[], None]) -> None:
        self._thread = thread
        self._throw = throw
        self._awaited: Awaited | None = None
        self._cancels = 0
        self._is_forced = False

    def __repr__(self) -> str:
        state = "at its end" if self._is_forced else f"{self._cancels} cancels"
        return f"<Ladder, {state}>"

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
            awaited.cancel()
            return 1 / CANCELS
        self._is_forced = True
        awaited.force()
        return 1.0

    def _find(self) -> Awaited | None:
        """Return what the thread awaits, the same as before if it still does."""
        found = find_awaited(self._thread)
        if found is None or found != self._awaited:
            self._awaited = found
        return self._awaited
