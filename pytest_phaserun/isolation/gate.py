"""One thread at a time, re-entrant, and honest about an owner that hangs.

A bare lock would let the waiters of an abandoned owner wait for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .current import current_run
from .errors import GivenUpError

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


class Gate:
    """Guards the setup or teardown of one thing that several tests share.

    Any thread may enter; gates nest in the order of the fixture graph, and the lock of
    the driver's clocks nests inside them, never the other way round. The watchdog
    may break a gate whose owner it abandons: from then on entering raises.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._condition = threading.Condition(threading.Lock())
        self._owner: int | None = None
        self._depth = 0
        self._broken: str | None = None

    def __repr__(self) -> str:
        state = self._broken or ("taken" if self._owner else "free")
        return f"<Gate {self._name}, {state}>"

    @property
    def is_broken(self) -> bool:
        """Tell whether an owner was given up while inside."""
        return self._broken is not None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for the gate and hold it.

        :raises GivenUpError: its owner was given up while inside.
        """
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def break_for(self, owner: int, reason: str) -> None:
        """Turn away all who wait and all who come, if thread ``owner`` is inside."""
        with self._condition:
            if self._owner == owner:
                self._broken = reason
                self._condition.notify_all()

    def is_held_by(self, thread: int | None) -> bool:
        """Tell whether a thread is inside."""
        return thread is not None and self._owner == thread

    def _enter(self) -> None:
        me = threading.get_ident()
        with self._condition:
            if self._owner not in (None, me) and self._broken is None:
                self._wait_until_free()
            if self._owner != me and self._broken is not None:
                raise GivenUpError(f"{self._name}: {self._broken}")
            self._owner = me
            self._depth += 1

    def _wait_until_free(self) -> None:
        """Wait inside the condition; that time is not the waiting test's own."""
        run = current_run()
        if run is not None and run.clock is not None:
            run.clock.pause()
        try:
            while self._owner is not None and self._broken is None:
                self._condition.wait()
        finally:
            if run is not None and run.clock is not None:
                run.clock.resume()

    def _leave(self) -> None:
        with self._condition:
            self._depth -= 1
            if not self._depth:
                self._owner = None
                self._condition.notify_all()
