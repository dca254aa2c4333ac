"""What the threads of a run share, and the messages they send to the main thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ..dispatch import Blocked, Dispatcher
from ..isolation.current import ItemRun
from ..isolation.stages import When
from ..record import RunRecord, Start
from ..scheduling.lease import Lease
from .ended import Ended
from .guard import LeaseGuards
from .outcome import Outcome
from .timed_out import TimedOut

#: The slot number of the main thread in records.
MAIN_SLOT = -1

#: Seconds that the main thread waits at a time: a signal that comes in the very moment
#: in which it begins to wait is not handled before the wait is over.
_LOOK = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """An item was given up.

    :ivar seconds: how long it had been in the stage.
    :ivar thread: where it hangs.
    :ivar left: names of what is not torn down.
    :ivar error: ``None`` if it was told to stop because the run ends.
    :ivar withdrawn: it came to nothing because the run ends.
    """

    lease: Lease
    slot: int
    run: ItemRun
    stage: When
    seconds: float
    error: TimedOut | None
    blocked: Sequence[Blocked]
    ended: float
    thread: threading.Thread
    left: Sequence[str]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Idle:
    """The main thread may have something to do, though no test has ended."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Lines for the terminal."""

    lines: Sequence[str]


Event = Ended | Abandoned | Idle | Notice


@dataclass(slots=True)
class Shared:
    """Owned by the driver; used by slots, watchdog and main thread.

    :ivar items: the items by their place in the graph.
    :ivar record: is told of every start under ``changed``, of the rest in the main
        thread.
    :ivar changed: guards the dispatcher, ``is_open`` and ``idle``; notified when work
        was opened.
    :ivar is_open: the window is open, so that slots may start tests.
    :ivar idle: how many slots wait for work.
    :ivar told: the numbers of leases whose tests were told to stop because the run
        ends; guarded by ``changed`` as well.
    :ivar waiting: set whenever something may have ended; of running tests that wait for
        others, guarded by ``changed`` as well.
    :ivar events: what the main thread has to hear, in order.
    :ivar confirms: failures beside others are confirmed by a second run.
    """

    items: Sequence[pytest.Item]
    dispatcher: Dispatcher
    record: RunRecord
    confirms: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)
    is_open: bool = False
    idle: int = 0
    told: set[int] = field(default_factory=set)
    waiting: list[threading.Event] = field(default_factory=list)
    guards: LeaseGuards = field(default_factory=LeaseGuards)
    events: queue.SimpleQueue[Event] = field(default_factory=queue.SimpleQueue)

    def next_event(self) -> Event:
        """Wait for what the main thread has to hear, or for a short while."""
        try:
            return self.events.get(timeout=_LOOK)
        except queue.Empty:
            return Idle()

    def next_item(self, lease: Lease) -> pytest.Item | None:
        """Return the item after a lease's in collection order.

        Hooks are told of it, though it need not run next.
        """
        place = lease.place + 1
        return self.items[place] if place < len(self.items) else None

    def end(
        self,
        lease: Lease,
        outcome: Outcome,
        *,
        provisional: bool = False,
        withdrawn: bool = False,
        abandoned: bool = False,
    ) -> Sequence[Blocked]:
        """Tell the dispatcher how a lease ended, and the slots what that opened.

        :param withdrawn: its task came to nothing, since the run was stopped.
        :param abandoned: it hangs and goes on; ``release`` is to be called at its end.
        :returns: the tasks that this blocks.
        """
        with self.changed:
            if withdrawn:
                self.dispatcher.withdraw(lease)
                self.wake_slots()
                return ()
            error, failures = outcome.error, outcome.failures
            if abandoned:
                blocked = self.dispatcher.abandon(lease, error=error, failures=failures)
            else:
                blocked = self.dispatcher.done(
                    lease,
                    outcome.status,
                    error=error,
                    failures=failures,
                    provisional=provisional,
                )
            self.wake_slots()
        return blocked

    def release(self, lease: Lease) -> None:
        """Let others have what an abandoned lease has kept; its test has ended."""
        with self.changed:
            if self.dispatcher.is_abandoned(lease):
                self.dispatcher.release(lease)
                self.wake_slots()
                # There may be work for more slots than there are.
                self.events.put(Idle())

    def stop(self, reason: str) -> None:
        """Start nothing more; the first reason stands."""
        with self.changed:
            self.dispatcher.stop(reason)
            self.wake_slots()

    def believe(self) -> list[tuple[Lease, list[Blocked]]]:
        """End the failures that are taken as real; see the dispatcher."""
        with self.changed:
            believed = self.dispatcher.believe()
            if believed:
                self.wake_slots()
        return believed

    def is_unconfirmed(self, lease: Lease) -> bool:
        """Tell whether this failure is provisional."""
        with self.changed:
            return self.dispatcher.is_unconfirmed(lease)

    def is_active(self) -> bool:
        """Tell whether anything runs or may yet start."""
        # Without the lock one could look while an end is being worked in.
        with self.changed:
            return self.dispatcher.is_active()

    def is_running(self) -> bool:
        """Tell whether anything runs."""
        with self.changed:
            return bool(self.dispatcher.running)

    def take_next(self, slot: int) -> Lease | None:
        """Start a test on a slot, if one may start; with ``changed`` held."""
        if not self.is_open:
            return None
        now = time.monotonic()
        ready = self.dispatcher.get_ready(now, 1)
        if not ready:
            return None
        self.record.note_start(Start(ready[0].place, slot, now))
        return ready[0]

    def take_alone(self) -> Lease | None:
        """Start a test in the main thread, if it is time for one.

        From then on slots start nothing until the window is open again.
        """
        with self.changed:
            now = time.monotonic()
            lease = self.dispatcher.get_exclusive(now)
            if lease is not None:
                self.is_open = False
                self.record.note_start(Start(lease.place, MAIN_SLOT, now))
        return lease

    def wake_slots(self) -> None:
        """Wake as many idle slots as can start something; with ``changed`` held.

        Tests that wait for others look again.
        """
        for each in self.waiting:
            each.set()
        if self.idle:
            if self.dispatcher.is_active():
                self.changed.notify(self.dispatcher.ready_count)
            else:
                self.changed.notify_all()
