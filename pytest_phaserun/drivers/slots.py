"""Worker threads that pull tests and run them beside one another."""

from __future__ import annotations

import threading
import time

from ..isolation.current import ItemRun
from ..isolation.stages import stage_guard
from ..isolation.window import ConcurrentWindow
from ..model import Status
from ..scheduling.lease import Lease
from .clock import LeaseClock
from .ended import Ended
from .guard import Guard
from .interrupted import came_to_nothing
from .outcome import judge
from .state import Idle, Shared


class Slot:
    """One place for a test; a daemon thread, since a hung one cannot be joined.

    :ivar number: from 0 on; a slot that replaces an abandoned one takes its number.
    """

    def __init__(self, number: int, shared: Shared, window: ConcurrentWindow) -> None:
        self.number = number
        self._shared = shared
        self._window = window
        self._run: ItemRun | None = None
        self._lease: Lease | None = None
        self._thread = threading.Thread(
            target=self._work, name=f"phaserun-slot-{number}", daemon=True
        )

    def __repr__(self) -> str:
        return f"<Slot {self.number}: {self._run or 'idle'}>"

    @property
    def thread(self) -> threading.Thread:
        """Where its tests run."""
        return self._thread

    def run_of(self, lease: Lease) -> ItemRun | None:
        """Return what runs for ``lease``, if it runs here; with ``changed`` held."""
        return self._run if self._lease is lease else None

    def start(self) -> None:
        """Begin to pull."""
        self._thread.start()

    def _work(self) -> None:
        lease = self._pull()
        while lease is not None and self._run_item(lease):
            lease = self._pull()

    def _pull(self) -> Lease | None:
        """Wait for the next lease; ``None`` when there will be none."""
        shared = self._shared
        with shared.changed:
            while shared.dispatcher.is_active():
                lease = shared.take_next(self.number)
                if lease is not None:
                    return lease
                if not shared.dispatcher.running:
                    shared.events.put(Idle())
                shared.idle += 1
                shared.changed.wait()
                shared.idle -= 1
            shared.wake_slots()
        shared.events.put(Idle())
        return None

    def _run_item(self, lease: Lease) -> bool:
        """Run one item to its end; tell whether this slot is still wanted."""
        shared = self._shared
        run = ItemRun(shared.items[lease.place], self.number)
        with shared.changed:
            self._lease, self._run = lease, run
        clock = LeaseClock(lease, shared.changed)
        run.clock = clock
        began = time.monotonic()
        escaped = None
        with shared.guards.added(
            lease, lambda: Guard(lease, clock, on_main=False)
        ) as guard:
            try:
                self._window.run(run, shared.next_item(lease), lambda: _use(guard))
            except BaseException as error:  # the main thread raises it again
                escaped = error
        return self._finish(lease, run, began, escaped)

    def _finish(
        self, lease: Lease, run: ItemRun, began: float, escaped: BaseException | None
    ) -> bool:
        shared = self._shared
        with shared.changed:
            if not shared.dispatcher.is_held(lease):
                shared.release(lease)
                return False
            run.closed = True
            if escaped is not None:
                shared.dispatcher.stop(f"{type(escaped).__name__} in {run.item.nodeid}")
            self._run = None
            withdrawn = came_to_nothing(shared, lease, run, escaped)
            outcome = judge(run.reports)
            has_failed = outcome.status is Status.FAILED and escaped is None
            may_pass = shared.confirms or run.has_lost_loop
            blocked = shared.end(
                lease,
                outcome,
                provisional=may_pass and has_failed,
                withdrawn=withdrawn,
            )
            # Before anybody else can see that nothing runs any more.
            shared.events.put(
                Ended(
                    lease=lease,
                    slot=self.number,
                    run=run,
                    outcome=outcome,
                    blocked=blocked,
                    provisional=shared.dispatcher.is_unconfirmed(lease),
                    withdrawn=withdrawn,
                    began=began,
                    ended=time.monotonic(),
                    escaped=escaped,
                )
            )
        return True


def _use(guard: Guard) -> None:
    stage_guard.set(guard)
