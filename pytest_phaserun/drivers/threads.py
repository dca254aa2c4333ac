"""The default driver: tests on threads, reports in the main thread.

Says who runs what the dispatcher starts; what may start is the dispatcher's business.
"""

from __future__ import annotations

import contextvars
import queue
import time
from collections.abc import Sequence
from math import inf

import pytest

from ..dispatch import Blocked, Dispatcher
from ..isolation import process
from ..isolation.asyncio_runners import is_runner_of
from ..isolation.changes import changes_of
from ..isolation.current import HookCall, ItemRun, enter_run
from ..isolation.fixtures import FixtureInstances
from ..isolation.hooks import replay
from ..isolation.setup_tree import SetupTree
from ..isolation.shared_loops import SharedLoop
from ..isolation.stages import StageHooks
from ..isolation.window import ConcurrentWindow
from ..lease import Lease
from ..model import Status
from ..record import Refuted, RunRecord, Span
from ..settings import Settings
from .doubts import Doubts, decide, first_word
from .emergency import end_process
from .guard import Guard
from .main_lane import MAIN_SLOT, MainLane
from .outcome import Outcome, timed_out
from .reports import TimeoutReports, report_abandoned, report_blocked, report_error
from .slots import Slot
from .state import Abandoned, Ended, Event, Idle, Shared
from .watchdog import Watchdog


