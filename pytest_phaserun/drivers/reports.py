"""Reports of what no test could report itself: blocked, abandoned, torn down late.

All of it runs in the main thread, through the hooks any report goes through.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any, Literal

import pytest

from ..dispatch import Blocked
from ..isolation.output import STDERR, STDOUT
from .guard import TimedOut
from .outcome import TIMEOUT_ATTRIBUTE
from .state import Abandoned

When = Literal["setup", "call", "teardown"]


class TimeoutReports:
    """Marks the report of a stage that timed out."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.excinfo is not None and isinstance(call.excinfo.value, TimedOut):
            if report.failed:
                setattr(report, TIMEOUT_ATTRIBUTE, call.excinfo.value.limit)
        return report


def report_blocked(item: pytest.Item, blocked: Blocked) -> None:
    """Report a test that never ran as skipped, with the reason."""
    path, line, _ = item.reportinfo()
    reason = (os.fspath(path), (line or 0) + 1, f"Skipped: {blocked.reason}")
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    hook.pytest_runtest_logreport(report=_make(item, "setup", "skipped", reason))
    hook.pytest_runtest_logreport(report=_make(item, "teardown", "passed"))
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def report_abandoned(item: pytest.Item, abandoned: Abandoned) -> None:
    """Report a test that was given up, in the stage in which it hangs."""
    run = abandoned.run
    if run is not None:
        for fd, key in ((STDOUT, "stdout"), (STDERR, "stderr")):
            item.add_report_section(abandoned.stage, key, run.output.take(fd))
    report = report_error(item, abandoned.stage, abandoned.error, abandoned.seconds)
    hook = item.ihook
    hook.pytest_runtest_logreport(report=report)
    if abandoned.stage != "teardown":
        hook.pytest_runtest_logreport(report=_make(item, "teardown", "passed"))
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def report_error(
    item: pytest.Item, when: When, error: BaseException, seconds: float = 0.0
) -> pytest.TestReport:
    """Make the report of a stage that raised ``error``, as pytest makes it."""

    def fail() -> None:
        raise error

    call = pytest.CallInfo.from_call(fail, when)
    report: pytest.TestReport = item.ihook.pytest_runtest_makereport(
        item=item, call=call
    )
    report.duration = seconds
    return report


def _make(
    item: pytest.Item, when: When, outcome: Any, longrepr: Any = None
) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome=outcome,
        longrepr=longrepr,
        when=when,
        user_properties=item.user_properties,
    )
