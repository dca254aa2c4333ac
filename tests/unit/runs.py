"""Runs for tests of their views, written down briefly."""

from __future__ import annotations

from typing import Any

from pytest_phaserun.model import Status
from pytest_phaserun.recording.run import MAIN_SLOT, Attempt, Run, TestRun

#: When every run here began, in seconds since the epoch.
BEGAN = 1_000_000.0


def ran(
    begin: float,
    end: float | None,
    *,
    slot: int = 0,
    status: Status | None = Status.COMPLETED,
    is_provisional: bool = False,
) -> Attempt:
    """Return an attempt; begin and end in seconds since the run began."""
    return Attempt(
        slot=slot,
        start=BEGAN + begin,
        end=None if end is None else BEGAN + end,
        status=status,
        is_provisional=is_provisional,
    )


def ran_alone(begin: float, end: float, **more: Any) -> Attempt:
    """Return an attempt in the main thread."""
    return ran(begin, end, slot=MAIN_SLOT, **more)


def make_run(
    *tests: dict[str, Any],
    ended: float | None = 10.0,
    exit_code: int | None = 0,
    slots: int = 2,
) -> Run:
    """Return a run of tests, each with the fields that matter."""
    return Run(
        began=BEGAN,
        ended=None if ended is None else BEGAN + ended,
        exit_code=exit_code,
        concurrency=slots,
        schedule="phase",
        executor="threads",
        root="/project",
        pytest="9.2.0",
        python="3.13.0",
        tests=tuple(_make_test(place, **test) for place, test in enumerate(tests)),
    )


def _make_test(place: int, **fields: Any) -> TestRun:
    name = fields.pop("id", f"test_x.py::test_{place}")
    attempts = fields.pop("attempts", ())
    return TestRun(
        place=place,
        id=name,
        nodeid=name,
        phase=fields.pop("phase", 1),
        attempts=tuple(attempts),
        **fields,
    )
