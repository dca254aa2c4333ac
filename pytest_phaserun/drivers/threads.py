"""The default driver: tests on threads, reports in the main thread.

Says who runs what the dispatcher starts; what may start is the dispatcher's business.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf

import pytest

from ..dispatch import Blocked, Dispatcher
from ..isolation import process
from ..isolation.changes import changes_of
from ..isolation.current import HookCall, ItemRun
from ..isolation.fixtures import FixtureInstances
from ..isolation.hooks import replay
from ..isolation.junit import JUnitTypes
from ..isolation.setup_tree import SetupTree
from ..isolation.stages import StageHooks
from ..isolation.window import ConcurrentWindow
from ..model import Status
from ..record import Refuted, RunRecord, Span
from ..scheduling.lease import Lease
from ..settings import Settings, find_notice_limit
from .blocked import BlockedReports
from .debugging import Debugging
from .doubts import Doubts, decide, first_word
from .ended import Ended
from .ending import Ending, give_up_running
from .hung import HungTests, report_abandoned
from .keys import Keys
from .late_teardown import LateTeardown
from .main_lane import MainLane
from .notices import open_notices
from .outcome import TIMEOUT_ATTRIBUTE
from .reports import TimeoutReports
from .requests import Requests
from .running import describe_running
from .signals import Signals
from .slots import Slot
from .slow import SlowTests
from .state import MAIN_SLOT, Abandoned, Event, Idle, Notice, Shared
from .stopping import Stopping
from .waiting import wait_for
from .watchdog import Watchdog

#: Seconds after which the watchdog answers a question, since the main thread does not.
PATIENCE = 0.2


class ThreadsDriver:
    """Runs all items of a session once.

    Everything runs in the main thread but ``_attend`` and ``_give_all``, which the
    watchdog's thread may call.

    :param items: in the order of the dispatcher's graph.
    :param has_debugger: one was there from the start.
    :ivar wait_for: lets a running test wait for another; see ``waiting``.
    """

    def __init__(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        dispatcher: Dispatcher,
        record: RunRecord,
        settings: Settings,
        *,
        has_debugger: bool = False,
    ) -> None:
        self._session = session
        self._record = record
        self._settings = settings
        confirms = settings.confirm and dispatcher.concurrency > 1
        self._shared = Shared(items, dispatcher, record, confirms=confirms)
        self.wait_for = functools.partial(wait_for, self._shared)
        self._doubts = Doubts()
        self._tree = SetupTree(items, confirms=confirms)
        self._instances = FixtureInstances(items)
        self._window = ConcurrentWindow(
            session, self._instances, record.strays, record.left_up
        )
        self._teardown = LateTeardown(
            self._shared, self._tree, settings, lambda *a: self._stopping.lose_main(*a)
        )
        wake = functools.partial(self._shared.events.put, Idle())
        self._requests = Requests(wake, lambda: self._lane.is_busy)
        self._signals = Signals(self._requests)
        self._lane = MainLane(self._shared, self._signals)
        self._debugging = Debugging(self._shared, self._requests, always=has_debugger)
        self._slow = SlowTests(
            self._shared,
            find_notice_limit(session.config, settings),
            lambda: self._lane.is_busy,
            lambda lines: self._notices.write(lines),
        )
        self._hung = HungTests(record)
        self._blocked = BlockedReports(record, are_failures=settings.fails_blocked)
        self._slots: dict[int, Slot] = {}
        self._stopping = Stopping(
            session,
            self._shared,
            self._requests,
            self._tree,
            self._instances,
            self._window,
            self._slots,
            self._start_slot,
            self._give_all,
            settings.grace,
        )
        self._escaped: BaseException | None = None

    def run(self) -> None:
        """Run until nothing is left, or until something stops the run.

        :raises BaseException: what a test or hook raised to end the run, or a signal.
        """
        self._record.began = time.monotonic()
        self._register_hooks()
        process.guard_shared_files(self._session.config)
        self._tree.install(self._session)
        try:
            with (
                open_notices(self._session.config) as self._notices,
                self._signals.installed(),
                self._watched(),
            ):
                self._run()
        finally:
            self._window.finish()
            self._close_record()

    @property
    def patience(self) -> float:
        """Seconds that what the tests have left may take to end by itself."""
        return 0.0 if self._requests.at_once else self._settings.grace

    def _register_hooks(self) -> None:
        stages = StageHooks(
            self._tree,
            self._instances,
            confirms=self._shared.confirms,
            strict=self._settings.strict,
        )
        types = JUnitTypes(self._session.config, TIMEOUT_ATTRIBUTE)
        for plugin in (stages, TimeoutReports(), self._lane, self._debugging, types):
            self._session.config.pluginmanager.register(plugin)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Keep the limits, and answer what is asked from outside."""
        limit = self._settings.deadline
        watchdog = Watchdog(
            self._shared,
            self._window.loops,
            self._settings.grace,
            self._stopping.abandon,
            self._record.began + limit if limit else inf,
            lambda: self._stopping.expire(limit),
            self._attend,
        )
        keys = Keys(self._requests.ask, lambda: self._debugging.is_prompting)
        watchdog.start()
        if self._settings.interactive:
            keys.start()
        try:
            yield
        finally:
            keys.close()
            watchdog.close()

    def _run(self) -> None:
        self._window.begin()
        try:
            self._loop()
            self._teardown.discard_unstarted()
            if self._stopping.expired is not None:
                self._session.shouldfail = self._stopping.expired
        except BaseException as error:
            self._wind_down(error)
            self._believe()
            for run in self._give_all():
                replay(self._session, run.item, run.shipped)
            raise

    def _wind_down(self, error: BaseException) -> None:
        ending = Ending(
            self._shared,
            self._requests,
            self._teardown,
            self._record,
            self._notices,
            self._slots,
            self._settings.grace,
            self._handle,
        )
        gently = error is self._escaped or not isinstance(error, KeyboardInterrupt)
        ending.wind_down(self._session, self._window, error, gently=gently)

    def _close_record(self) -> None:
        self._record.ended = time.monotonic()
        self._record.slow = self._slow.count
        with self._shared.changed:
            self._hung.close(self._shared.dispatcher.overruled)
            unstarted = len(self._shared.dispatcher.get_unstarted())
        self._record.not_run = unstarted - len(self._record.interrupted)

    # The main thread's loop

    def _loop(self) -> None:
        while self._shared.is_active():
            self._requests.raise_interrupt()
            self._run_exclusive()
            self._staff_slots()
            if self._shared.is_active():
                self._handle(self._shared.next_event())
                self._handle_waiting()
        self._handle_waiting()
        self._requests.raise_interrupt()
        self._believe()

    def _handle_waiting(self) -> None:
        while not self._shared.events.empty():
            self._handle(self._shared.events.get())

    def _handle(self, event: Event) -> None:
        self._hung.note(event)
        if isinstance(event, Ended):
            if event.withdrawn:
                self._note_interrupted(event.lease)
            else:
                status = event.outcome.status
                self._note(event.lease, event.slot, status, event.began, event.ended)
            if changed := changes_of(event.run):
                self._record.changed[event.lease.place] = changed
            if event.provisional:
                self._doubts.add(event)
            else:
                self._report(event.run.item, event.run.shipped, event.blocked)
            is_first = self._escaped is None and not self._requests.is_ending
            if event.escaped is not None and is_first:
                self._escaped = event.escaped
                raise event.escaped
        elif isinstance(event, Abandoned) and event.withdrawn:
            self._note_interrupted(event.lease)
            self._report(event.run.item, event.run.shipped, event.blocked)
        elif isinstance(event, Abandoned):
            replay(self._session, event.run.item, event.run.shipped)
            report_abandoned(event.run.item, event)
            began = event.ended - event.seconds
            self._note(event.lease, event.slot, Status.TIMEOUT, began, event.ended)
            self._settle(event.run.item, event.blocked)
            self._teardown.take_down_idle()
        elif isinstance(event, Notice):
            self._notices.write(event.lines)
        elif self._requests.take_question():
            self._notices.write(describe_running(self._shared))

    def _report(
        self, item: pytest.Item, calls: Sequence[HookCall], blocked: Sequence[Blocked]
    ) -> None:
        replay(self._session, item, calls)
        self._settle(item, blocked)

    def _settle(self, item: pytest.Item, blocked: Sequence[Blocked]) -> None:
        """See to what follows from the end of an item."""
        self._teardown.last_ran = item
        index = self._shared.dispatcher.graph.index
        items = [self._shared.items[index(each.task.id)] for each in blocked]
        self._blocked.report(items, blocked)
        if items or self._tree.keeps_up(item):
            self._tree.discard([item, *items])
            self._teardown.take_down_idle()
        if reason := self._session.shouldfail or self._session.shouldstop:
            self._shared.stop(str(reason))

    def _note(
        self, lease: Lease, slot: int, status: Status, began: float, ended: float
    ) -> None:
        self._record.note_end(Span(lease.place, slot, status, began, ended))

    def _note_interrupted(self, lease: Lease) -> None:
        self._record.note_interrupted(lease.place)
        self._teardown.last_ran = self._shared.items[lease.place]

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
        try:
            outcome = self._lane.run_item(lease)
        except BaseException as error:
            self._end_interrupted(lease, error)
            raise
        blocked = self._shared.end(lease, outcome)
        self._note(lease, MAIN_SLOT, outcome.status, began, time.monotonic())
        self._settle(self._shared.items[lease.place], blocked)

    def _end_interrupted(self, lease: Lease, error: BaseException) -> None:
        """End what runs alone and has ended the run."""
        self._shared.stop(type(error).__name__)
        withdrawn = not self._lane.has_ended
        blocked = self._shared.end(lease, self._lane.outcome, withdrawn=withdrawn)
        if withdrawn:
            self._note_interrupted(lease)
        if blocked:  # otherwise what it has up goes down at the end of the run
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
            verdict = decide(failed, calls, strict=self._settings.strict)
        finally:
            blocked = self._shared.end(lease, verdict.outcome)
            self._report(item, verdict.calls, blocked)
        if verdict.refuted is not None:
            refuted = Refuted(
                place=lease.place, failure=verdict.refuted, counts=self._settings.strict
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

    # In the watchdog's thread

    def _attend(self) -> float | None:
        """Do what the main thread cannot while it is busy.

        :returns: see ``Debugging.attend``.
        """
        if self._requests.take_question(PATIENCE):
            self._notices.write(describe_running(self._shared))
        self._stopping.insist()
        held = self._debugging.attend()
        if held is not None:
            self._slow.look(held)
            self._teardown.hurry()
        return held

    def _give_all(self) -> list[ItemRun]:
        """Return the tests that have ended and are not reported, at the very end."""
        self._handle_waiting()
        if self._teardown.is_lost:
            give_up_running(self._shared, self._slots, self._record)
        self._close_record()
        return [each.run for each in self._doubts.take_all(self._shared.is_unconfirmed)]
