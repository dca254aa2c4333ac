"""How a run ends that was interrupted: in order, and in a few seconds.

Says what becomes of what runs; the watchdog stops it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest

from ..isolation.main_thread import forget_setup
from ..isolation.window import ConcurrentWindow
from ..record import RunRecord
from .guard import LEAST
from .late_teardown import LateTeardown
from .notices import Notices, describe_stopping
from .requests import Requests
from .slots import Slot
from .state import Event, Shared


class Ending:
    """Owned by the driver; used once, by the main thread alone.

    A test gets the grace to stop, and the grace again for its teardown; what takes
    longer is given up. Whoever asks a second time waits for nothing of this.

    :param handle: deals with an event, as ever.
    """

    def __init__(
        self,
        shared: Shared,
        requests: Requests,
        teardown: LateTeardown,
        record: RunRecord,
        notices: Notices,
        slots: Mapping[int, Slot],
        grace: float,
        handle: Callable[[Event], None],
    ) -> None:
        self._shared = shared
        self._requests = requests
        self._teardown = teardown
        self._record = record
        self._notices = notices
        self._slots = slots
        self._grace = grace
        self._handle = handle

    def wind_down(
        self,
        session: pytest.Session,
        window: ConcurrentWindow,
        error: BaseException,
        *,
        gently: bool,
    ) -> None:
        """Bring everything to an end that runs, and take everything down.

        :param gently: what runs may first end by itself, for as long as the grace.
        """
        requests = self._requests
        try:
            requests.is_ending = True
            if isinstance(error, KeyboardInterrupt) and not gently:
                # Where a test runs in the main thread, Python itself has raised it.
                requests.interrupted = error
            self._shared.stop(type(error).__name__)
            self._teardown.limit = self._grace or LEAST
            self._teardown.is_interrupted = True
            if not requests.at_once:
                self._end_running(gently=gently)
                window.finish()
                self._teardown.take_everything_down()
        except KeyboardInterrupt:
            requests.at_once = True
        if requests.at_once:
            window.finish()
            # Its end would take down what is up, without any limit.
            forget_setup(session)
        self._hear_waiting()
        give_up_running(self._shared, self._slots, self._record)

    def _end_running(self, *, gently: bool) -> None:
        if gently:
            self._hear(self._grace, lambda: self._requests.interrupted is None)
        if self._tell_to_stop():
            # For setup or call, for the teardown, and once more to give it up.
            self._hear(4 * self._grace + 1)

    def _hear(self, seconds: float, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Deal with what ends until nothing runs, for some time at most."""
        give_up = time.monotonic() + seconds
        while self._shared.is_running() and goes_on():
            if time.monotonic() >= give_up:
                break
            self._handle(self._shared.next_event())
        self._hear_waiting()

    def _hear_waiting(self) -> None:
        while not self._shared.events.empty():
            self._handle(self._shared.events.get())

    def _tell_to_stop(self) -> bool:
        """Let the watchdog stop what runs; tell whether anything does."""
        shared, now = self._shared, time.monotonic()
        with shared.changed:
            running = shared.dispatcher.running
            shared.told.update(lease.number for lease in running)
            shared.guards.expire("the run was interrupted", self._grace)
            for lease in running:
                guard = shared.guards.get(lease)
                position = None if guard is None else guard.position
                is_down = position is not None and position[0] == "teardown"
                lease.restart_clock(now, self._grace if is_down else 0.0)
        if running:
            self._notices.write([describe_stopping(len(running), self._grace)])
        return bool(running)


def give_up_running(
    shared: Shared, slots: Mapping[int, Slot], record: RunRecord
) -> None:
    """Let go of what still runs when the run ends: it has come to nothing."""
    with shared.changed:
        for lease in shared.dispatcher.running:
            for slot in slots.values():
                if run := slot.run_of(lease):
                    run.closed = run.abandoned = True
            shared.dispatcher.withdraw(lease)
            record.note_interrupted(lease.place)
