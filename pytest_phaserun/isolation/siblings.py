"""The tests of a file that the command line did not name, or that a plugin left out.

``pytest test_x.py::test_b`` collects the whole file and keeps one test, ``--lf`` those
that failed; a test that ``test_b`` depends on is among the others.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any

import pytest


class Siblings:
    """Remembers what every file and class holds; registered during collection."""

    def __init__(self) -> None:
        self._found: dict[Any, list[Any]] = {}

    # The innermost wrapper sees what there is before others leave something out.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        self._found[collector] = list(report.result) if report.passed else []
        return report

    def collect(self, items: Iterable[pytest.Item]) -> list[pytest.Item]:
        """Return all tests of the files that ``items`` come from, ``items`` included.

        Call during collection: the nodes that were collected already are the same
        again.
        """
        items = list(items)
        files: dict[Any, None] = {}
        for item in items:
            file = item.getparent(pytest.File)  # type: ignore[type-abstract]
            files[item if file is None else file] = None
        found = [each for node in files for each in self._walk(node)]
        # Of tests that another plugin has made there is no trace in their files.
        return list(dict.fromkeys([*found, *items]))

    def _walk(self, node: Any) -> Iterator[pytest.Item]:
        if isinstance(node, pytest.Item):
            yield node
            return
        if node not in self._found:
            self._collect_now(node)
        for child in self._found.get(node, ()):
            yield from self._walk(child)

    def _collect_now(self, node: Any) -> None:
        # Keeps its answer for the rest of this collection, 8.0 to 9.2; the public
        # `genitems` would count the tests as selected. Without it nothing is found.
        collect = getattr(node.session, "_collect_one_node", None)
        if collect is not None:
            collect(node)
