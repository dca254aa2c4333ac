"""What the watchdog does to the tests and to the run, in its own thread.

When it does so is its own business; see ``watchdog``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import pytest

from ..isolation.current import ItemRun
from ..isolation.fixtures import FixtureInstances
from ..isolation.guarding import describe_hang
from ..isolation.left_up import find_left_up
from ..isolation.main_thread import is_command_line
from ..isolation.setup_tree import SetupTree
from ..isolation.window import ConcurrentWindow
from ..scheduling.lease import Lease
from .emergency import end_process
from .guard import LEAST, Guard
from .interrupted import came_to_nothing
from .outcome import judge, timed_out
from .requests import Requests
from .slots import Slot
from .state import Abandoned, Idle, Shared
from .timed_out import TimedOut


class Stopping:
    """Owned by the driver, which alone changes the slots; the watchdog alone calls.

    :param slots: all there are, by number.
    :param start_slot: puts a new one in the place of one that hangs.
    :param take_kept: returns the tests that have ended and are not reported yet.
    :ivar expired: why the run ends at its deadline, once that has come.
    """

    def __init__(
        self,
        session: pytest.Session,
        shared: Shared,
        requests: Requests,
        tree: SetupTree,
        instances: FixtureInstances,
        window: ConcurrentWindow,
        slots: Mapping[int, Slot],
        start_slot: Callable[[int], None],
        take_kept: Callable[[], Iterable[ItemRun]],
        grace: float,
    ) -> None:
        self._session = session
        self._shared = shared
        self._requests = requests
        self._tree = tree
        self._instances = instances
        self._window = window
        self._slots = slots
        self._start_slot = start_slot
        self._take_kept = take_kept
        self._grace = grace
        self._is_insisting = False
        self.expired: str | None = None

    def abandon(self, lease: Lease, guard: Guard) -> None:
        """Give up a test that does not stop.

        It may live on in one case: in the main thread of a program not our own.
        """
        hang = guard.abandon()
        if hang is None:
            return
        stage, seconds = hang
        error = guard.timed_out(stage, abandoned=True)
        shared = self._shared
        item = shared.items[lease.place]
        with shared.changed:
            if not shared.dispatcher.is_held(lease):
                return
            slot, run = self._find_slot(lease)
            if slot is not None and run is not None:
                left = find_left_up(run, self._instances)
                run.closed = run.abandoned = True
                # Before anything starts that would see it.
                self._window.give_up(run)
                self._tree.abandon(item)
                was_told = lease.number in shared.told
                withdrawn = came_to_nothing(shared, lease, run)
                outcome = judge(run.reports) if was_told else timed_out(error.limit)
                abandoned = Abandoned(
                    lease=lease,
                    slot=slot.number,
                    run=run,
                    stage=stage,
                    seconds=seconds,
                    error=None if was_told else error,
                    blocked=shared.end(
                        lease, outcome, withdrawn=withdrawn, abandoned=not was_told
                    ),
                    ended=time.monotonic(),
                    thread=slot.thread,
                    left=left,
                    withdrawn=withdrawn,
                )
                # Before anybody else can see that nothing runs any more.
                shared.events.put(abandoned)
        if slot is None:
            end_process(self._session, item, stage, error, seconds, self._take_kept)
        else:
            self._break_gates(item, guard)
            self._start_slot(slot.number)

    def expire(self, limit: float) -> None:
        """End the run at its deadline."""
        self.expired = f"the deadline of the run, {limit:g} s, has come"
        self._shared.stop(self.expired)
        self._time_out_running(self.expired)
        self._shared.events.put(Idle())

    def lose_main(self, item: pytest.Item, error: TimedOut, seconds: float) -> None:
        """End the run, since the main thread hangs in a teardown after ``item``.

        What runs may end by itself for as long as the grace.
        """
        if not is_command_line():
            return
        shared = self._shared
        self._requests.is_ending = True
        shared.stop("the main thread hangs")
        give_up = time.monotonic() + self._grace
        with shared.changed:
            while shared.dispatcher.running and time.monotonic() < give_up:
                shared.changed.wait(LEAST)
        end_process(self._session, item, "teardown", error, seconds, self._take_kept)

    def insist(self) -> None:
        """See to it that a test in the main thread stops that eats the interrupt."""
        if not self._is_insisting and self._requests.is_ignored(self._grace):
            self._is_insisting = True
            self._time_out_running("the run was interrupted")

    def _time_out_running(self, reason: str) -> None:
        with self._shared.changed:
            self._shared.guards.expire(reason, self._grace)
            for lease in self._shared.dispatcher.running:
                lease.restart_clock(time.monotonic(), 0.0)

    def _find_slot(self, lease: Lease) -> tuple[Slot | None, ItemRun | None]:
        for slot in list(self._slots.values()):
            run = slot.run_of(lease)
            if run is not None:
                return slot, run
        return None, None

    def _break_gates(self, item: pytest.Item, guard: Guard) -> None:
        """Turn away who waits for what a test was making that was given up.

        Never with ``changed`` held: those who wait take it inside their gate.
        """
        reason = describe_hang(item.nodeid, guard.stack, given_up=True)
        self._tree.break_gates(guard.thread, reason)
        self._instances.break_gates(guard.thread, reason)
