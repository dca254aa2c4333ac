"""A process that runs the tests it is told to, one at a time.

Decides nothing; see ``controller``.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from ...errors import CycleError
from ...isolation.again import forget_run, runs_again
from ...isolation.capture_fixtures import end_output
from ...isolation.current import HookCall, ItemRun, reports_in, set_current_item
from ...isolation.guarding import stage_guard
from ...isolation.hooks import ReportKeeper
from ...isolation.measured import Measurements
from ...isolation.reruns import find_single_protocol
from ...isolation.setup_tree import SetupTree
from ...isolation.streams import captured_for
from ...model import Status
from ...scheduling.waits import Refusal
from ..outcome import judge
from ..reports import report_error
from .guard import RemoteGuard
from .messages import Asked, Escape, Lost, Message, Order, Unneeded
from .wire import INTERACT, encode


class Worker:
    """Runs the items of a session; in the main thread of its process.

    What items share is set up once, and stays up until no test is left that needs it,
    here or elsewhere.

    :param tree: installed in the session.
    :param orders: what the controller says, each once it has come: orders, and the
        answer to a question in its turn.
    :param send: sends a message to the controller, or keeps it; tells whether it went.
    :param is_near: that is on the same machine.
    :param take_ticket: if the controller has not; see ``Order.needs_ticket``.
    """

    def __init__(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        tree: SetupTree,
        orders: Iterator[Any],
        send: Callable[[Message], bool],
        *,
        is_near: bool = False,
        take_ticket: Callable[[], bool] | None = None,
    ) -> None:
        self._session = session
        self._items = items
        self._tree = tree
        self._keeper = ReportKeeper(session)
        self._orders = orders
        self._send = send
        self._is_near = is_near
        self._take_ticket = take_ticket
        self._missed: list[int] = []
        self._is_over = False
        self._last: int | None = None
        self._failed: dict[int, ItemRun] = {}

    def work(self, measured: Measurements | None = None) -> None:
        """Carry out orders until there are no more.

        After a test that ends the run there come none. To end before that is said would
        look like a crash.

        :param measured: what is to be saved of it.
        """
        for order in self._orders:
            self._discard([*self._missed, *order.ended])
            self._missed.clear()
            if not self._is_void(order):
                self._obey(order)
            if measured is not None:
                measured.save_sometimes()
        self._take_down(lambda: self._tree.teardown_exact(None))
        if measured is not None:
            measured.save()

    def wait_for(self, place: int) -> Status | Refusal:
        """Wait for another test to end; in the test that runs.

        :returns: how it ended, or why that is not to be waited for.
        :raises CycleError: the two wait for one another.
        """
        self._send(Asked(place))
        said = next(self._orders, None)
        while isinstance(said, Order):
            # It was sent before that was known, and is taken back.
            self._missed += said.ended
            said = next(self._orders, None)
        if said is None:
            raise pytest.exit.Exception("the run has ended")
        if said.answer is None:
            raise CycleError(said.cycles)
        answer: Status | Refusal = said.answer
        return answer

    def _is_void(self, order: Order) -> bool:
        """Tell whether an order that was sent ahead of its time was taken back."""
        if not order.needs_ticket or self._take_ticket is None:
            return False
        return self._is_over or not self._take_ticket()

    def _obey(self, order: Order) -> None:
        """Carry out one order."""
        for place in order.replay:
            outcome = judge(reports_in(self._run(place, silently=True)))
            if outcome.status is not Status.COMPLETED:
                self._send(Lost(order.place, place, outcome.error or ""))
                return
        self._run(order.place, again=order.again)

    def _run(
        self, place: int, *, again: bool = False, silently: bool = False
    ) -> list[HookCall]:
        """Run an item and send what it reports.

        :returns: the calls of reporting hooks.
        """
        item, config = self._items[place], self._session.config
        protocol: Callable[..., object] = config.hook.pytest_runtest_protocol
        if again:
            self._forget(place)
            protocol = find_single_protocol(config)
        before = ItemRun(item)
        escape: Escape | None = None
        self._last = place
        began, computed = time.monotonic(), time.process_time()
        with self._keeper.keeping() as calls:
            send = _ignore if silently else self._send
            guard = RemoteGuard(place, config, calls, send, is_near=self._is_near)

            def run() -> None:
                runs_again.set(again)
                set_current_item(item)
                stage_guard.set(guard)
                protocol(item=item, nextitem=None)

            try:
                contextvars.copy_context().run(run)
            except (KeyboardInterrupt, SystemExit, pytest.exit.Exception) as error:
                escape = _describe(error)
        self._interact(item, calls)
        if any(report.failed for report in reports_in(calls)):
            self._failed[place] = before
        escape = escape or self._find_request()
        self._is_over = self._is_over or escape is not None
        if not silently:
            took, computed = time.monotonic() - began, time.process_time() - computed
            guard.end(escape, took, computed)
        return calls

    def _forget(self, place: int) -> None:
        """Take back what the failed run of an item has left, if that was here."""
        if (before := self._failed.pop(place, None)) is not None:
            forget_run(before)

    def _interact(self, item: pytest.Item, calls: Iterable[HookCall]) -> None:
        """Call the one hook that cannot be called in another process."""
        for name, arguments in calls:
            if name == INTERACT:
                item.ihook.pytest_exception_interact(**arguments)

    def _find_request(self) -> Escape | None:
        if self._session.shouldfail:
            return Escape("fail", str(self._session.shouldfail))
        if self._session.shouldstop:
            return Escape("stop", str(self._session.shouldstop))
        return None

    def _discard(self, places: Sequence[int]) -> None:
        """Take down what was needed by tests that have ended elsewhere."""
        if places:
            self._tree.discard([self._items[place] for place in places])
            if self._tree.has_idle():
                self._take_down(self._tree.teardown_idle)

    def _take_down(self, action: Callable[[], None]) -> None:
        """Take something down between tests; its errors are the last test's."""
        if self._last is None:
            return
        item = self._items[self._last]
        run = ItemRun(item)
        try:
            with captured_for(run):
                action()
        except BaseException as error:
            end_output(run, "teardown")
            with self._keeper.keeping() as calls:
                report = report_error(item, "teardown", error)
                item.ihook.pytest_runtest_logreport(report=report)
            self._send(Unneeded(self._last, encode(self._session.config, calls)))


def _ignore(message: Message) -> bool:
    """Tell nobody."""
    return True


def _describe(error: BaseException) -> Escape:
    if isinstance(error, pytest.exit.Exception):
        return Escape("exit", error.msg, error.returncode)
    if isinstance(error, KeyboardInterrupt):
        return Escape("interrupt", str(error))
    return Escape("exit", f"SystemExit: {error}", None)
