"""What the view shows of a record that grows."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pytest_phaserun import live_view
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.live_view import LiveView
from pytest_phaserun.model import Blocked, Schedule, Status, Task
from pytest_phaserun.record import RunRecord, Span, Start
from pytest_phaserun.settings import Settings

TASKS = [
    Task(id="a"),
    Task(id="b"),
    Task(id="c", dependencies=("a",)),
    Task(id="d", dependencies=("b",)),
]


class FakeScreen:
    """Remembers what it was to show."""

    encoding = "utf-8"
    size = os.terminal_size((80, 24))

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, lines: list[str]) -> None:
        self.lines = lines


class FakeTerminal:
    """Has been told of no report."""

    def __init__(self) -> None:
        self.stats: dict[str, list[Any]] = {}


class WatchedRun:
    """A run of two phases, two tests each, and the view of it."""

    def __init__(self) -> None:
        self.record = RunRecord(
            graph=TaskGraph(TASKS), concurrency=2, schedule=Schedule.PHASE, began=1.0
        )
        self._screen = FakeScreen()
        screen: Any = self._screen
        self._view = LiveView(
            self.record, screen, FakeTerminal(), Settings(), lambda text, **_: text
        )

    def start(self, place: int, began: float = 1.0) -> None:
        self.record.note_start(Start(place=place, slot=place % 2, began=began))

    def end(self, place: int) -> None:
        start = self.record.running[place]
        span = Span(place, start.slot, Status.COMPLETED, start.began, start.began + 1.0)
        self.record.note_end(span)

    def look(self) -> str:
        """Return the first row, without the bar and the times."""
        self._view.look()
        head, _, rest = self._screen.lines[0].partition(" of 2 ")
        counts = rest.lstrip("━─ ").split(", ")
        return ", ".join([head, *(each for each in counts if ":" not in each)])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> WatchedRun:
    monkeypatch.setattr(live_view, "INTERVAL", 0.0)
    return WatchedRun()


def test_what_has_ended_since_the_last_look_is_counted(run):
    run.start(0)
    run.start(1)
    assert run.look() == "phase 1, 0 of 4"

    run.end(0)
    assert run.look() == "phase 1, 1 of 4"

    run.end(1)
    run.start(2)
    run.end(2)
    assert run.look() == "phase 2, 3 of 4"
    assert run.look() == "phase 2, 3 of 4"


def test_test_that_runs_again_has_not_ended(run):
    for place in (0, 1):
        run.start(place)
        run.end(place)
    assert run.look() == "phase 2, 2 of 4"

    run.start(0, began=2.0)
    assert run.look() == "phase 1, 1 of 4"

    run.end(0)
    assert run.look() == "phase 2, 2 of 4"


def test_blocked_tests_have_ended_and_needless_ones_are_not_shown(run):
    first = TASKS[0]
    for place, needless in ((2, False), (3, True)):
        blocked = Blocked(TASKS[place], first, first, "failed", needless=needless)
        run.record.note_blocked(blocked)

    assert run.look() == "phase 1, 2 of 4, 1 blocked"
