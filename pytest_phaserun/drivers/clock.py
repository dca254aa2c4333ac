"""The dispatcher's clock of one lease, as seen from the thread that runs it."""

from __future__ import annotations

import threading
import time

from ..dispatch import Dispatcher, Lease


class LeaseClock:
    """Pauses, resumes and restarts the deadline of a lease.

    :param lock: guards the dispatcher.
    """

    def __init__(
        self, dispatcher: Dispatcher, lease: Lease, lock: threading.Condition
    ) -> None:
        self._dispatcher = dispatcher
        self._lease = lease
        self._lock = lock

    def pause(self) -> None:
        """Stop counting: the item waits for another one."""
        with self._lock:
            self._dispatcher.pause_clock(self._lease, time.monotonic())

    def resume(self) -> None:
        """Count on."""
        with self._lock:
            self._dispatcher.resume_clock(self._lease, time.monotonic())

    def restart(self) -> None:
        """Give the item its whole limit anew."""
        if self._lease.timeout is not None:
            with self._lock:
                self._dispatcher.restart_clock(self._lease, time.monotonic())
