"""Entries of the configuration that mean no test, which may be misspelt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from ..markers.elsewhere.configured import find_entry
from ..markers.elsewhere.node_globs import is_meant
from ..markers.elsewhere.toml_file import Entry
from ..options import EXCLUSIVE
from .closure import Closure
from .left_out import is_narrowed

#: Options of pytest that leave files out.
_IGNORING = ("ignore", "ignore_glob")


class Unmatched:
    """A plugin that tells of them once all tests of the suite are there.

    It says nothing where some may be missing: of those that a run was not asked for,
    that could not be collected, or whose file skips itself.

    :param entries: of the file of the project.
    :param exclusive: those of ``phase_exclusive``.
    """

    def __init__(
        self,
        config: pytest.Config,
        closure: Closure,
        entries: Sequence[Entry],
        exclusive: Sequence[str],
    ) -> None:
        self._closure = closure
        self._entries = entries
        self._exclusive = exclusive
        ignores = any(config.getoption(name, default=None) for name in _IGNORING)
        self._is_whole = not (ignores or is_narrowed(config))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._is_whole = self._is_whole and report.passed

    def pytest_report_collectionfinish(self, config: pytest.Config) -> list[str]:
        if not self._is_whole or config.get_verbosity() < 0:
            return []
        return [f"phaserun: {entry} means no test" for entry in self._find()]

    def _find(self) -> Iterator[str]:
        known = self._closure.known
        for entry in self._entries:
            if not any(is_meant(item.nodeid, entry.pattern) for item in known):
                yield entry.source
        for name in self._exclusive:
            if not any(find_entry(item, [name]) for item in known):
                yield f"{EXCLUSIVE.key} {name!r}"
