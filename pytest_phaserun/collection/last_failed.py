"""What ``--lf`` runs next time: blocked tests as well.

pytest takes a test that was reported as skipped for one that does not fail any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ..drivers.outcome import is_failure
from ..graph import TaskGraph
from ..record import RunRecord

#: Where pytest's cache keeps the node ids of the tests that failed.
KEY = "cache/lastfailed"


class LastFailed:
    """Hears reports; the main thread alone calls it."""

    def __init__(self, config: pytest.Config) -> None:
        self._cache: Any = getattr(config, "cache", None)
        self._before = self._read()
        self._failed: set[str] = set()
        self._skipped: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if is_failure(report):
            self._failed.add(report.nodeid)
        elif report.skipped:
            self._skipped.add(report.nodeid)

    def keep(self, items: Sequence[pytest.Item], record: RunRecord) -> None:
        """Add blocked tests to what pytest has kept; call after pytest has done so.

        Those that wait for a test that failed, and those that failed before.
        """
        if self._cache is None:
            return
        ran = {span.place for span in record.spans}
        blocked = {
            place
            for place, item in enumerate(items)
            if place not in ran and item.nodeid in self._skipped
        }
        failed = [p for p, item in enumerate(items) if item.nodeid in self._failed]
        kept = _find_behind(record.graph, failed, blocked)
        kept.update(p for p in blocked if items[p].nodeid in self._before)
        if kept:
            names = dict.fromkeys((items[place].nodeid for place in sorted(kept)), True)
            self._cache.set(KEY, {**self._read(), **names})

    def _read(self) -> dict[str, bool]:
        kept = None if self._cache is None else self._cache.get(KEY, None)
        # Anybody can write to the file.
        return kept if isinstance(kept, dict) else {}


def _find_behind(
    graph: TaskGraph, failed: Sequence[int], blocked: set[int]
) -> set[int]:
    """Return the blocked tests behind those that failed."""
    found: set[int] = set()
    work = list(failed)
    for place in work:
        for dependent in graph.dependents[place]:
            if dependent in blocked and dependent not in found:
                found.add(dependent)
                work.append(dependent)
    return found
