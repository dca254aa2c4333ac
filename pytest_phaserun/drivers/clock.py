"""The clock of one lease, as seen from the thread that runs it."""

from __future__ import annotations

import threading
import time

from ..scheduling.lease import Lease


class LeaseClock:
    """Pauses, resumes and restarts the deadline of a lease.

    :param lock: guards the dispatcher and its leases.
    """

    def __init__(self, lease: Lease, lock: threading.Condition) -> None:
        self._lease = lease
        self._lock = lock

    def pause(self) -> None:
        """Stop counting: the item waits for another one."""
        with self._lock:
            self._lease.pause_clock(time.monotonic())

    def resume(self) -> None:
        """Count on."""
        with self._lock:
            self._lease.resume_clock(time.monotonic())

    def limit(self, seconds: float | None) -> None:
        """Give the item ``seconds`` from now on; ``None`` or 0 for no limit."""
        if seconds == self._lease.timeout is None:
            return
        with self._lock:
            self._lease.timeout = seconds or None
            self._lease.restart_clock(time.monotonic())
