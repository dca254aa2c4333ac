"""The thread that keeps the deadlines: tells tests to stop, then gives them up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import inf

from ..isolation.shared_loops import SharedLoops
from ..scheduling.lease import Lease
from .guard import Guard
from .state import Shared

#: Seconds after which a test between two stages is looked at again.
_SOON = 0.01


class Watchdog:
    """Climbs the ladder for each lease that is overdue: interrupt, grace, abandon.

    :param loops: event loops that tests share; time for which one is blocked does not
        count for the tests that wait for it.
    :param grace: seconds between telling a test to stop and giving it up.
    :param abandon: called in the watchdog's thread with a lease whose item did not
        stop.
    :param deadline: when the run ends, on the monotonic clock.
    :param expire: called in the watchdog's thread at the deadline.
    :param attend: called in the watchdog's thread at every look. It returns ``None``
        while nothing may be stopped, and afterwards how long that was.
    """

    def __init__(
        self,
        shared: Shared,
        loops: SharedLoops,
        grace: float,
        abandon: Callable[[Lease, Guard], None],
        deadline: float,
        expire: Callable[[], None],
        attend: Callable[[], float | None],
    ) -> None:
        self._shared = shared
        self._loops = loops
        self._last_look = inf
        self._grace = grace
        self._abandon = abandon
        self._deadline = deadline
        self._expire = expire
        self._attend = attend
        self._closing = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="phaserun-watchdog", daemon=True
        )

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._closing.set()

    def _watch(self) -> None:
        # Deadlines come and go with every test; looking at them from time to time is
        # cheaper than to be told of each.
        while not self._closing.wait(self._pause()):
            held = self._attend()
            if held is None:
                continue
            now = time.monotonic()
            self._deadline += held
            if now >= self._deadline:
                self._deadline = inf
                self._expire()
            self._give_back(now)
            with self._shared.changed:
                overdue = self._shared.dispatcher.get_overdue(now)
            for lease in overdue:
                self._climb(lease, now)

    def _pause(self) -> float:
        """Return the seconds until the next look: short limits need close looks."""
        with self._shared.changed:
            running = self._shared.dispatcher.running
            limits = [lease.timeout for lease in running if lease.timeout is not None]
            next_deadline = self._shared.dispatcher.next_deadline()
        longest = min(limits, default=1.0) / 10
        next_deadline = min(self._deadline, next_deadline or inf)
        left = next_deadline - time.monotonic()
        return max(_SOON, min(left, longest, 0.1))

    def _give_back(self, now: float) -> None:
        """Give tests the time back for which another one blocked their event loop."""
        span, self._last_look = max(0.0, now - self._last_look), now
        blocked = self._loops.find_blocked()
        if not blocked:
            return
        with self._shared.changed:
            leases = list(self._shared.dispatcher.running)
        for lease in leases:
            guard = self._shared.guards.get(lease)
            if guard is not None and guard.is_kept_waiting(blocked):
                with self._shared.changed:
                    lease.postpone(span)

    def _climb(self, lease: Lease, now: float) -> None:
        guard = self._shared.guards.get(lease)
        share = 0.0 if guard is None else guard.climb()
        if guard is not None and share is None:
            self._abandon(lease, guard)
            guard.throw()
        wait = self._grace if share is None else self._grace * share
        with self._shared.changed:
            lease.restart_clock(now, max(wait, _SOON))
