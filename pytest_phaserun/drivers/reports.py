"""Reports of what no test could report itself: abandoned, torn down late.

All of it runs in the main thread, through the hooks any report goes through.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from ..isolation.stages import When
from ..isolation.unittest_errors import forget_errors
from .outcome import TIMEOUT_ATTRIBUTE
from .timed_out import TimedOut


class TimeoutReports:
    """Marks the report of a stage that timed out."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, TimedOut):
            forget_errors(item)
        report = yield
        if isinstance(error, TimedOut) and report.failed:
            show_timeout(report, error)
        return report


def show_timeout(report: pytest.TestReport, error: TimedOut) -> None:
    """Make the report of a failure one of a timeout."""
    setattr(report, TIMEOUT_ATTRIBUTE, error.limit)
    show_text(report, error)
    report.__class__ = TimeoutReport


def show_text(report: pytest.TestReport, error: BaseException) -> None:
    """Let a report show what an error says, and no traceback."""
    # The annotation knows pytest's own classes; any that writes itself will do.
    text: Any = ReportText(str(error), report.location)
    report.longrepr = text


class TimeoutReport(pytest.TestReport):
    """Stands among the failures, and is counted as a timeout instead."""

    @property
    def count_towards_summary(self) -> bool:
        """Tell whether it counts as its outcome says: one that is run again does."""
        return not self.failed


class ReportText:
    """What a report says where there is no traceback: a line for summaries, and all.

    :ivar reprcrash: where pytest's summaries look for the line.
    """

    def __init__(self, text: str, location: tuple[str, int | None, str]) -> None:
        self._text = text
        path, line, _ = location
        self.reprcrash = CrashLine(path, (line or 0) + 1, text.split("\n")[0])

    def __str__(self) -> str:
        return self._text

    def toterminal(self, terminal: Any) -> None:
        """Write to pytest's terminal writer."""
        for line in self._text.splitlines():
            terminal.line(line, red=not line.startswith(" "))


@dataclass(frozen=True, slots=True)
class CrashLine:
    """A place and a message, in the shape of pytest's own."""

    path: str
    lineno: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.lineno}: {self.message}"


def report_given_up(
    item: pytest.Item, stage: When, error: TimedOut, seconds: float
) -> None:
    """Report the end of a test in the stage in which it hangs."""
    hook = item.ihook
    report = report_error(item, stage, error, seconds)
    hook.pytest_runtest_logreport(report=report)
    if stage != "teardown":
        teardown = make_report(item, "teardown", "passed")
        # The JUnit file takes what was printed from the last report.
        teardown.sections.extend(report.sections)
        hook.pytest_runtest_logreport(report=teardown)
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
    report.start, report.duration = report.stop - seconds, seconds
    return report


def make_report(
    item: pytest.Item, when: When, outcome: Any, longrepr: Any = None
) -> pytest.TestReport:
    """Make the report of a stage that did not run."""
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords=dict.fromkeys(item.keywords, 1),
        outcome=outcome,
        longrepr=longrepr,
        when=when,
        user_properties=item.user_properties,
    )
