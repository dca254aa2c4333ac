"""Whatever a task raises fails that task alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from running import GUARD, Recorder, complete_at_once, get_statuses, hang, make_tasks

from pytest_phaserun.model import Status, Task
from pytest_phaserun.runner import ParallelRunner

pytestmark = pytest.mark.asyncio

COMPLETED, FAILED = Status.COMPLETED, Status.FAILED


async def test_failure_stops_no_other_task() -> None:
    async def fail() -> None:
        raise ValueError("no")

    recorder = Recorder(b=fail)

    results = await ParallelRunner(2, GUARD).run_phase(
        make_tasks(*"abcd"), recorder.execute
    )

    assert [result.status for result in results] == [
        *(COMPLETED, FAILED),
        *(COMPLETED, COMPLETED),
    ]
    assert [result.error for result in results] == [None, "ValueError: no", None, None]


async def test_failure_without_a_text_is_named_by_its_type() -> None:
    async def fail(task: Task) -> None:
        raise ConnectionResetError

    (result,) = await ParallelRunner().run_phase(make_tasks("a"), fail)

    assert result.error == "ConnectionResetError"


async def test_error_whose_text_cannot_be_read_is_a_failure_like_any_other() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not even that")

    async def fail(task: Task) -> None:
        raise BrokenError

    (result,) = await ParallelRunner().run_phase(make_tasks("a"), fail)

    assert result.status is FAILED
    assert result.error == "BrokenError: (its text cannot be read)"


@pytest.mark.parametrize("kind", [asyncio.CancelledError, GeneratorExit, BaseException])
async def test_base_exception_that_interrupts_nothing_fails_its_task_alone(
    kind: type[BaseException],
) -> None:
    async def fail() -> None:
        raise kind("all by itself")

    recorder = Recorder(a=fail)

    results = await ParallelRunner(2, GUARD).run_phase(
        make_tasks(*"abc"), recorder.execute
    )

    assert get_statuses(results) == {"a": FAILED, "b": COMPLETED, "c": COMPLETED}
    assert results[0].error == f"{kind.__name__}: all by itself"


@pytest.mark.parametrize("then", [hang, complete_at_once], ids=["wait", "return"])
async def test_task_that_cancels_itself_fails(
    then: Callable[[], Awaitable[object]],
) -> None:
    async def cancel_myself() -> None:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()
        await then()

    recorder = Recorder(a=cancel_myself)

    results = await ParallelRunner(1, GUARD).run_phase(
        make_tasks("a", "b"), recorder.execute
    )

    assert get_statuses(results) == {"a": FAILED, "b": COMPLETED}
    assert results[0].error == "CancelledError"
