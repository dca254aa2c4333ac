"""Runs that are cancelled or interrupted end in order."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from running import (
    GUARD,
    SOON,
    Recorder,
    hang,
    let_others_run,
    make_tasks,
    swallow_cancellation,
)

from pytest_phaserun.model import Schedule, Task, TaskResult
from pytest_phaserun.runner import ParallelRunner

pytestmark = pytest.mark.asyncio


async def start_until_running(
    runner: ParallelRunner, tasks: list[Task], recorder: Recorder, count: int
) -> asyncio.Task[list[TaskResult]]:
    """Start a run and return when ``count`` tasks have started."""
    run = asyncio.create_task(runner.run_phase(tasks, recorder.execute))
    while len(recorder.started) < count:
        await asyncio.sleep(0)
    return run


async def test_cancelling_a_run_cancels_what_runs_and_starts_nothing() -> None:
    recorder = Recorder(a=hang, b=hang)
    run = await start_until_running(
        ParallelRunner(2, GUARD), make_tasks(*"abcd"), recorder, 2
    )

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert sorted(recorder.log) == ["cancel a", "cancel b", "start a", "start b"]


async def test_cancelled_run_ends_after_the_clean_up_of_its_tasks() -> None:
    async def clean_up_slowly() -> None:
        try:
            await hang()
        finally:
            await let_others_run()
            recorder.log.append("clean a")

    recorder = Recorder(a=clean_up_slowly)
    runner = ParallelRunner(1, 0, grace=GUARD)
    run = await start_until_running(runner, make_tasks("a"), recorder, 1)

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert recorder.log == ["start a", "clean a", "cancel a"]


async def test_task_that_swallows_its_cancellation_cannot_hold_a_cancelled_run() -> (
    None
):
    ended = asyncio.Event()
    recorder = Recorder(a=lambda: swallow_cancellation(ended))
    runner = ParallelRunner(1, 0, grace=SOON)
    run = await start_until_running(runner, make_tasks("a", "b"), recorder, 1)

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert recorder.log == ["start a"]
    ended.set()
    await let_others_run()
    assert recorder.log == ["start a", "end a"]


async def test_cancelled_run_lets_its_tasks_see_it_even_without_a_grace() -> None:
    recorder = Recorder(a=hang, b=hang)
    runner = ParallelRunner(2, 0, grace=0)
    run = await start_until_running(runner, make_tasks("a", "b"), recorder, 2)

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert sorted(recorder.log) == ["cancel a", "cancel b", "start a", "start b"]


async def test_run_that_has_ended_leaves_nothing_to_the_loop() -> None:
    recorder = Recorder(a=hang)
    ended = weakref.ref(recorder)
    runner = ParallelRunner(1, GUARD, grace=SOON)

    await runner.run_phase(make_tasks("b"), recorder.execute)
    run = await start_until_running(runner, make_tasks("a"), recorder, 2)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    del recorder, run
    await let_others_run()
    gc.collect()

    assert ended() is None


async def test_run_can_be_cancelled_while_a_task_has_its_grace() -> None:
    in_grace = asyncio.Event()

    async def clean_up_for_ever() -> None:
        try:
            await hang()
        finally:
            in_grace.set()
            await hang()

    recorder = Recorder(a=clean_up_for_ever)
    runner = ParallelRunner(1, SOON, grace=GUARD)
    run = await start_until_running(runner, make_tasks("a", "b"), recorder, 1)
    await in_grace.wait()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert recorder.log == ["start a", "cancel a"]


async def test_timeout_around_a_run_is_a_cancellation_from_outside() -> None:
    recorder = Recorder(a=hang)

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(
            ParallelRunner().run_phase(make_tasks("a"), recorder.execute), SOON
        )

    assert recorder.log == ["start a", "cancel a"]


async def test_run_whose_tasks_somebody_cancels_all_is_cancelled() -> None:
    recorder = Recorder(a=hang, b=hang)
    own = asyncio.all_tasks()
    run = await start_until_running(
        ParallelRunner(2, GUARD), make_tasks(*"abc"), recorder, 2
    )

    for task in asyncio.all_tasks() - own:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert recorder.started == ["a", "b"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
async def test_interrupt_of_a_task_ends_the_run_and_propagates(
    kind: type[BaseException],
) -> None:
    async def interrupt() -> None:
        await let_others_run()
        raise kind("enough")

    recorder = Recorder(a=hang, b=interrupt)

    with pytest.raises(kind, match="enough"):
        await ParallelRunner(2, GUARD).run_phase(make_tasks(*"abcd"), recorder.execute)

    assert recorder.log == ["start a", "start b", "cancel a"]


@pytest.mark.parametrize("schedule", Schedule)
async def test_nothing_starts_between_an_interrupt_and_the_end(
    schedule: Schedule,
) -> None:
    async def interrupt() -> None:
        raise KeyboardInterrupt

    async def end_at_once() -> None:
        pass

    recorder = Recorder(a=interrupt, b=end_at_once)
    runner = ParallelRunner(2, GUARD, schedule=schedule)

    with pytest.raises(KeyboardInterrupt):
        await runner.run_phase(make_tasks(*"abcd"), recorder.execute)

    assert recorder.started == ["a", "b"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
async def test_interrupt_of_a_plain_executor_propagates(
    kind: type[BaseException],
) -> None:
    def interrupt(task: Task) -> None:
        raise kind("enough")

    with pytest.raises(kind, match="enough"):
        await ParallelRunner().run_phase(make_tasks("a", "b"), interrupt)


async def test_interrupt_that_comes_in_the_grace_propagates() -> None:
    async def interrupt_clean_up() -> None:
        try:
            await hang()
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    recorder = Recorder(a=interrupt_clean_up)

    with pytest.raises(KeyboardInterrupt):
        await ParallelRunner(1, SOON, grace=GUARD).run_phase(
            make_tasks("a", "b"), recorder.execute
        )

    assert recorder.started == ["a"]


async def test_first_of_two_interrupts_propagates() -> None:
    async def interrupt() -> None:
        raise KeyboardInterrupt("first")

    async def interrupt_too() -> None:
        raise SystemExit("second")

    complaints = []
    asyncio.get_running_loop().set_exception_handler(
        lambda loop, context: complaints.append(context)
    )
    recorder = Recorder(a=interrupt, b=interrupt_too)

    with pytest.raises(KeyboardInterrupt, match="first"):
        await ParallelRunner(2, GUARD).run_phase(make_tasks(*"ab"), recorder.execute)

    assert complaints == []
