"""Tests in processes forked after collection: for tests that compute, hang or crash.

Says when processes begin and end; what they run is the controller's business.
"""

from __future__ import annotations

import selectors
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf

import pytest

from ..dispatch import Dispatcher
from ..isolation.fixtures import FixtureInstances
from ..isolation.forked import prepare
from ..isolation.junit import JUnitTypes
from ..isolation.measured import Measurements
from ..isolation.setup_tree import SetupTree
from ..isolation.stages import StageHooks
from ..model import Status
from ..parsers import count_cores
from ..record import RunRecord
from ..scheduling.waits import Refusal
from ..settings import Settings
from .notices import describe_stopping, open_notices
from .outcome import TIMEOUT_ATTRIBUTE
from .reports import TimeoutReports
from .requests import Requests
from .signals import Signals
from .workers.ahead import AheadOrders
from .workers.alarm import Alarm
from .workers.controller import Controller
from .workers.desk import Desk
from .workers.fork import Fork
from .workers.frozen import FrozenMemory
from .workers.limits import RunLimits
from .workers.losses import Loss, find_crash, hung_at_end
from .workers.messages import Answer, Done, Message, Order
from .workers.policy import find_obstacle
from .workers.process import make_worker
from .workers.staff import Staff
from .workers.worker import Worker


