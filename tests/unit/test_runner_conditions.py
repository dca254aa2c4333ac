"""Conditions, units and priorities as ``ParallelRunner`` runs them."""

from __future__ import annotations

import asyncio

import pytest

from pytest_phaserun import (
    Claim,
    Dependency,
    ParallelRunner,
    Require,
    Schedule,
    Status,
    Task,
    When,
)

pytestmark = pytest.mark.asyncio


async def fail_some(task: Task) -> None:
    if task.id.startswith("bad"):
        raise OSError("boom")


async def test_results_tell_what_became_of_every_kind_of_dependency() -> None:
    tasks = [
        *(Task(id="bad"), Task(id="good")),
        Task(id="clean", dependencies=(Dependency(ids=("bad",), when=When.FINISHED),)),
        Task(id="dump", dependencies=(Dependency(ids=("bad",), when=When.FAILED),)),
        Task(id="idle", dependencies=(Dependency(ids=("good",), when=When.FAILED),)),
        Task(
            id="either",
            dependencies=(Dependency(ids=("bad", "good"), require=Require.ANY),),
        ),
    ]

    results = await ParallelRunner().run(tasks, fail_some)

    assert [(each.task_id, each.status, each.error) for each in results] == [
        ("bad", Status.FAILED, "OSError: boom"),
        ("good", Status.COMPLETED, None),
        ("clean", Status.COMPLETED, None),
        ("dump", Status.COMPLETED, None),
        ("idle", Status.BLOCKED, "runs only if good fails, and it passed"),
        ("either", Status.COMPLETED, None),
    ]


@pytest.mark.parametrize("method", ["run", "run_phase"])
async def test_units_stay_within_the_capacities(method: str) -> None:
    running = most = 0

    async def count(task: Task) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    pool = Claim(thing="pool", state="use", units=1)
    tasks = [Task(id=str(number), claims=(pool,)) for number in range(6)]
    runner = ParallelRunner(
        concurrency=4, schedule=Schedule.GRAPH, capacities={"pool": 2}
    )

    await getattr(runner, method)(tasks, count)

    assert most == 2


async def test_claim_of_more_than_there_is_raises_before_anything_runs() -> None:
    ran = []

    async def note(task: Task) -> None:
        ran.append(task.id)

    pool = Claim(thing="pool", state="use", units=2)
    tasks = [Task(id="a"), Task(id="b", claims=(pool,))]

    with pytest.raises(ValueError, match=r"^task 'b' claims 2 units of 'pool', "):
        await ParallelRunner().run(tasks, note)

    assert ran == []


async def test_phase_takes_tasks_without_their_conditions() -> None:
    task = Task(id="a", dependencies=(Dependency(ids=("b",), when=When.FAILED),))

    (result,) = await ParallelRunner().run_phase([task], fail_some)

    assert result.status is Status.COMPLETED


async def test_runner_with_capacities_can_be_a_key() -> None:
    runner = ParallelRunner(capacities={"pool": 2})

    assert {runner: 1}[runner] == 1
