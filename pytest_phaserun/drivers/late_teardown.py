"""Take down what no test was there to take down."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from ..isolation.current import ItemRun, enter_run
from ..isolation.interrupt import (
    TimeoutInterrupt,
    format_thread,
    interrupt_main,
    interruptible_main,
)
from ..isolation.setup_tree import SetupTree
from .guard import LEAST
from .reports import report_error
from .state import Shared


class LateTeardown:
    """Owned by the driver; the main thread alone may call.

    The watchdog's thread calls ``hurry``. Errors become one more report of the test
    that ended last.

    :ivar limit: seconds for one such teardown; 0 for no limit.
    :ivar last_ran: the test that ended last.
    """

    def __init__(self, shared: Shared, tree: SetupTree, limit: float) -> None:
        self._shared = shared
        self._tree = tree
        self._deadline: float | None = None
        self._stack = ""
        self.limit = limit
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

    def take_everything_down(self) -> None:
        """Take down whatever is up, as pytest does at the end of a session."""
        self._report_errors(lambda: self._tree.teardown_exact(None))

    def hurry(self) -> None:
        """Stop a teardown that takes too long; in the watchdog's thread."""
        now = time.monotonic()
        if self._deadline is not None and now >= self._deadline:
            if not self._stack:
                self._stack = format_thread(threading.main_thread().ident or 0)
            # What follows it in the same teardown cannot have its time again.
            self._deadline = now + LEAST
            interrupt_main()

    def _report_errors(self, action: Callable[[], None]) -> None:
        limit = self.limit
        try:
            with self._limited(limit):
                action()
        except (Exception, pytest.fail.Exception) as error:
            item = self.last_ran
            if item is None:
                raise
            if isinstance(error, TimeoutInterrupt):
                error = _too_long(limit, self._stack)
            report = report_error(item, "teardown", error)
            item.ihook.pytest_runtest_logreport(report=report)

    @contextmanager
    def _limited(self, limit: float) -> Iterator[None]:
        self._stack = ""
        with interruptible_main(lambda: self._deadline is not None):
            self._deadline = time.monotonic() + limit if limit else None
            try:
                yield
            finally:
                while self._deadline is not None:
                    with suppress(TimeoutInterrupt):
                        self._deadline = None


def _too_long(limit: float, stack: str) -> Any:
    message = (
        f"A teardown after the last test that needed it took more than {limit:g} s"
    )
    lines = [message, "", "Stack of the main thread when its time was up:", stack]
    return pytest.fail.Exception("\n".join(lines).rstrip(), pytrace=False)
