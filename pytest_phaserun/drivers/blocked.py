"""Reports of tests that never ran because what they depend on did not pass."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest

from ..dispatch import Blocked
from ..record import RunRecord
from .reports import ReportText, make_report


class BlockedReports:
    """Reports blocked tests, in the main thread, and records them.

    :param are_failures: they count as failures, not as skipped.
    """

    def __init__(self, record: RunRecord, *, are_failures: bool) -> None:
        self._record = record
        self._are_failures = are_failures

    def report(self, items: Sequence[pytest.Item], blocked: Sequence[Blocked]) -> None:
        """Report some tests with what blocked each."""
        for item, each in zip(items, blocked, strict=True):
            self._record.note_blocked(each)
            hook = item.ihook
            hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            hook.pytest_runtest_logreport(report=self._make_setup(item, each))
            teardown = make_report(item, "teardown", "passed")
            hook.pytest_runtest_logreport(report=teardown)
            hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def fails(self, blocked: Blocked) -> bool:
        """Tell whether a blocked test counts as a failure."""
        return self._are_failures and not blocked.needless

    def _make_setup(self, item: pytest.Item, blocked: Blocked) -> pytest.TestReport:
        if self.fails(blocked):
            # The annotation knows pytest's own classes; any that writes itself will do.
            text: Any = ReportText(blocked.reason, item.location)
            return make_report(item, "setup", "failed", text)
        path, line, _ = item.reportinfo()
        reason = (os.fspath(path), (line or 0) + 1, f"Skipped: {blocked.reason}")
        return make_report(item, "setup", "skipped", reason)
