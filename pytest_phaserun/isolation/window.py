"""The span in which tests run beside one another.

Outside it pytest is as it always was, so that a test can run alone under stock rules.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from .assertions import routed_assertions
from .asyncio_runners import is_runner_of, routed_runners
from .changes import Changes, watched_process
from .current import ItemRun, enter_run, working_for
from .fixtures import FixtureInstances
from .hooks import routed_hooks
from .import_path import watched_path
from .live_log import routed_live_log
from .log_filters import own_filters
from .log_levels import LEVELS, own_levels
from .log_settings import end_settings, own_settings
from .log_watches import own_watches
from .logs import routed_logs
from .own_parameters import own_parameters
from .own_signals import own_signal_handlers
from .parsing import one_parse_at_a_time
from .patching import watched_patches
from .process import steady_current_test
from .process_starts import one_start_at_a_time
from .random_state import routed_random
from .reruns import routed_reruns
from .shared_loops import SharedLoop, SharedLoops
from .streams import put_back_streams, routed_streams
from .subtests import routed_subtests
from .threads import threads_inherit_runs
from .unhandled import give_back, routed_exceptions
from .warnings_capture import close_warnings, open_warnings, routed_warnings

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


class ConcurrentWindow:
    """Opens and closes all routers together; the main thread alone does so.

    :param strays: is given the output of concurrent tests that belongs to none.
    :param left_up: is given the names of fixtures that are lost with their event loop.
    :ivar loops: those that tests share.
    """

    def __init__(
        self,
        session: pytest.Session,
        instances: FixtureInstances,
        strays: list[str],
        left_up: list[str],
    ) -> None:
        self._late: list[Any] = []
        self._session = session
        self._stack: ExitStack | None = None
        self._protocol: Callable[..., Any] | None = None
        self._context = contextvars.copy_context()
        self._strays = strays
        self._changes = Changes()
        self._instances = instances
        self._left_up = left_up
        self.loops = SharedLoops(self._forget_loop)
        self._all_the_time = ExitStack()

    def __repr__(self) -> str:
        return f"<ConcurrentWindow, {'open' if self.is_open else 'closed'}>"

    @property
    def is_open(self) -> bool:
        """Tell whether tests may run on worker threads now."""
        return self._stack is not None

    def begin(self) -> None:
        """Prepare what must be prepared before the first test, even one alone."""
        self._all_the_time.enter_context(
            routed_runners(self._session.config, self.loops)
        )
        self._all_the_time.enter_context(routed_reruns(self._session.config))

    def open(self) -> None:
        """Route everything; nothing if it is open already."""
        if self._stack is not None:
            return
        config = self._session.config
        with ExitStack() as stack:
            stack.enter_context(steady_current_test())
            stack.enter_context(routed_assertions(config))
            stack.enter_context(routed_warnings())
            stack.enter_context(routed_logs(config))
            stack.enter_context(own_filters())
            stack.enter_context(own_levels())
            stack.enter_context(own_settings())
            stack.enter_context(own_watches())
            stack.enter_context(routed_live_log(config))
            stack.enter_context(routed_exceptions(config, self._late))
            stack.enter_context(routed_subtests())
            stack.enter_context(routed_random(config))
            stack.enter_context(one_parse_at_a_time())
            stack.enter_context(one_start_at_a_time())
            stack.enter_context(threads_inherit_runs())
            stack.enter_context(own_signal_handlers())
            stack.enter_context(watched_process(self._changes))
            stack.enter_context(watched_path(self._changes))
            stack.enter_context(watched_patches(self._changes))
            self._protocol = stack.enter_context(routed_hooks(self._session))
            stack.enter_context(routed_streams(config, self._strays))
            stack.enter_context(self.loops.running())
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Put everything back; nothing if it is closed already."""
        if self._stack is not None:
            stack, self._stack = self._stack, None
            stack.close()

    def finish(self) -> None:
        """Close for good."""
        self.close()
        self._all_the_time.close()
        give_back(self._session.config, self._late)

    def _forget_loop(self, loop: SharedLoop, culprit: int | None) -> None:
        """Let tests to come find a fresh loop; in the watchdog's thread."""
        lost = self._instances.forget(lambda value: is_runner_of(value, loop), culprit)
        self._left_up.extend(lost)

    def give_up(self, run: ItemRun) -> None:
        """Let go of an item that hangs; in the watchdog's thread."""
        self._changes.end(run, given_up=True)
        LEVELS.end(run, given_up=True)

    def run(
        self, run: ItemRun, nextitem: pytest.Item | None, *setup: Callable[[], None]
    ) -> None:
        """Run the whole protocol of an item in a context of its own.

        :param setup: called first inside that context.
        :raises BaseException: what pytest lets pass, such as ``pytest.exit``.
        """
        assert self._protocol is not None
        # By the thread is found what runs in a context from before the run, as that of
        # unittest's asynchronous test cases.
        with working_for(run):
            self._context.copy().run(self._run, run, nextitem, *setup)

    def _run(
        self, run: ItemRun, nextitem: pytest.Item | None, *setup: Callable[[], None]
    ) -> None:
        assert self._protocol is not None
        enter_run(run)
        own_parameters(run.item)
        for prepare in setup:
            prepare()
        self._changes.begin(run)
        try:
            open_warnings(run)
            self._protocol(item=run.item, nextitem=nextitem)
            close_warnings(run)
        finally:
            self._changes.end(run)
            LEVELS.end(run)
            if not run.abandoned:
                end_settings(run)
            # Beside others nobody can say whose doing it was, or whether it lasts.
            self._changes.if_idle(lambda: _put_back_streams(run))


def _put_back_streams(run: ItemRun) -> None:
    run.changes.update((name, name) for name in put_back_streams())
