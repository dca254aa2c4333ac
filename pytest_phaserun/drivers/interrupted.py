"""Tests that were stopped because the run ends: what still counts of them.

Such a test has not failed; it has come to nothing, unless its end was known before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..isolation.current import ItemRun
from ..scheduling.lease import Lease
from .outcome import TIMEOUT_ATTRIBUTE, has_ended, is_failure, last_attempt
from .state import Shared


def came_to_nothing(
    shared: Shared, lease: Lease, run: ItemRun, escaped: BaseException | None = None
) -> bool:
    """Tell whether a test that ends came to nothing because the run ends.

    Reports that do not count are taken away. With ``changed`` held.

    :param escaped: what the test itself has ended the run with.
    """
    if lease.number not in shared.told:
        return escaped is not None and not has_ended(run.reports)
    reports = last_attempt(run.reports)
    ends = [report for report in reports if report.when != "teardown"]
    # To stop looks like a failure, and like an expected one.
    is_known = has_ended(ends) and not any(
        is_failure(report) or hasattr(report, "wasxfail") for report in ends
    )
    kept = [call for call in run.shipped if _counts(call[1], is_known=is_known)]
    run.shipped[:] = kept if any("report" in each for _, each in kept) else []
    return not is_known


def _counts(arguments: Mapping[str, Any], *, is_known: bool) -> bool:
    """Tell whether a call of a reporting hook is of use: what is no report always is.

    :param is_known: so is the end of the test; errors of its teardown count anyway.
    """
    report = arguments.get("report")
    if report is None:
        return True
    if report.when == "teardown" and not report.passed:
        return not hasattr(report, TIMEOUT_ATTRIBUTE)
    return is_known
