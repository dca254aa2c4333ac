"""Which driver runs the tests of a session, and what is there while it does.

The drivers are imported only where they run: they need pytest's privates.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from .dispatch import Dispatcher
from .drivers.plain import PlainDriver
from .model import Status
from .record import RunRecord
from .scheduling.waits import Refusal
from .settings import Settings

#: Lets a running test wait for the one at a place, and tells how that ended.
Wait = Callable[[pytest.Item, int], Status | Refusal]

#: While it is open, tests are answered that state dependencies while they run. It is
#: given how they wait, and how to find the test that the calling code works for.
Answering = Callable[
    [Wait, Callable[[], pytest.Item | None]], AbstractContextManager[None]
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One run of the tests of a session; in the main thread."""

    session: pytest.Session
    dispatcher: Dispatcher
    record: RunRecord
    settings: Settings
    answering: Answering

    def run_plainly(self) -> None:
        """Run the tests one at a time, under pytest's own rules alone."""
        plain = PlainDriver(
            self.session,
            self.session.items,
            self.dispatcher,
            self.record,
            self.settings,
        )
        with self.answering(plain.wait_for, lambda: None):
            plain.run()

    def run_in_threads(
        self, *, has_debugger: bool, leave: Callable[[Leftovers], None]
    ) -> None:
        """Run the tests in threads of this process.

        :param has_debugger: there is one from the start.
        :param leave: is told in any case what they have left.
        """
        from .drivers.threads import ThreadsDriver
        from .isolation.anyio_runner import separate_runners
        from .isolation.current import current_item
        from .isolation.threads import find_left_threads

        driver = ThreadsDriver(
            self.session,
            self.session.items,
            self.dispatcher,
            self.record,
            self.settings,
            has_debugger=has_debugger,
        )
        before = frozenset(threading.enumerate())
        try:
            with separate_runners(), self.answering(driver.wait_for, current_item):
                driver.run()
        finally:
            leave((find_left_threads(before), driver.patience))

    def run_in_processes(self) -> None:
        """Run the tests in forks of this process.

        :raises pytest.UsageError: it cannot be forked.
        """
        from .drivers.processes import ProcessesDriver
        from .drivers.workers.policy import find_obstacle
        from .isolation.current import current_item

        if (obstacle := find_obstacle()) is not None:
            raise pytest.UsageError(
                f"--phase-executor {self.settings.executor.value}: {obstacle} after "
                "collection; start such threads in fixtures, or run with -n of "
                "pytest-xdist"
            )
        driver = ProcessesDriver(
            self.session,
            self.session.items,
            self.dispatcher,
            self.record,
            self.settings,
        )
        with self.answering(driver.wait_for, current_item):
            driver.run()


#: Threads that tests have left, and the seconds that they may take to end.
Leftovers = tuple[Sequence[threading.Thread], float]
