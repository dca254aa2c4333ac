"""Output and log records of subtests, while their tests run beside others.

pytest's ``subtests`` capture them by replacing the streams of the process, and by a
handler that hears every test.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# As in `output`.
from _pytest.capture import CaptureIO

from .current import ItemRun, current_run
from .output import STDERR, STDOUT

_Capturing = Callable[[Any], Any]


def count_subtests(
    config: pytest.Config, item: pytest.Item, reports: Iterable[pytest.TestReport]
) -> None:
    """Let pytest know how many subtests have failed in what is reported of an item.

    It counts where and when they run: perhaps in another process, or in a run that is
    not reported. Those of unittest do not count.
    """
    unittest = sys.modules.get("unittest")
    if unittest is not None and issubclass(
        getattr(item, "cls", None) or object, unittest.TestCase
    ):
        return
    # Private, in 9.0 to 9.2, where it is always loaded; earlier versions have no
    # subtests of their own.
    module: Any = sys.modules.get("_pytest.subtests")
    try:
        counts, kind = config.stash[module.failed_subtests_key], module.SubtestReport
    except (AttributeError, KeyError):
        return
    failed = 0
    for report in reports:
        if str(report.outcome) == "rerun":
            failed = 0  # what an attempt has come to does not count after the next one
        failed += isinstance(report, kind) and report.failed
    # Before 9.2 items have no `id` but the text.
    counts[getattr(item, "id", item.nodeid)] = failed


@contextmanager
def routed_subtests() -> Iterator[None]:
    """Let subtests capture what their own test writes and logs."""
    try:
        # Private, in 9.0 to 9.2; earlier versions have no subtests of their own.
        module: Any = importlib.import_module("_pytest.subtests")
        output, logs = module.capturing_output, module.capturing_logs
    except (ImportError, AttributeError):
        yield
        return
    module.capturing_output = _route_output(output, module.Captured)
    module.capturing_logs = _route_logs(logs)
    try:
        yield
    finally:
        module.capturing_output, module.capturing_logs = output, logs


def _route_output(original: _Capturing, captured_type: Callable[[], Any]) -> _Capturing:
    @contextmanager
    def capturing_output(request: Any) -> Iterator[Any]:
        run = current_run()
        if run is None:
            with original(request) as captured:
                yield captured
            return
        captured = captured_type()
        method = request.config.getoption("capture", default="no")
        is_captured = method in ("sys", "fd")
        if not is_captured or run.capture_fixture is not None:
            yield captured
            return
        with _pushed(run, STDOUT) as out, _pushed(run, STDERR) as err:
            try:
                yield captured
            finally:
                captured.out, captured.err = out.getvalue(), err.getvalue()

    return capturing_output


@contextmanager
def _pushed(run: ItemRun, fd: int) -> Iterator[CaptureIO]:
    buffer = CaptureIO()
    run.output.push(fd, buffer)
    try:
        yield buffer
    finally:
        run.output.remove(fd, buffer)


def _route_logs(original: _Capturing) -> _Capturing:
    @contextmanager
    def capturing_logs(request: Any) -> Iterator[Any]:
        run = current_run()
        with original(request) as captured:
            if run is not None and captured is not None:
                captured.handler.addFilter(lambda record: current_run() is run)
            yield captured

    return capturing_logs
