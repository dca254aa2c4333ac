"""Where and when each test ran, in what pytest says of its result.

In the verbose lines of a run, and as properties in a JUnit file.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from ..model import Blocked
from ..record import RunRecord, Span, Start


class Whereabouts:
    """Registered as an observer of the run and as a plugin.

    Reports are touched in the main thread alone, while they are handed out.
    """

    def __init__(self, config: pytest.Config, record: RunRecord) -> None:
        self._record = record
        self._is_verbose = config.get_verbosity() > 0 and record.concurrency > 1
        self._has_file = bool(config.getoption("xmlpath", None))
        self._starts: dict[int, Start] = {}
        self._ends: dict[int, float] = {}
        self._blocked: dict[int, Blocked] = {}
        self._reported: Any = None

    # As an observer

    def started(self, start: Start) -> None:
        self._starts[start.place] = start

    def ended(self, span: Span) -> None:
        self._ends[span.place] = span.ended

    def blocked(self, blocked: Blocked) -> None:
        self._blocked[self._record.graph.index(blocked.task.id)] = blocked

    # As a plugin

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Generator[None, None, None]:
        # pytest's writer takes the properties from the last report of a test. Without a
        # file nobody asked for more of them.
        if self._has_file and report.when == "teardown":
            report.user_properties.extend(self._find_properties(report.nodeid))
        self._reported = report
        try:
            return (yield)
        finally:
            self._reported = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> Generator[None, Any, Any]:
        status = yield
        # The short summary asks for the same words.
        if not self._is_verbose or report is not self._reported or not status:
            return status
        category, letter, word = status
        text, *markup = word if isinstance(word, tuple) else (word,)
        where = self._describe(report) if text else ""
        if not where:
            return status
        return (
            category,
            letter,
            (f"{text} [{where}]", *markup) if markup else (f"{text} [{where}]"),
        )

    # What there is to say

    def _find_place(self, nodeid: str) -> int | None:
        try:
            return self._record.graph.index(nodeid)
        except KeyError:
            return None

    def _describe(self, report: Any) -> str:
        place = self._find_place(report.nodeid)
        if place is None:
            return ""
        phase = f"phase {self._record.graph.phase_of[place] + 1}"
        # pytest-xdist's lines begin with the worker.
        if place in self._blocked or hasattr(report, "node"):
            return phase
        slot = self._find_slot(place)
        return phase if slot is None else f"{phase}, {slot}"

    def _find_slot(self, place: int) -> str | None:
        start = self._starts.get(place)
        if start is None:
            return None
        # Those that run in the main thread have no slot.
        return "alone" if start.slot < 0 else f"slot {start.slot}"

    def _find_properties(self, nodeid: str) -> Iterator[tuple[str, object]]:
        place = self._find_place(nodeid)
        if place is None:
            return
        start = self._starts.get(place)
        if start is not None:
            yield "slot", start.slot if start.slot >= 0 else "main"
        yield "phase", self._record.graph.phase_of[place] + 1
        if start is not None:
            yield "waited", f"{self._find_wait(start):.3f}"
        if (blocked := self._blocked.get(place)) is not None:
            yield "blocked_by", blocked.root.id

    def _find_wait(self, start: Start) -> float:
        """Return the seconds from the end of the last dependency to a start."""
        dependencies = self._record.graph.dependencies[start.place]
        ends = [self._ends[each] for each in dependencies if each in self._ends]
        return max(start.began - max(ends, default=self._record.began), 0.0)
