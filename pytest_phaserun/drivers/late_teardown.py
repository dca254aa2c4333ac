"""Take down what no test was there to take down."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from ..isolation.capture_fixtures import end_output
from ..isolation.current import ItemRun, enter_run
from ..isolation.errors import TEST_ERRORS, TimeoutInterrupt
from ..isolation.interrupt import (
    format_thread,
    interrupt_main,
    interruptible_main,
)
from ..isolation.setup_tree import SetupTree
from ..isolation.streams import captured_for
from ..settings import Settings
from .guard import LEAST
from .reports import report_error
from .state import Shared
from .timed_out import TimedOut


class LateTeardown:
    """Owned by the driver; the main thread alone may call.

    The watchdog's thread calls ``hurry``. Errors become one more report of the test
    that ended last. What does not stop in the grace loses the main thread.

    :param lose: called in the watchdog's thread with the test, the error, and the
        seconds that it took.
    :ivar limit: seconds for one such teardown; 0 for no limit.
    :ivar is_interrupted: the run was; its teardowns are cut short.
    :ivar is_lost: the main thread hangs in one, and will not come back.
    :ivar last_ran: the test that ended last.
    """

    def __init__(
        self,
        shared: Shared,
        tree: SetupTree,
        settings: Settings,
        lose: Callable[[pytest.Item, TimedOut, float], None],
    ) -> None:
        self._shared = shared
        self._tree = tree
        self._deadline: float | None = None
        self._stack = ""
        self._told = 0.0
        self._run: ItemRun | None = None
        self._grace = settings.grace
        self._lose = lose
        self.is_lost = False
        self.is_interrupted = False
        self.limit = settings.timeout
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
        if item is None or self.is_lost:
            return
        run = ItemRun(item)

        def tear_down() -> None:
            enter_run(run)
            self._tree.teardown_idle()

        self._report_errors(run, lambda: contextvars.copy_context().run(tear_down))

    def take_everything_down(self) -> None:
        """Take down whatever is up, as pytest does at the end of a session."""
        if self.last_ran is None:
            with self._limited(self.limit):
                self._tree.teardown_exact(None)
        else:
            run = ItemRun(self.last_ran)
            self._report_errors(run, lambda: self._tree.teardown_exact(None))

    def hurry(self) -> None:
        """Stop a teardown that takes too long; in the watchdog's thread."""
        now, run = time.monotonic(), self._run
        if self._deadline is None or now < self._deadline:
            return
        if not self._stack:
            self._told = now
            self._stack = format_thread(threading.main_thread().ident or 0)
        elif run is not None and now - self._told >= self._grace and not self.is_lost:
            self.is_lost = True
            end_output(run, "teardown")
            error = _too_long(self.limit, self._stack, is_lost=True)
            self._lose(run.item, error, self.limit + now - self._told)
        # What follows it in the same teardown cannot have its time again.
        self._deadline = now + LEAST
        interrupt_main()

    def _report_errors(self, run: ItemRun, action: Callable[[], None]) -> None:
        item, limit = run.item, self.limit
        self._run, self._stack = run, ""
        error: BaseException | None = None
        try:
            with captured_for(run), self._limited(limit):
                action()
        except TEST_ERRORS as raised:
            error = raised
        run.closed = True
        if self._stack:
            error = _too_long(limit, self._stack)
        if self.is_interrupted and isinstance(error, TimedOut):
            # That is no timeout of any test.
            error = pytest.fail.Exception(error.msg, pytrace=False)
        if error is not None:
            end_output(run, "teardown")
            report = report_error(item, "teardown", error)
            item.ihook.pytest_runtest_logreport(report=report)

    @contextmanager
    def _limited(self, limit: float) -> Iterator[None]:
        with interruptible_main(lambda: self._deadline is not None):
            self._deadline = time.monotonic() + limit if limit else None
            try:
                yield
            finally:
                while self._deadline is not None:
                    with suppress(TimeoutInterrupt):
                        self._deadline = None


def _too_long(limit: float, stack: str, *, is_lost: bool = False) -> TimedOut:
    lines = [
        f"A teardown after the last test that needed it took more than {limit:g} s"
    ]
    if is_lost:
        lines.append("It did not stop when told to; the run ends here.")
    lines += ["", "Stack of the main thread when its time was up:", stack.rstrip()]
    return TimedOut("\n".join(lines), limit)
