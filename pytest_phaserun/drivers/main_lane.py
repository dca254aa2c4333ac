"""Tests that run alone: in the main thread, one at a time, under pytest's own rules."""

from __future__ import annotations

import contextvars
from collections.abc import Callable

import pytest

from ..isolation.again import forget_run, runs_again
from ..isolation.current import HookCall, ItemRun, set_current_item
from ..isolation.hooks import ReportKeeper
from ..isolation.interrupt import interruptible_main
from ..isolation.reruns import find_single_protocol
from ..isolation.stages import stage_guard
from ..isolation.threads import threads_started_by
from ..scheduling.lease import Lease
from .clock import LeaseClock
from .guard import Guard
from .outcome import Outcome, has_ended, judge
from .signals import Signals
from .state import Shared


class MainLane:
    """Runs items and late teardowns in the main thread, which alone may call.

    Registered as a plugin, to hear the reports of what it runs.
    """

    def __init__(self, shared: Shared, signals: Signals) -> None:
        self._shared = shared
        self._signals = signals
        self._heard: list[pytest.TestReport] = []
        self._guard: Guard | None = None

    @property
    def is_busy(self) -> bool:
        """Tell whether an item runs here; any thread may ask."""
        return self._guard is not None

    @property
    def has_ended(self) -> bool:
        """Tell whether the end of the item that ran last is known."""
        return has_ended(self._heard)

    @property
    def outcome(self) -> Outcome:
        """Return what the item that ran last came to so far."""
        return judge(self._heard)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._guard is not None:
            self._heard.append(report)

    def run_item(self, lease: Lease) -> Outcome:
        """Run a whole item.

        :raises BaseException: what pytest lets pass, such as ``pytest.exit``.
        """
        self._heard.clear()
        protocol = self._shared.items[lease.place].config.hook.pytest_runtest_protocol
        self._guarded(lease, lambda: self._run_protocol(lease, protocol))
        return self.outcome

    def run_again(self, lease: Lease, first: ItemRun) -> list[HookCall]:
        """Run an item that failed beside others once more, as if it had not run.

        :returns: the reporting hooks that it would have called.
        :raises BaseException: what pytest lets pass, such as ``pytest.exit``.
        """
        session = first.item.session
        forget_run(first)

        def protocol() -> None:
            runs_again.set(True)
            # It has had its attempts.
            self._run_protocol(lease, find_single_protocol(session.config))

        with ReportKeeper(session).keeping() as calls:
            self._guarded(lease, protocol)
        return calls

    def _run_protocol(self, lease: Lease, protocol: Callable[..., object]) -> None:
        item = self._shared.items[lease.place]
        set_current_item(item)
        protocol(item=item, nextitem=self._shared.next_item(lease))

    def _guarded(self, lease: Lease, action: Callable[[], None]) -> None:
        clock = LeaseClock(lease, self._shared.changed)
        item = self._shared.items[lease.place]

        def run() -> None:
            stage_guard.set(self._guard)
            action()

        with self._shared.guards.added(
            lease, lambda: Guard(lease, clock, on_main=True)
        ) as guard:
            self._guard = guard
            try:
                with (
                    threads_started_by(item),
                    self._signals.keyboard_as_before(),
                    interruptible_main(lambda: guard.is_interrupted),
                ):
                    contextvars.copy_context().run(run)
            finally:
                self._guard = None
