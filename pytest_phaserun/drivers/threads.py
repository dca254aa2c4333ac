"""The default driver: tests on threads, reports in the main thread.

Says who runs what the dispatcher starts; what may start is the dispatcher's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from ..dispatch import Blocked, Dispatcher, Lease
from ..isolation import process
from ..isolation.fixtures import FixtureInstances
from ..isolation.hooks import replay
from ..isolation.setup_tree import SetupTree
from ..isolation.stages import StageHooks
from ..isolation.window import ConcurrentWindow
from ..isolation.capture_fixtures import CaptureFixtures
from ..model import Status
from ..record import RunRecord, Span
from . import emergency
from .guard import Guard
from .main_lane import MAIN_SLOT, MainLane
from .reports import TimeoutReports, report_abandoned, report_blocked, report_error
from .slots import Slot
from .state import Abandoned, Ended, Idle, Shared
from .watchdog import Watchdog


class ThreadsDriver:
    """Runs all items of a session once.

    Everything but ``_abandon`` runs in the main thread.

    :param items: in the order of the dispatcher's graph.
    :param grace: seconds between telling a test to stop and giving it up.
    """

    def __init__(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        dispatcher: Dispatcher,
        record: RunRecord,
        *,
        grace: float,
    ) -> None:
        self._session = session
        self._record = record
        self._shared = Shared(items=items, dispatcher=dispatcher)
        self._tree = SetupTree(items)
        self._instances = FixtureInstances()
        self._window = ConcurrentWindow(session)
        self._lane = MainLane(self._shared)
        self._watchdog = Watchdog(self._shared, grace, self._abandon)
        self._slots: dict[int, Slot] = {}
        self._last_ran: pytest.Item | None = None
        self._discarded = False

    @property
    def strays(self) -> Sequence[str]:
        """Output of concurrent tests that belongs to none of them."""
        return self._window.strays

    def run(self) -> None:
        """Run until nothing is left, or until something stops the run.

        :raises BaseException: what a test or hook raised to end the run.
        """
        config = self._session.config
        for plugin in (StageHooks(self._instances), TimeoutReports(), self._lane):
            config.pluginmanager.register(plugin)
        process.guard_temporary_files(config)
        self._session._setupstate = self._tree
        self._watchdog.start()
        try:
            self._loop()
        except BaseException as error:
            self._shared.dispatcher.stop(type(error).__name__)
            self._drain()
            raise
        finally:
            self._watchdog.close()
            self._window.close()
        self._teardown_idle()

    # The main thread's loop

    def _loop(self) -> None:
        shared = self._shared
        while shared.dispatcher.is_active():
            self._run_exclusive()
            self._staff_slots()
            if shared.dispatcher.is_active():
                self._handle_events()
        self._drain_events()
        self._discard_unstarted()

    def _handle_events(self) -> None:
        """Wait for one event, and take what came with it."""
        self._handle(self._shared.events.get())
        self._drain_events()

    def _drain_events(self) -> None:
        while not self._shared.events.empty():
            self._handle(self._shared.events.get())

    def _handle(self, event: Ended | Abandoned | Idle) -> None:
        if isinstance(event, Ended):
            replay(self._session, event.run)
            self._note(event.lease, event.slot, event.outcome.status, event.began)
            self._settle(event.run.item, event.blocked)
            if event.escaped is not None:
                raise event.escaped
        elif isinstance(event, Abandoned):
            assert event.run is not None
            replay(self._session, event.run)
            report_abandoned(event.run.item, event)
            began = event.ended - event.seconds
            self._note(event.lease, event.slot, Status.TIMEOUT, began)
            self._settle(event.run.item, event.blocked)

    def _settle(self, item: pytest.Item, blocked: Sequence[Blocked]) -> None:
        """See to what follows from the end of an item."""
        self._last_ran = item
        if blocked:
            index = self._shared.dispatcher.graph.index
            items = [self._shared.items[index(each.task.id)] for each in blocked]
            for each, waiting in zip(blocked, items, strict=True):
                report_blocked(waiting, each)
            self._tree.discard(items)
        self._check_stop()
        if blocked:
            self._teardown_idle()

    def _check_stop(self) -> None:
        """Do as pytest or a plugin wishes that asked for the end of the run."""
        reason = self._session.shouldfail or self._session.shouldstop
        if reason:
            with self._shared.changed:
                self._shared.dispatcher.stop(str(reason))
                self._shared.changed.notify_all()

    def _note(self, lease: Lease, slot: int, status: Status, began: float) -> None:
        ended = time.monotonic()
        self._record.add(
            Span(
                place=lease.place, slot=slot, status=status, began=began, ended=ended
            )
        )

    # Tests that run alone

    def _run_exclusive(self) -> None:
        """Run exclusive tests for as long as it is their time."""
        lease = self._next_exclusive()
        while lease is not None:
            # What happened before is reported first.
            self._drain_events()
            self._window.close()
            self._run_alone(lease)
            lease = self._next_exclusive()

    def _next_exclusive(self) -> Lease | None:
        with self._shared.changed:
            return self._shared.dispatcher.get_exclusive(time.monotonic())

    def _run_alone(self, lease: Lease) -> None:
        began = time.monotonic()
        item = self._shared.items[lease.place]
        outcome = self._lane.run_item(lease)
        with self._shared.changed:
            blocked = self._shared.dispatcher.done(
                lease, outcome.status, error=outcome.error, failures=outcome.failures
            )
            self._shared.wake_slots()
        self._note(lease, MAIN_SLOT, outcome.status, began)
        self._settle(item, blocked)

    # Slots

    def _staff_slots(self) -> None:
        """Open the window and start as many slots as there is work for."""
        with self._shared.changed:
            wanted = self._shared.dispatcher.ready_count
        if not wanted and not self._shared.dispatcher.running:
            return
        self._window.open()
        with self._shared.changed:
            self._shared.wake_slots()
        limit = min(self._shared.dispatcher.concurrency, wanted)
        for number in range(len(self._slots), limit):
            self._start_slot(number)

    def _start_slot(self, number: int) -> None:
        slot = self._slots[number] = Slot(number, self._shared, self._window)
        slot.start()
