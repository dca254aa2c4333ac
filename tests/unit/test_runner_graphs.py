"""How ``ParallelRunner`` runs tasks that depend on others."""

from __future__ import annotations

import pytest
from running import GUARD, SOON, Recorder, complete, get_statuses, hang

from pytest_phaserun.errors import (
    CycleError,
    DuplicateTaskError,
    UnknownDependencyError,
)
from pytest_phaserun.model import Schedule, Status, Task, TaskResult
from pytest_phaserun.runner import ParallelRunner

pytestmark = pytest.mark.asyncio

COMPLETED, FAILED = Status.COMPLETED, Status.FAILED
TIMEOUT, BLOCKED = Status.TIMEOUT, Status.BLOCKED


@pytest.mark.parametrize("schedule", Schedule)
async def test_dependent_starts_after_its_dependency_has_ended(
    schedule: Schedule,
) -> None:
    tasks = [
        Task(id="c", dependencies=("a", "b")),
        Task(id="b", dependencies=("a",)),
        Task(id="a"),
    ]
    recorder = Recorder()
    runner = ParallelRunner(4, GUARD, schedule=schedule)

    results = await runner.run(tasks, recorder.execute)

    assert recorder.log == [
        *("start a", "end a"),
        *("start b", "end b"),
        *("start c", "end c"),
    ]
    assert [result.task_id for result in results] == ["c", "b", "a"]


async def test_dependents_of_a_failed_task_are_blocked_with_the_chain_to_it() -> None:
    tasks = [
        Task(id="a"),
        Task(id="b", dependencies=("a",)),
        Task(id="c", dependencies=("b",)),
        Task(id="other"),
    ]

    async def fail() -> None:
        raise ValueError("no such table")

    recorder = Recorder(a=fail)
    results = await ParallelRunner(4, GUARD).run(tasks, recorder.execute)

    a, b, c, other = results
    assert (a.status, a.error) == (FAILED, "ValueError: no such table")
    assert b == TaskResult(
        task_id="b",
        status=BLOCKED,
        error="depends on a (ValueError: no such table)",
        duration=0.0,
    )
    assert c == TaskResult(
        task_id="c",
        status=BLOCKED,
        error="depends on b, blocked by a (ValueError: no such table)",
        duration=0.0,
    )
    assert other.status is COMPLETED
    assert sorted(recorder.started) == ["a", "other"]


async def test_dependents_of_a_timed_out_task_are_blocked() -> None:
    tasks = [Task(id="a", timeout=SOON), Task(id="b", dependencies=("a",))]

    results = await ParallelRunner().run(tasks, Recorder(a=hang).execute)

    assert get_statuses(results) == {"a": TIMEOUT, "b": BLOCKED}
    assert results[1].error == "depends on a (timed out after 0.01 s)"


async def test_reason_of_a_blocked_task_is_one_line() -> None:
    tasks = [Task(id="a"), Task(id="b", dependencies=("a",))]

    async def fail() -> None:
        raise AssertionError("1 != 2\nin full:\n1\n2")

    results = await ParallelRunner().run(tasks, Recorder(a=fail).execute)

    assert results[0].error == "AssertionError: 1 != 2\nin full:\n1\n2"
    assert results[1].error == "depends on a (AssertionError: 1 != 2)"


async def test_long_chain_is_blocked_without_recursion() -> None:
    count = 10_000
    tasks = [Task(id="0")]
    tasks += [Task(id=f"{n}", dependencies=(f"{n - 1}",)) for n in range(1, count)]

    async def fail(task: Task) -> None:
        raise ValueError("no")

    results = await ParallelRunner().run(tasks, fail)

    assert results[0].status is FAILED
    assert {result.status for result in results[1:]} == {BLOCKED}
    assert results[-1].error == "depends on 9998, blocked by 0 (ValueError: no)"


async def test_long_chain_completes_without_recursion() -> None:
    count = 10_000
    tasks = [Task(id="0")]
    tasks += [Task(id=f"{n}", dependencies=(f"{n - 1}",)) for n in range(1, count)]

    results = await ParallelRunner().run(tasks, complete)

    assert {result.status for result in results} == {COMPLETED}


@pytest.mark.parametrize(
    ("tasks", "error", "text"),
    [
        pytest.param(
            [
                Task(id="free"),
                Task(id="a", dependencies=("b",)),
                Task(id="b", dependencies=("a",)),
            ],
            CycleError,
            "cycle: a -> b -> a",
            id="cycle",
        ),
        pytest.param(
            [Task(id="free"), Task(id="a", dependencies=("fre",))],
            UnknownDependencyError,
            "'a' depends on unknown task 'fre'; did you mean 'free'?",
            id="unknown dependency",
        ),
        pytest.param(
            [Task(id="free"), Task(id="free")],
            DuplicateTaskError,
            "duplicate task id 'free'; ids must be unique",
            id="duplicate",
        ),
    ],
)
async def test_impossible_graph_raises_before_anything_starts(
    tasks: list[Task], error: type[Exception], text: str
) -> None:
    recorder = Recorder()

    with pytest.raises(error) as caught:
        await ParallelRunner().run(tasks, recorder.execute)

    assert str(caught.value) == text
    assert recorder.log == []
