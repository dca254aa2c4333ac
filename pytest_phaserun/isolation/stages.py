"""Around setup, call and teardown of every item: its fixtures, output and time limit.

The outermost wrappers of these hooks, beside other tests as well as alone.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Literal, Protocol

import pytest

from .capture_fixtures import end_capture, start_capture
from .current import current_run
from .fixtures import FixtureInstances
from .logs import end_logs, start_logs
from .unhandled import warn_of_unhandled

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

When = Literal["setup", "call", "teardown"]


class StageGuard(Protocol):
    """Limits the time of one item's stages."""

    def stage(self, when: When) -> AbstractContextManager[None]: ...


#: The guard of the item that this context runs.
stage_guard: ContextVar[StageGuard | None] = ContextVar("phaserun_guard", default=None)


class StageHooks:
    """Registered for the whole run."""

    def __init__(self, instances: FixtureInstances) -> None:
        self._instances = instances

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        self._instances.isolate(item)
        return (yield from self._stage("setup"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        return (yield from self._stage("call"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        return (yield from self._stage("teardown"))

    def _stage(self, when: When) -> Generator[None, None, None]:
        guard = stage_guard.get()
        if guard is None:
            return (yield)
        run = current_run()
        if run is None:
            with guard.stage(when):
                return (yield)
        run.stage = when
        start_capture(run)
        start_logs(run, when)
        try:
            with guard.stage(when):
                result = yield
                warn_of_unhandled(run)
                return result
        finally:
            end_capture(run, when)
            end_logs(run, when)