class ThreadsDriver:
    """Runs all items of a session once.

    Everything runs in the main thread but ``_abandon``, with what it calls, and
    ``_expire``: these run in the watchdog's.

    :param items: in the order of the dispatcher's graph.
    """

    def __init__(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        dispatcher: Dispatcher,
        record: RunRecord,
        settings: Settings,
    ) -> None:
        self._session = session
        self._record = record
        self._grace = settings.grace
        self._strict = settings.strict
        confirms = settings.confirm and dispatcher.concurrency > 1
        self._shared = Shared(items=items, dispatcher=dispatcher, confirms=confirms)
        self._doubts = Doubts()
        self._tree = SetupTree(items, confirms=confirms)
        self._instances = FixtureInstances(items)
        self._window = ConcurrentWindow(session, record.strays, self._forget_loop)
        self._lane = MainLane(self._shared)
        self._limit = settings.deadline
        self._expired: str | None = None
        self._slots: dict[int, Slot] = {}
        self._last_ran: pytest.Item | None = None
        self._escaped: BaseException | None = None

    def run(self) -> None:
        """Run until nothing is left, or until something stops the run.

        :raises BaseException: what a test or hook raised to end the run.
        """
        self._record.began = time.monotonic()
        config = self._session.config
        stages = StageHooks(
            self._tree,
            self._instances,
            confirms=self._shared.confirms,
            strict=self._strict,
        )
        for plugin in (stages, TimeoutReports(), self._lane):
            config.pluginmanager.register(plugin)
        process.guard_shared_files(config)
        self._tree.install(self._session)
        deadline = self._record.began + self._limit if self._limit else inf
        watchdog = Watchdog(
            self._shared,
            self._window.loops,
            self._grace,
            self._abandon,
            deadline,
            self._expire,
        )
        watchdog.start()
        self._window.begin()
        try:
            self._loop()
            self._discard_unstarted()
            if self._expired is not None:
                self._session.shouldfail = self._expired
        except BaseException as error:
            self._stop(type(error).__name__)
            self._wind_down()
            self._believe()
            for run in self._give_all():
                replay(self._session, run.item, run.shipped)
            raise
        finally:
            watchdog.close()
            self._window.finish()
            self._close_record()

    def _close_record(self) -> None:
        self._record.ended = time.monotonic()
        with self._shared.changed:
            self._record.not_run = len(self._shared.dispatcher.get_unstarted())

    # The main thread's loop

    def _loop(self) -> None:
        while self._shared.is_active():
            self._run_exclusive()
            self._staff_slots()
            if self._shared.is_active():
                self._handle(self._shared.events.get())
                self._handle_waiting()
        self._handle_waiting()
        self._believe()

    def _handle_waiting(self) -> None:
        while not self._shared.events.empty():
            self._handle(self._shared.events.get())

    def _handle(self, event: Event) -> None:
        if isinstance(event, Ended):
            status = event.outcome.status
            self._note(event.lease, event.slot, status, event.began, event.ended)
            if changed := changes_of(event.run):
                self._record.changed[event.lease.place] = changed
            if event.provisional:
                self._doubts.add(event)
            else:
                self._report(event.run.item, event.run.shipped, event.blocked)
            if event.escaped is not None and self._escaped is None:
                self._escaped = event.escaped
                raise event.escaped
        elif isinstance(event, Abandoned):
            replay(self._session, event.run.item, event.run.shipped)
            report_abandoned(event.run.item, event)
            began = event.ended - event.seconds
            self._note(event.lease, event.slot, Status.TIMEOUT, began, event.ended)
            self._settle(event.run.item, event.blocked)
            self._teardown_idle()

    def _report(
        self, item: pytest.Item, calls: Sequence[HookCall], blocked: Sequence[Blocked]
    ) -> None:
        replay(self._session, item, calls)
        self._settle(item, blocked)

    def _settle(self, item: pytest.Item, blocked: Sequence[Blocked]) -> None:
        """See to what follows from the end of an item."""
        self._last_ran = item
        index = self._shared.dispatcher.graph.index
        items = [self._shared.items[index(each.task.id)] for each in blocked]
        for each, waiting in zip(blocked, items, strict=True):
            report_blocked(waiting, each)
        if items or self._tree.is_held(item):
            self._tree.discard([item, *items])
            self._teardown_idle()
        if self._session.shouldfail or self._session.shouldstop:
            self._stop(str(self._session.shouldfail or self._session.shouldstop))

    def _note(
        self, lease: Lease, slot: int, status: Status, began: float, ended: float
    ) -> None:
        self._record.spans.append(
            Span(place=lease.place, slot=slot, status=status, began=began, ended=ended)
        )

    # Ends

    def _stop(self, reason: str) -> None:
        with self._shared.changed:
            self._shared.dispatcher.stop(reason)
            self._shared.wake_slots()

    def _discard_unstarted(self) -> None:
        """Take down what only tests would have needed that never started."""
        left = self._shared.dispatcher.get_unstarted()
        index = self._shared.dispatcher.graph.index
        self._tree.discard([self._shared.items[index(task.id)] for task in left])
        self._teardown_idle()

    def _wind_down(self) -> None:
        """After an interrupt: give what runs the grace, and report what ends."""
        give_up = time.monotonic() + self._grace
        while self._shared.is_running():
            try:
                event = self._shared.events.get(
                    timeout=max(0.0, give_up - time.monotonic())
                )
            except queue.Empty:
                return
            self._handle(event)
        self._handle_waiting()

    def _teardown_idle(self) -> None:
        """Take down what no test needs any more and no test was there to take down.

        Its errors become one more report of the test that ended last.
        """
        item = self._last_ran
        if item is None:
            return
        run = ItemRun(item)

        def tear_down() -> None:
            enter_run(run)
            self._tree.teardown_idle()

        try:
            contextvars.copy_context().run(tear_down)
        except (Exception, pytest.fail.Exception) as error:
            run.closed = True
            report = report_error(item, "teardown", error)
            item.ihook.pytest_runtest_logreport(report=report)
        run.closed = True

    # Tests that run alone

    def _run_exclusive(self) -> None:
        """Run exclusive tests for as long as it is their time."""
        while (lease := self._shared.take_alone()) is not None:
            # What happened before is reported first.
            self._handle_waiting()
            self._window.close()
            if lease.confirms is None:
                self._run_alone(lease)
            else:
                self._run_again(lease, self._doubts.take(lease.confirms))
                self._believe()

    def _run_alone(self, lease: Lease) -> None:
        began = time.monotonic()
        outcome = Outcome(status=Status.FAILED, error="interrupted")
        try:
            outcome = self._lane.run_item(lease)
        finally:
            blocked = self._shared.end(lease, outcome)
        self._note(lease, MAIN_SLOT, outcome.status, began, time.monotonic())
        self._settle(self._shared.items[lease.place], blocked)

    def _run_again(self, lease: Lease, failed: Ended) -> None:
        """Confirm a failure: run the test once more and report the run that counts."""
        began = time.monotonic()
        item = failed.run.item
        self._tree.release(item)
        # Stands if the second run is interrupted.
        verdict = first_word(failed)
        try:
            calls = self._lane.run_again(lease, failed.run)
            verdict = decide(failed, calls, strict=self._strict)
        finally:
            blocked = self._shared.end(lease, verdict.outcome)
            self._report(item, verdict.calls, blocked)
        if verdict.refuted is not None:
            refuted = Refuted(
                place=lease.place, failure=verdict.refuted, counts=self._strict
            )
            self._record.refuted.append(refuted)
        status = verdict.outcome.status
        self._note(lease, MAIN_SLOT, status, began, time.monotonic())

    def _believe(self) -> None:
        """Report the failures that are taken as real without a confirmation."""
        for lease, blocked in self._shared.believe():
            failed = self._doubts.take(lease)
            self._record.unconfirmed += 1
            self._report(failed.run.item, failed.run.shipped, blocked)

    # Slots

    def _staff_slots(self) -> None:
        """Open the window and start as many slots as there is work for."""
        shared = self._shared
        with shared.changed:
            ready = shared.dispatcher.ready_count
            wanted = ready + len(shared.dispatcher.running)
        if not ready:
            return
        self._window.open()
        with shared.changed:
            shared.is_open = True
            shared.wake_slots()
        for number in range(len(self._slots), wanted):
            self._start_slot(number)

    def _start_slot(self, number: int) -> None:
        slot = self._slots[number] = Slot(number, self._shared, self._window)
        slot.start()

    def _find_slot(self, lease: Lease) -> tuple[Slot | None, ItemRun | None]:
        for slot in list(self._slots.values()):
            run = slot.run_of(lease)
            if run is not None:
                return slot, run
        return None, None

    def _abandon(self, lease: Lease, guard: Guard) -> None:
        """Give up a test that does not stop; in the watchdog's thread.

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
                run.closed = run.abandoned = True
                # Before anything starts that would see it.
                self._window.give_up(run)
                self._tree.abandon(item)
                abandoned = Abandoned(
                    lease=lease,
                    slot=slot.number,
                    run=run,
                    stage=stage,
                    seconds=seconds,
                    error=error,
                    blocked=shared.end(lease, timed_out(error.limit)),
                    ended=time.monotonic(),
                )
                # Before anybody else can see that nothing runs any more.
                shared.events.put(abandoned)
        if slot is None:
            end_process(self._session, item, stage, error, seconds, self._give_all)
        else:
            self._break_gates(item, guard)
            self._start_slot(slot.number)

    def _forget_loop(self, loop: SharedLoop, culprit: int | None) -> None:
        """Let tests to come find a fresh loop; in the watchdog's thread."""
        lost = self._instances.forget(lambda value: is_runner_of(value, loop), culprit)
        self._record.left_up.extend(lost)

    def _expire(self) -> None:
        """End the run at its deadline; in the watchdog's thread."""
        self._expired = f"the deadline of the run, {self._limit:g} s, has come"
        shared = self._shared
        with shared.changed:
            shared.dispatcher.stop(self._expired)
            shared.guards.expire(self._expired, self._grace)
            for lease in shared.dispatcher.running:
                lease.restart_clock(time.monotonic(), 0.0)
            shared.wake_slots()
        shared.events.put(Idle())

    def _give_all(self) -> list[ItemRun]:
        """Return the tests that have ended and are not reported, at the very end."""
        self._close_record()
        return [failed.run for failed in self._doubts.take_all()]

    def _break_gates(self, item: pytest.Item, guard: Guard) -> None:
        """Turn away who waits for what a test was making that was given up.

        Never with ``changed`` held: those who wait take it inside their gate.
        """
        reason = f"{item.nodeid} hung in it and was given up"
        self._tree.break_gates(guard.thread, reason)
        self._instances.break_gates(guard.thread, reason)
