"""What a run teaches the next one: what its tests took, and which must run alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from .history import STAGES, History
from .memory import Memory
from .model import Status
from .record import RunRecord, Span


class Learner:
    """Registered as a plugin; hears the reports of all tests, in the main thread.

    :param memory: where what is learnt is kept; only by the process that reports.
    """

    def __init__(self, config: pytest.Config, memory: Memory) -> None:
        self._root = config.rootpath
        self._memory = memory
        self._is_worker = hasattr(config, "workerinput")
        self._times: dict[str, list[float]] = {}
        self._problem: str | None = None

    def pytest_runtest_logreport(self, report: Any) -> None:
        # A subtest lies inside the call of its test.
        if report.when in STAGES and getattr(report, "context", None) is None:
            times = self._times.setdefault(report.nodeid, [0.0] * len(STAGES))
            times[STAGES.index(report.when)] = report.duration

    def learn(
        self, record: RunRecord, collected: Iterable[pytest.Item], *, durations: bool
    ) -> None:
        """Keep what a run has shown, once it has ended.

        :param collected: all tests of the files that were collected as a whole, no
            matter which of them were selected.
        :param durations: keep how long tests took as well.
        """
        if self._is_worker:
            return
        self._memory.keep_alone(record)
        if not durations or not record.spans:
            return
        history = self._memory.durations
        for span in record.spans:
            if span.status is Status.COMPLETED:
                name = record.graph.tasks[span.place].id
                history.add(name, self._find_times(name, span))
        prune(history, (item.nodeid for item in collected), self._root)
        try:
            self._memory.keep_durations()
        except OSError as error:
            self._problem = f"history not written to {error.filename}: {error.strerror}"

    def _find_times(self, name: str, span: Span) -> tuple[float, float, float]:
        """Return the times of the stages; the call has what lies between them.

        What was torn down later, for several tests, was not in the span.
        """
        setup, call, teardown = self._times.get(name, (0.0, 0.0, 0.0))
        return setup, max(call, span.duration - setup - teardown), teardown

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if self._problem is not None:
            terminalreporter.write_line(f"phaserun: {self._problem}")


def prune(history: History, collected: Iterable[str], root: Path) -> None:
    """Forget tests that are gone: from files that are, or that were read anew.

    Of files in which no test was collected nothing is known.

    :param collected: the node ids of all tests of the files that were read.
    """
    known = set(collected)
    read = {_find_file(name) for name in known}
    exists: dict[str, bool] = {}

    def is_gone(name: str) -> bool:
        file = _find_file(name)
        if file in read:
            # Of a test that comes up twice the second one has a number of its own.
            return name not in known and name.rpartition(" #")[0] not in known
        if file not in exists:
            exists[file] = (root / file).exists()
        return not exists[file]

    history.prune(is_gone)


def _find_file(nodeid: str) -> str:
    return nodeid.partition("::")[0]
