"""From the reports of an item to the one word the dispatcher wants to hear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from ..model import Status

#: Report attribute: the seconds a test had that timed out.
TIMEOUT_ATTRIBUTE = "phaserun_timeout"

#: Report attribute: the test failed beside others and passed alone.
ALONE_ATTRIBUTE = "phaserun_alone"


class Outcome(NamedTuple):
    """What an item came to.

    :ivar error: what became of it in words, for the tests that depend on it.
    :ivar failures: how many of its reports count for ``--maxfail``.
    """

    status: Status
    error: str | None = None
    failures: int = 0


def is_failure(report: Any) -> bool:
    """Tell whether pytest counts this report as a failure."""
    return bool(report.failed) and not hasattr(report, "wasxfail")


def last_attempt(reports: Iterable[pytest.TestReport]) -> list[pytest.TestReport]:
    """Return the reports of the last attempt, where a plugin runs a test again.

    Those of earlier ones do not count, not even of subtests: the report of a failed
    attempt, which is neither passed nor failed, speaks for what came before it.
    """
    last: list[pytest.TestReport] = []
    for report in reports:
        last.append(report)
        if str(report.outcome) == "rerun":
            last.clear()
    return last


def has_ended(reports: Iterable[pytest.TestReport]) -> bool:
    """Tell whether it is known how a test ended, its teardown aside."""
    return any(
        report.when == "call" or (report.when == "setup" and not report.passed)
        for report in last_attempt(reports)
    )


def judge(reports: Iterable[pytest.TestReport]) -> Outcome:
    """Return the outcome of an item; that of the worst report of its last attempt."""
    failures = 0
    worst, error = Status.NOT_RUN, "it did not run"
    for report in last_attempt(reports):
        if is_failure(report):
            failures += 1
            if worst not in (Status.FAILED, Status.TIMEOUT):
                worst, error = _failure(report)
        elif report.skipped and worst not in (Status.FAILED, Status.TIMEOUT):
            worst = Status.SKIPPED
            error = "xfailed" if hasattr(report, "wasxfail") else "skipped"
        elif report.when != "teardown" and report.passed and worst is Status.NOT_RUN:
            # Without a call, as with `--setup-only`, its setup has to do.
            worst, error = Status.COMPLETED, ""
    if worst is Status.NOT_RUN:
        worst = Status.FAILED
    return Outcome(status=worst, error=error or None, failures=failures)


def timed_out(limit: float) -> Outcome:
    """Return the outcome of a test that had ``limit`` seconds."""
    return Outcome(
        status=Status.TIMEOUT, error=f"timed out after {limit:g} s", failures=1
    )


def _failure(report: pytest.TestReport) -> tuple[Status, str]:
    limit = getattr(report, TIMEOUT_ATTRIBUTE, None)
    if limit is not None:
        return Status.TIMEOUT, timed_out(limit).error or ""
    if report.when == "call":
        return Status.FAILED, "failed"
    return Status.FAILED, f"error in {report.when}"
