"""Tests that take long: found while they run, so that nobody has to wait to know.

Says how long and where. The main thread writes it, unless it is busy with a test.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from ..isolation.awaits import format_where
from ..model import slow_after
from ..scheduling.lease import Lease
from .guard import Guard
from .state import Notice, Shared


class SlowTests:
    """Asked by the watchdog's thread alone, from time to time.

    Nothing is counted in the slots: what is seen running now and was seen running
    before has run in between, unless it waits.

    :param limit: for setup and call, or for the teardown; see ``slow_after``.
    :param is_busy: tells whether a test runs in the main thread, which could not
        write then.
    :param write: writes to the terminal from any thread.
    :ivar _seen: by lease, in which part of its test it was, and how long it has run.
    :ivar _told: the places of the tests that were told of.
    """

    def __init__(
        self,
        shared: Shared,
        limit: float | None,
        is_busy: Callable[[], bool],
        write: Callable[[Sequence[str]], None],
    ) -> None:
        self._shared = shared
        self._limit = limit
        self._is_busy = is_busy
        self._write = write
        self._seen: dict[int, tuple[bool, float]] = {}
        self._told: set[int] = set()
        self._last = time.monotonic()

    @property
    def count(self) -> int:
        """How many tests were slow; any thread may ask."""
        return len(self._told)

    def look(self, held: float) -> None:
        """Find tests that have become slow.

        :param held: seconds since the last look that do not count.
        """
        if self._limit == 0:
            return
        now = time.monotonic()
        passed, self._last = now - self._last - held, now
        with self._shared.changed:
            leases = self._shared.dispatcher.running
            waiting = {lease.number for lease in leases if lease.paused}
        seen = {}
        for lease in leases:
            guard = self._shared.guards.get(lease)
            position = None if guard is None else guard.position
            if guard is None or position is None:
                continue
            stage, in_stage = position
            is_down = stage == "teardown"
            was_down, spent = self._seen.get(lease.number, (None, 0.0))
            if was_down is not is_down:
                spent = 0.0
            if lease.number not in waiting:
                spent += min(passed, in_stage if is_down else guard.age)
            seen[lease.number] = is_down, spent
            if self._is_slow(lease, spent) and not guard.is_interrupted:
                self._told.add(lease.place)
                self._tell(list(_describe(lease, guard, stage, spent)))
        self._seen = seen

    def _tell(self, lines: Sequence[str]) -> None:
        if self._is_busy():
            self._write(lines)
        else:
            self._shared.events.put(Notice(lines))

    def _is_slow(self, lease: Lease, spent: float) -> bool:
        if lease.place in self._told:
            return False
        limit = slow_after(self._limit, lease.timeout)
        return limit is not None and spent >= limit


def _describe(lease: Lease, guard: Guard, stage: str, spent: float) -> Iterator[str]:
    part = "teardown" if stage == "teardown" else "setup and call"
    yield f"phaserun: slow: {lease.task.id}, {spent:.2f} s in {part} so far"
    yield from format_where(guard.thread).splitlines()
