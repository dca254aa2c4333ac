"""Failures beside others that are not confirmed yet, and what a second run says.

Keeps what the first run reported until it is known whether it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from ..isolation.current import HookCall, reports_in
from ..model import Status
from ..scheduling.lease import Lease
from .ended import Ended
from .outcome import ALONE_ATTRIBUTE, Outcome, is_failure, judge, last_attempt

_STRICT_NOTE = (
    "The test passed when it was run again alone. "
    "With --phase-strict its failure beside others counts."
)


class Verdict(NamedTuple):
    """Which run of a test counts.

    :ivar calls: the reporting hooks of that run.
    :ivar refuted: the failure that did not come again, ``None`` if it did.
    """

    outcome: Outcome
    calls: Sequence[HookCall]
    refuted: str | None = None


class Doubts:
    """Owned by the driver; the main thread alone may ask.

    When that is lost in a test, the watchdog takes everything and ends the process.
    """

    def __init__(self) -> None:
        self._kept: dict[int, Ended] = {}

    def add(self, failed: Ended) -> None:
        """Keep a failure back."""
        self._kept[failed.lease.number] = failed

    def take(self, lease: Lease) -> Ended:
        """Return what is known of a failed lease, and keep it no more."""
        return self._kept.pop(lease.number)

    def take_all(self, is_unconfirmed: Callable[[Lease], bool]) -> list[Ended]:
        """Return everything, in the order of the starts.

        :param is_unconfirmed: some of it may count as not run by now.
        """
        kept = [self._kept[number] for number in sorted(self._kept)]
        self._kept.clear()
        return [failed for failed in kept if is_unconfirmed(failed.lease)]


def first_word(failed: Ended) -> Verdict:
    """Let the failure stand."""
    return Verdict(outcome=failed.outcome, calls=failed.run.shipped)


def decide(failed: Ended, calls: Sequence[HookCall], *, strict: bool) -> Verdict:
    """Say which run counts: the failed one if the other one failed as well.

    :param calls: the reporting hooks of the second run, alone.
    :param strict: the failed one counts in any case.
    """
    outcome = judge(reports_in(calls))
    if failed.run.has_lost_loop:
        # That was another test's doing, and says nothing about this one.
        return Verdict(outcome=outcome, calls=calls)
    if outcome.status in (Status.FAILED, Status.TIMEOUT):
        said = _with_last_teardown(failed.run.shipped, calls)
        return Verdict(outcome=judge(reports_in(said)), calls=said)
    failures = list(filter(is_failure, last_attempt(failed.run.reports)))
    refuted = "\n".join(report.longreprtext for report in failures)
    if strict:
        for report in failures:
            report.sections.append(("phaserun", _STRICT_NOTE))
        counts, said = failed.outcome, failed.run.shipped
        return Verdict(outcome=counts, calls=said, refuted=refuted)
    for report in reports_in(calls):
        if _is_plain_pass(report):
            setattr(report, ALONE_ATTRIBUTE, True)
    has_passed = outcome.status is Status.COMPLETED
    return Verdict(
        outcome=outcome, calls=calls, refuted=refuted if has_passed else None
    )


def _is_plain_pass(report: pytest.TestReport) -> bool:
    """Tell whether a report counts as a test that passed, and as nothing else."""
    is_own = type(report) is pytest.TestReport and not hasattr(report, "wasxfail")
    return is_own and report.when == "call" and report.passed


def _with_last_teardown(
    first: Sequence[HookCall], second: Sequence[HookCall]
) -> list[HookCall]:
    """Return the calls of the first run, with the teardown of the second one.

    What is wider than the test was taken down there alone. An error of the test's own
    teardown stays.
    """
    said = list(first)
    last = {report.when: report for report in reports_in(second)}.get("teardown")
    for place, (name, arguments) in reversed(list(enumerate(said))):
        report = arguments.get("report")
        if last is not None and report is not None and report.when == "teardown":
            if report.passed:
                if hasattr(report, "worker_id"):
                    # pytest's JUnit file has a case for each test and worker.
                    last.worker_id = report.worker_id  # type: ignore[attr-defined]
                said[place] = name, {**arguments, "report": last}
            break
    return said