class ProcessesDriver:
    """Runs all items of a session once; in the main thread, and starts no other.

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
        self._items = items
        self._dispatcher = dispatcher
        self._record = record
        self._settings = settings
        self._controller = Controller(session, items, dispatcher, record, settings)
        # Each fork has a copy of its own, in which nothing is set up yet.
        self._tree = SetupTree(items)
        self._run_id = uuid.uuid4().hex
        self._measured = Measurements()
        self._is_short = False
        self._worker: Worker | None = None
        self._limits = RunLimits(
            session, self._controller, dispatcher, record, settings
        )
        self._forks: dict[int, Fork] = {}
        self._staff = Staff(count_cores())
        self._is_held_back = False
        self._ahead = AheadOrders(
            self._controller, dispatcher, self._limits, self._forks
        )
        self._selector = selectors.DefaultSelector()
        self._alarm = Alarm()
        self._requests = Requests(self._alarm.ring, lambda: False)

    def wait_for(self, item: pytest.Item, place: int) -> Status | Refusal:
        """Wait for another test; in a worker, whose test is ``item``."""
        if self._worker is None:
            return Refusal(reason="no test runs here")
        return self._worker.wait_for(place)

    def run(self) -> None:
        """Run until nothing is left, or until something stops the run.

        :raises BaseException: what a test or hook raised to end the run, or a signal.
        """
        self._limits.begin()
        self._register_hooks()
        self._tree.install(self._session)
        prepare(self._session.config)
        self._selector.register(self._alarm, selectors.EVENT_READ)
        try:
            with (
                open_notices(self._session.config) as self._notices,
                Signals(self._requests).installed(),
                FrozenMemory(),
            ):
                self._run()
        finally:
            self._close()

    def _register_hooks(self) -> None:
        config = self._session.config
        stages = StageHooks(
            self._tree, FixtureInstances(self._items), confirms=False, strict=False
        )
        types = JUnitTypes(config, TIMEOUT_ATTRIBUTE)
        for plugin in (stages, TimeoutReports(), types):
            config.pluginmanager.register(plugin)

    def _run(self) -> None:
        try:
            self._loop()
        except BaseException as error:
            self._wind_down(error)
            raise
        finally:
            self._retire()

    def _loop(self) -> None:
        while self._dispatcher.is_active():
            self._requests.raise_interrupt()
            self._give_orders()
            # Workers are busy by now, and need not wait for that.
            self._controller.report()
            self._controller.raise_escape()
            if self._dispatcher.is_active():
                # To report may have stopped the run.
                self._ahead.settle()
                self._listen(self._find_patience())
                self._look_at_clocks()
                self._controller.believe()
        self._controller.believe()
        self._controller.report()
        self._requests.raise_interrupt()
        self._controller.raise_escape()
        if self._limits.expired is not None:
            self._session.shouldfail = self._limits.expired

    # Orders

    def _give_orders(self) -> None:
        """Let workers begin what may run."""
        self._ahead.settle()
        for slot, answer in self._controller.questions.answer():
            self._forks[slot].send(answer)
        self._give_shared()
        slot = min(self._forks or [0])
        if not self._dispatcher.running and self._is_there(slot):
            self._order(self._controller.next_alone(slot))
        self._ahead.give()

    def _give_shared(self) -> None:
        """Let idle workers begin what may run beside others."""
        desks = self._controller.desks
        waiting = len(self._controller.questions)
        slots = range(self._dispatcher.concurrency + waiting)
        self._is_held_back = False
        # One that was there while a test waited may have tests that are bound to it.
        for slot in sorted({*slots, *desks}):
            is_idle = slot not in desks or desks[slot].lease is None
            if is_idle and self._ahead.has_for(slot):
                if not self._is_worth_it(slot, waiting):
                    self._is_held_back = True
                elif self._is_there(slot):
                    self._order(self._ahead.next_order(slot))

    def _order(self, given: tuple[int, Order] | None) -> None:
        if given is None:
            return
        slot, order = given
        if slot not in self._forks:
            self._start(slot)
        self._forks[slot].send(order)

    def _is_worth_it(self, slot: int, waiting: int) -> bool:
        """Tell whether there is a worker of that number, or should be one."""
        if slot in self._forks or self._is_held_back:
            return slot in self._forks
        number = len(self._find_busy()) - waiting
        return self._staff.lacks(number, time.monotonic())

    def _is_there(self, slot: int) -> bool:
        """Tell whether there is a worker of that number, or can be one."""
        if slot in self._forks or (obstacle := find_obstacle()) is None:
            return True
        self._dispatcher.unbind(slot)
        problem = f"no process can be started any more: {obstacle}"
        if not self._forks and not self._dispatcher.stopped:
            self._session.shouldfail = problem
            self._dispatcher.stop(problem)
        elif not self._is_short:
            self._is_short = True
            self._notices.write([f"phaserun: {problem}"])
        return False

    def _start(self, slot: int) -> None:
        others = [fd for fork in self._forks.values() for fd in fork.descriptors]

        def work(
            fork: Fork,
            orders: Iterator[Order | Answer],
            send: Callable[[Message], bool],
        ) -> None:
            self._worker = make_worker(
                self._session,
                self._items,
                self._tree,
                slot,
                self._dispatcher.concurrency,
                self._run_id,
                fork,
                orders,
                send,
            )
            self._measured.start()
            self._worker.work(self._measured)
            hook = self._session.config.hook
            hook.pytest_phaserun_worker_stopping(config=self._session.config, slot=slot)

        fork = self._forks[slot] = Fork(work, [*others, *self._alarm.descriptors])
        for descriptor in fork.watched:
            self._selector.register(descriptor, selectors.EVENT_READ, slot)

    # What workers say

    def _listen(self, timeout: float | None) -> None:
        """Wait until workers say something, and deal with it."""
        if self._record.look is not None:
            again = self._record.look()
            timeout = again if timeout is None else min(timeout, again)
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                self._alarm.stop()
                if self._requests.take_question():
                    self._notices.write(self._describe())
            elif (fork := self._forks.get(key.data)) is not None:
                has_ended = fork.has_ended()
                self._hear(key.data, fork.receive())
                if has_ended:
                    self._bury(key.data, lambda fork, _: find_crash(fork))

    def _hear(self, slot: int, messages: Iterable[Message]) -> None:
        for message in messages:
            if isinstance(message, Done):
                self._staff.note(message.took, message.computed, time.monotonic())
            self._controller.hear(slot, message)

    def _bury(self, slot: int, find_loss: Callable[[Fork, Desk], Loss | None]) -> None:
        """Deal with the end of a worker, which may be yet to come.

        :param find_loss: says what is lost by it, if anything is.
        """
        fork, desk = self._forks.pop(slot), self._controller.desks[slot]
        fork.kill()
        # What it said before that counts.
        self._hear(slot, fork.receive())
        self._hear(slot, fork.peek())
        for descriptor in fork.watched:
            self._selector.unregister(descriptor)
        if (loss := find_loss(fork, desk)) is not None:
            self._controller.lose(slot, loss)
        fork.close()

    def _time_out(self, slot: int, reason: str = "") -> None:
        """End the process of a test that has had its time.

        :param reason: why that is up before the test's own limit.
        """
        if not self._ahead.take_back(self._controller.desks[slot]):
            self._hear(slot, self._forks[slot].receive())
            if not reason:
                return  # the test has ended, and the next one has time
        stack = self._forks[slot].dump()

        def find_loss(fork: Fork, desk: Desk) -> Loss:
            error = None if desk.lease is None else desk.timed_out(stack, reason)
            return Loss("was ended when a test timed out", error, fork.read_output())

        self._bury(slot, find_loss)

    # Clocks

    def _find_patience(self) -> float | None:
        """Return the seconds until something has to be done, ``None`` if for ever."""
        due = [self._limits.find_due()]
        if self._is_held_back:
            due.append(self._staff.lacks_at)
        first = min((each for each in due if each is not None), default=None)
        return None if first is None else max(0.0, first - time.monotonic())

    def _look_at_clocks(self) -> None:
        now = time.monotonic()
        if (expired := self._limits.take_expired(now)) is not None:
            for desk in self._limits.busy:
                self._time_out(desk.slot, expired)
        for desk in self._limits.busy:
            if self._is_overdue(desk, now) or self._limits.is_slow(desk, now):
                # It may be in another stage by now, which has its time anew.
                self._hear(desk.slot, self._forks[desk.slot].peek())
                self._look_at(desk, now)

    def _is_overdue(self, desk: Desk, now: float) -> bool:
        return desk.lease in self._dispatcher.get_overdue(now)

    def _look_at(self, desk: Desk, now: float) -> None:
        """End the process of a test that has had its time, or tell that it is slow."""
        if self._is_overdue(desk, now):
            self._time_out(desk.slot)
        elif self._limits.is_slow(desk, now):
            self._limits.take_slow(desk)
            stack = self._forks[desk.slot].dump()
            self._notices.write([desk.describe_slow(now), *stack.splitlines()])

    # Ends

    def _describe(self) -> Iterator[str]:
        """Yield lines about each test that runs."""
        left = len(self._dispatcher.get_unstarted())
        busy = self._limits.busy
        tests = "test runs" if len(busy) == 1 else "tests run"
        yield f"phaserun: {len(busy)} {tests}, {left} not started"
        for desk in busy:
            yield desk.describe(time.monotonic())
            yield from self._forks[desk.slot].dump().splitlines()

    def _wind_down(self, error: BaseException) -> None:
        """Bring what runs to an end, and report what is known."""
        self._requests.is_ending = True
        self._dispatcher.stop(type(error).__name__)
        self._ahead.settle()
        try:
            if not self._requests.at_once:
                if self._controller.escape is not None:
                    # Nobody has asked: what runs may end by itself.
                    self._listen_until(self._settings.grace)
                busy, grace = self._find_busy(), self._settings.grace
                for slot in busy:
                    self._forks[slot].interrupt()
                if busy:
                    self._notices.write([describe_stopping(len(busy), grace)])
                # For the call, for the teardown, and once more for reports.
                self._listen_until(2 * self._settings.grace + 1)
        except KeyboardInterrupt:
            self._requests.at_once = True
        hung = self._find_busy()
        self._controller.withdraw_running()
        for slot in hung:
            self._bury(slot, lambda *_: Loss("was ended with the run", None))
        self._controller.believe()
        self._controller.report()

    def _find_busy(self) -> set[int]:
        """Return the slots of workers that run a test and have not been buried."""
        return {desk.slot for desk in self._limits.busy} & self._forks.keys()

    def _listen_until(self, seconds: float) -> None:
        """Deal with what ends until nothing runs, for some time at most."""
        give_up = time.monotonic() + seconds
        while self._dispatcher.running and time.monotonic() < give_up:
            self._listen(max(0.0, give_up - time.monotonic()))

    def _retire(self) -> None:
        """Let the workers take down what is up, and end."""
        limit = self._settings.timeout
        for fork in self._forks.values():
            fork.send(None)
        give_up = time.monotonic() + (limit or inf)
        try:
            while self._forks and not self._requests.at_once:
                if time.monotonic() >= give_up:
                    break
                self._listen(min(60.0, give_up - time.monotonic()))
        except KeyboardInterrupt:
            self._requests.at_once = True
        for slot, fork in list(self._forks.items()):
            at_once = self._requests.at_once
            hung = Loss("hung", None if at_once else hung_at_end(limit, fork.dump()))
            self._bury(slot, lambda *_, hung=hung: hung)
        self._controller.report()

    def _close(self) -> None:
        self._limits.close()
        self._selector.close()
        self._alarm.close()
        self._measured.merge()
