"""Around setup, call and teardown of every item: its fixtures, output and time limit.

The outermost wrappers of these hooks, beside other tests as well as alone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from .again import forget_failures, runs_again
from .capture_fixtures import end_capture, start_capture
from .changes import fail_if_changed
from .current import current_run, owning_run
from .errors import LoopLostError
from .fixtures import FixtureInstances
from .guarding import StageGuard, When, stage_guard
from .logs import end_logs, start_logs
from .reruns import let_no_more_attempts
from .setup_tree import SetupTree
from .unhandled import warn_of_unhandled

__all__ = ["StageGuard", "StageHooks", "When", "stage_guard"]

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


class StageHooks:
    """Registered for the whole run.

    :param confirms: items that fail beside others may run again.
    :param strict: an item that changes the process beside others fails.
    """

    def __init__(
        self,
        tree: SetupTree,
        instances: FixtureInstances,
        *,
        confirms: bool,
        strict: bool,
    ) -> None:
        self._tree = tree
        self._instances = instances
        self._confirms = confirms
        self._strict = strict

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        self._instances.isolate(item)
        if (run := current_run()) is not None:
            run.has_failed = False
        if not runs_again.get():
            return (yield from self._stage("setup"))

        def prepare() -> None:
            forget_failures(item, self._tree, self._instances)

        return (yield from self._stage("setup", prepare))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        return (yield from self._stage("call"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        run = current_run() if self._confirms else None
        if run is not None and run.has_failed:
            self._tree.hold(item)
        return (yield from self._stage("teardown"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        run, guard = current_run(), stage_guard.get()
        if run is not None and report.failed:
            run.has_failed = True
        if guard is not None and guard.has_expired:
            let_no_more_attempts(item)
        return report

    def _stage(
        self, when: When, prepare: Callable[[], None] | None = None
    ) -> Generator[None, None, None]:
        guard = stage_guard.get()
        if guard is None:
            return (yield)
        run = owning_run()
        if run is not None and run.closed:
            # Given up: nobody waits for it, and its hooks may be the real ones by now.
            raise pytest.exit.Exception("given up")
        if run is None:
            with guard.stage(when):
                if prepare is not None:
                    prepare()
                return (yield)
        run.stage, known = when, len(run.changes)
        start_capture(run)
        start_logs(run, when)
        try:
            with guard.stage(when):
                result = yield
                warn_of_unhandled(run)
                if self._strict:
                    fail_if_changed(run, known)
                return result
        except LoopLostError:
            run.has_lost_loop = True
            raise
        finally:
            end_capture(run, when)
            end_logs(run, when)
