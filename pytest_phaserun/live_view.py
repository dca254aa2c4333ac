"""Keeps the view of what runs up to date while a run goes on.

Says what is in it; how it looks, and how it stays out of the way of pytest's output, is
decided elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from .estimate import estimate_left
from .isolation.screen import DEBUGGER, Screen, open_screen
from .model import Task, find_limit, slow_after
from .record import RunRecord, Start
from .settings import Settings
from .views.columns import measure
from .views.counts import count_results
from .views.live import LiveState, Paint, Running, choose_signs, render

#: Seconds between two looks at the run.
INTERVAL = 0.1

#: At most this share of the time goes into foretelling, and it is not done more often
#: than so many seconds apart.
FORETELLING = 0.002
FORETOLD_EVERY = 1.0

#: A test is slow when notices tell of it, or after so many times as long as it usually
#: takes, but then never before some seconds.
TIMES = 3
LEAST = 1.0


@contextmanager
def show(
    config: pytest.Config,
    settings: Settings,
    record: RunRecord,
    terminal: Any,
    forks: bool,
) -> Iterator[None]:
    """Show a run in the last rows of the terminal while it goes on; see ``watch``."""
    with open_screen(config, measure) as screen:
        paint = config.get_terminal_writer().markup
        view = LiveView(record, screen, terminal, settings, paint)
        config.pluginmanager.register(view)
        try:
            with _looking_without_thread(record, view) if forks else view.looking():
                yield
        finally:
            config.pluginmanager.unregister(view)


@contextmanager
def _looking_without_thread(record: RunRecord, view: LiveView) -> Iterator[None]:
    record.look = view.look
    try:
        with view.screen.taking_streams():
            yield
    finally:
        record.look = None
        view.close()


class LiveView:
    """Looks at the record of a run again and again; registered as a plugin.

    It looks from a thread of its own, since the main thread may run a test, or from the
    main thread of a driver that has no others. What it counts belongs to the one that
    looks; nothing is done when a test starts or ends.

    :ivar _left: how many tests of each phase have not ended.
    :ivar _ended: for each place whether the test has ended before.
    :ivar _done: how many those are.
    :ivar _spans: how many spans of the record are counted in these three.
    :ivar _blocked: how many blocked tests are.
    """

    def __init__(
        self,
        record: RunRecord,
        screen: Screen,
        terminal: Any,
        settings: Settings,
        paint: Paint,
    ) -> None:
        self._record = record
        self.screen = screen
        self._terminal = terminal
        self._settings = settings
        self._paint = paint
        self._signs = choose_signs(screen.encoding)
        self._left = [len(phase) for phase in record.graph.phases]
        self._ended = bytearray(len(record.graph))
        self._spans = self._blocked = self._needless = 0
        self._done = self._phase = 0
        self._end: float | None = None
        self._foretell_at = 0.0
        self._look_at = 0.0
        self._stop = threading.Event()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look from a thread."""
        thread = threading.Thread(target=self._run, name="phaserun-live", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.close()
            thread.join()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.look()

    def look(self) -> float:
        """Draw the view if it is time; return after how many seconds to look again."""
        now = time.monotonic()
        if now < self._look_at:
            return self._look_at - now
        self._look_at = now + INTERVAL
        if self._record.began and not self._stop.is_set():
            # The terminal may be gone.
            with suppress(OSError):
                self._draw(now)
        return INTERVAL

    def close(self) -> None:
        """Erase the view for good; a second time is nothing."""
        self._stop.set()
        with suppress(OSError):
            self.screen.close()

    # As a plugin

    def pytest_enter_pdb(self) -> None:
        self.screen.hold(DEBUGGER)

    def pytest_leave_pdb(self) -> None:
        self.screen.release(DEBUGGER)

    def pytest_runtest_logfinish(self) -> None:
        # At the end of its input pdb leaves without a word.
        self.screen.release(DEBUGGER)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        # The run may be ended from another thread, for good.
        self.close()

    # What is shown

    def _draw(self, now: float) -> None:
        size = self.screen.size
        rows = render(
            self._take(now), now, size.columns, paint=self._paint, signs=self._signs
        )
        # The first row stays for the line that pytest is in.
        self.screen.show(rows[: size.lines - 1])

    def _take(self, now: float) -> LiveState:
        record = self._record
        # What stands before on the same slot has ended, and waits to be reported.
        latest = {start.slot: start for start in record.running.copy().values()}
        running = latest.values()
        self._count_ends()
        # They have ended before, but run again.
        again = [start.place for start in running if self._ended[start.place]]
        phase_of = record.graph.phase_of
        phases = [self._phase, *(phase_of[start.place] for start in running)]
        return LiveState(
            began=record.began,
            phase=min(phases) + 1,
            phases=len(self._left),
            done=self._done - len(again),
            total=len(self._ended),
            counts=count_results(
                self._terminal.stats,
                self._blocked - self._needless,
                fails_blocked=self._settings.fails_blocked,
            ),
            running=[self._describe(each) for each in running],
            left=self._foretell(again, now),
        )

    def _count_ends(self) -> None:
        """Count what the record has more than at the last look."""
        graph = self._record.graph
        spans = self._record.spans[self._spans :]
        blocked = self._record.blocked[self._blocked :]
        places = [span.place for span in spans]
        places += [graph.index(each.task.id) for each in blocked]
        for place in places:
            if not self._ended[place]:
                self._ended[place] = True
                self._done += 1
                self._left[graph.phase_of[place]] -= 1
        while self._phase < len(self._left) - 1 and not self._left[self._phase]:
            self._phase += 1
        self._spans += len(spans)
        self._blocked += len(blocked)
        self._needless += sum(each.needless for each in blocked)

    def _foretell(self, again: Sequence[int], now: float) -> float | None:
        """Return the seconds that the run will still take, as was last thought."""
        if now >= self._foretell_at:
            ended = self._ended.copy()
            for place in again:
                ended[place] = False
            left = estimate_left(self._record, ended, now)
            self._end = None if left is None else now + left
            cost = time.monotonic() - now
            self._foretell_at = now + max(FORETOLD_EVERY, cost / FORETELLING)
        return None if self._end is None else max(self._end - now, 0.0)

    def _describe(self, start: Start) -> Running:
        task = self._record.graph.tasks[start.place]
        return Running(
            name=task.id, began=start.began, slow_after=self._find_slow(task)
        )

    def _find_slow(self, task: Task) -> float:
        """Return after how many seconds a test is slow."""
        settings = self._settings
        limit = slow_after(settings.slow, find_limit(task, settings.timeout))
        spans = [] if limit is None else [limit]
        if task.estimate is not None:
            spans.append(max(LEAST, TIMES * task.estimate))
        return min(spans, default=float("inf"))
