"""Take down what no test was there to take down."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from ..isolation.current import ItemRun, enter_run
from ..isolation.interrupt import (
    TimeoutInterrupt,
    interrupt_main,
    interruptible_main,
)
from ..isolation.setup_tree import SetupTree
from .guard import LEAST
from .reports import report_error
from .state import Shared


class LateTeardown:
    """Owned by the driver; the main thread alone may call.

    Errors become one more report of the test that ended last.

    :ivar last_ran: that test.
    """

    def __init__(self, shared: Shared, tree: SetupTree) -> None:
        self._shared = shared
        self._tree = tree
        self.last_ran: pytest.Item | None = None

    def discard_unstarted(self) -> None:
        """Take down what only tests would have needed that never started."""
        left = self._shared.dispatcher.get_unstarted()
        index = self._shared.dispatcher.graph.index
        self._tree.discard([self._shared.items[index(task.id)] for task in left])
        self.take_down_idle()

    def take_down_idle(self) -> None:
        """Take down what no test needs any more."""
        item = self.last_ran
        if item is None:
            return
        run = ItemRun(item)

        def tear_down() -> None:
            enter_run(run)
            self._tree.teardown_idle()

        self._report_errors(lambda: contextvars.copy_context().run(tear_down))
        run.closed = True

    def take_everything_down(self, grace: float) -> None:
        """Take down whatever is up, as pytest does at the end of a session.

        :param grace: seconds after which what hangs in it is told to stop.
        """

        def tear_down() -> None:
            try:
                with _hurried(grace):
                    self._tree.teardown_exact(None)
            except TimeoutInterrupt:
                message = f"The last teardown took more than {grace:g} s"
                raise pytest.fail.Exception(message, pytrace=False) from None

        self._report_errors(tear_down)

    def _report_errors(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (Exception, pytest.fail.Exception) as error:
            item = self.last_ran
            if item is None:
                raise
            report = report_error(item, "teardown", error)
            item.ihook.pytest_runtest_logreport(report=report)


@contextmanager
def _hurried(grace: float) -> Iterator[None]:
    """Interrupt this thread, the main one, after the grace and then again and again."""
    over = threading.Event()

    def hurry() -> None:
        pause = max(grace, LEAST)
        while not over.wait(pause):
            interrupt_main()
            pause = LEAST

    with interruptible_main(lambda: not over.is_set()):
        threading.Thread(target=hurry, name="phaserun-hurry", daemon=True).start()
        try:
            yield
        finally:
            while not over.is_set():
                with suppress(TimeoutInterrupt):
                    over.set()
