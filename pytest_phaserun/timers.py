"""The limits of pytest-timeout, kept by the watchdog.

That plugin's own timers reach the main thread alone: from a worker thread they would
end the whole process. It lets others take its timers over, which is what its two hooks
are for. Where it is not installed, its mark is honoured all the same.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .isolation.stages import stage_guard
from .markers.timeout import PLUGIN, read_timeout


def make_timers(config: pytest.Config) -> TimerHooks | TimeoutMarks:
    """Return the plugin that keeps such limits."""
    is_there = any(map(config.pluginmanager.hasplugin, PLUGIN))
    return TimerHooks() if is_there else TimeoutMarks()


class TimerHooks:
    """Takes the place of the timers of pytest-timeout."""

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_set_timer(self, item: pytest.Item, settings: Any) -> bool:
        guard = stage_guard.get()
        if guard is not None:
            is_marked = item.get_closest_marker("timeout") is not None
            guard.limit(
                settings.timeout,
                call_only=bool(settings.func_only),
                if_shorter=not is_marked,
            )
        return True

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_cancel_timer(self) -> bool:
        # The watchdog looks at no test that has ended, and gives a teardown its own.
        return True


class TimeoutMarks:
    """Honours the mark where pytest-timeout is not active.

    Limits of setup and call together are those of the task; see ``planning``.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        found, guard = read_timeout(item), stage_guard.get()
        if found is not None and found.call_only and guard is not None:
            guard.limit(found.seconds, call_only=True, if_shorter=False)
        return (yield)
