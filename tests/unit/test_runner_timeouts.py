"""How ``ParallelRunner`` ends tasks that take too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from running import (
    GUARD,
    METHODS,
    SOON,
    Clock,
    Recorder,
    get_statuses,
    hang,
    let_others_run,
    make_tasks,
    run_python,
    swallow_cancellation,
)

from pytest_phaserun.model import Status, Task
from pytest_phaserun.runner import ParallelRunner

pytestmark = pytest.mark.asyncio

COMPLETED, TIMEOUT = Status.COMPLETED, Status.TIMEOUT


async def test_task_that_outlives_the_timeout_is_cancelled_and_named() -> None:
    recorder = Recorder(b=hang)

    tasks = [Task(id="a", timeout=0), Task(id="b"), Task(id="c", timeout=0)]
    results = await ParallelRunner(2, SOON).run_phase(tasks, recorder.execute)

    assert get_statuses(results) == {"a": COMPLETED, "b": TIMEOUT, "c": COMPLETED}
    assert results[1].error == "timed out after 0.01 s"
    assert "cancel b" in recorder.log


@pytest.mark.parametrize(
    ("timeout", "text"),
    [
        (300.0, "timed out after 300 s"),
        (1.5, "timed out after 1.5 s"),
        (90, "timed out after 90 s"),
    ],
)
async def test_timeout_names_its_limit_without_needless_digits(
    timeout: float, text: str, make_clock: Callable[[], Clock]
) -> None:
    clock = make_clock()

    async def outlive(task: Task) -> None:
        clock.advance(timeout)
        await hang()

    (result,) = await ParallelRunner(1, timeout).run_phase(make_tasks("a"), outlive)

    assert (result.status, result.error) == (TIMEOUT, text)


@pytest.mark.parametrize("method", METHODS)
async def test_limit_of_a_task_takes_the_place_of_the_runners(method: str) -> None:
    tasks = [Task(id="a", timeout=SOON), Task(id="b")]

    results = await getattr(ParallelRunner(2, GUARD), method)(
        tasks, Recorder(a=hang).execute
    )

    assert get_statuses(results) == {"a": TIMEOUT, "b": COMPLETED}
    assert results[0].error == "timed out after 0.01 s"


async def test_runner_whose_limit_is_zero_has_none(
    make_clock: Callable[[], Clock],
) -> None:
    clock = make_clock()

    async def take_a_day(task: Task) -> None:
        clock.advance(86_400.0)
        await let_others_run()

    (result,) = await ParallelRunner(1, 0).run_phase(make_tasks("a"), take_a_day)

    assert result.status is COMPLETED


async def test_task_whose_limit_is_zero_has_none() -> None:
    b_was_stopped = asyncio.Event()

    async def hang_and_tell() -> None:
        try:
            await hang()
        finally:
            b_was_stopped.set()

    tasks = [Task(id="a", timeout=0), Task(id="b")]
    recorder = Recorder(a=b_was_stopped.wait, b=hang_and_tell)

    results = await ParallelRunner(2, SOON).run_phase(tasks, recorder.execute)

    assert get_statuses(results) == {"a": COMPLETED, "b": TIMEOUT}


async def test_time_that_a_task_waits_for_its_turn_does_not_count(
    make_clock: Callable[[], Clock],
) -> None:
    clock = make_clock()

    async def take_a_while(task: Task) -> None:
        clock.advance(9.0)

    results = await ParallelRunner(1, 10.0).run_phase(make_tasks(*"abc"), take_a_while)

    assert {result.status for result in results} == {COMPLETED}
    assert all(9.0 <= result.duration < 10.0 for result in results)


async def test_task_that_blocks_the_loop_beyond_its_limit_has_timed_out(
    make_clock: Callable[[], Clock],
) -> None:
    clock = make_clock()

    async def block() -> None:
        clock.advance(11.0)

    async def block_and_fail() -> None:
        clock.advance(11.0)
        raise ValueError("no")

    recorder = Recorder(a=block, b=block_and_fail)
    results = await ParallelRunner(1, 10.0).run_phase(
        make_tasks("a", "b", "c"), recorder.execute
    )

    assert get_statuses(results) == {"a": TIMEOUT, "b": TIMEOUT, "c": COMPLETED}
    assert results[1].error == "timed out after 10 s"


async def test_task_that_ended_in_time_counts_as_such_however_late_that_is_seen(
    make_clock: Callable[[], Clock],
) -> None:
    clock = make_clock()

    async def end_at_once() -> None:
        pass

    async def block() -> None:
        clock.advance(11.0)

    recorder = Recorder(a=end_at_once, b=block)
    results = await ParallelRunner(2, 10.0).run_phase(
        make_tasks("a", "b"), recorder.execute
    )

    assert recorder.log == ["start a", "end a", "start b", "end b"]
    assert get_statuses(results) == {"a": COMPLETED, "b": TIMEOUT}


async def test_cancelled_task_keeps_its_place_while_it_cleans_up() -> None:
    log = []

    async def clean_up_slowly(task: Task) -> None:
        log.append(f"start {task.id}")
        try:
            await hang()
        finally:
            await let_others_run()
            log.append(f"clean {task.id}")

    runner = ParallelRunner(1, SOON, grace=GUARD)
    results = await runner.run_phase(make_tasks("a", "b"), clean_up_slowly)

    assert log == ["start a", "clean a", "start b", "clean b"]
    assert get_statuses(results) == {"a": TIMEOUT, "b": TIMEOUT}


@pytest.mark.parametrize("act", ["return", "raise"])
async def test_what_a_cancelled_task_does_in_the_grace_changes_nothing(
    act: str,
) -> None:
    async def answer_cancellation(task: Task) -> None:
        try:
            await hang()
        except asyncio.CancelledError:
            if act == "raise":
                raise ValueError("while cleaning up") from None

    (result,) = await ParallelRunner(1, SOON, grace=GUARD).run_phase(
        make_tasks("a"), answer_cancellation
    )

    assert (result.status, result.error) == (TIMEOUT, "timed out after 0.01 s")


async def test_task_that_swallows_its_cancellation_is_abandoned() -> None:
    ended = asyncio.Event()
    recorder = Recorder(a=lambda: swallow_cancellation(ended))
    tasks = [Task(id="a"), Task(id="b", timeout=0)]

    runner = ParallelRunner(1, SOON, grace=SOON)
    results = await runner.run_phase(tasks, recorder.execute)

    assert get_statuses(results) == {"a": TIMEOUT, "b": COMPLETED}
    assert recorder.log == ["start a", "start b", "end b"]
    ended.set()
    await let_others_run()
    assert recorder.log[-1] == "end a"


@pytest.mark.parametrize("act", ["return", "raise", "exit"])
async def test_late_end_of_an_abandoned_task_is_ignored(act: str) -> None:
    ended, a_ended = asyncio.Event(), asyncio.Event()

    async def end_late() -> None:
        await swallow_cancellation(ended)
        a_ended.set()
        if act == "raise":
            raise ValueError("much too late")
        if act == "exit":
            raise SystemExit(3)

    async def wait_for_a() -> None:
        ended.set()
        await a_ended.wait()
        await let_others_run()

    tasks = [Task(id="a"), Task(id="b", timeout=0), Task(id="c", timeout=0)]
    recorder = Recorder(a=end_late, b=wait_for_a)
    runner = ParallelRunner(1, SOON, grace=SOON)

    results = await runner.run_phase(tasks, recorder.execute)

    assert get_statuses(results) == {"a": TIMEOUT, "b": COMPLETED, "c": COMPLETED}
    assert recorder.started == ["a", "b", "c"]
    assert recorder.log.index("start c") > recorder.log.index("end b")


@pytest.mark.parametrize(
    ("timeout", "given", "grace"),
    [
        pytest.param(10.0, None, 2.0, id="two seconds by default"),
        pytest.param(0.5, None, 0.5, id="no longer than the timeout by default"),
        pytest.param(10.0, 60.0, 60.0, id="as given"),
        pytest.param(0.5, 5.0, 5.0, id="as given, beyond the timeout"),
    ],
)
async def test_task_is_abandoned_when_the_grace_is_over(
    timeout: float,
    given: float | None,
    grace: float,
    make_clock: Callable[[], Clock],
) -> None:
    clock = make_clock()

    async def outlive_both(task: Task) -> None:
        clock.advance(timeout)
        try:
            await hang()
        except asyncio.CancelledError:
            clock.advance(grace)
            await swallow_cancellation()

    runner = ParallelRunner(1, timeout, grace=given)
    (result,) = await runner.run_phase(make_tasks("a"), outlive_both)

    # On the clock of this test, which stands still by itself but for the machine.
    assert timeout + grace <= result.duration < timeout + grace + 1.0


async def test_task_is_not_abandoned_before_the_grace_is_over(
    make_clock: Callable[[], Clock],
) -> None:
    clock = make_clock()
    log = []

    async def use_most_of_the_grace(task: Task) -> None:
        log.append(f"start {task.id}")
        clock.advance(10.0)
        try:
            await hang()
        finally:
            clock.advance(1.0)
            await let_others_run()
            log.append(f"clean {task.id}")

    await ParallelRunner(1, 10.0).run_phase(make_tasks("a", "b"), use_most_of_the_grace)

    assert log == ["start a", "clean a", "start b", "clean b"]


@pytest.mark.parametrize(
    "executor", ["swallow_cancellation", "hang_for_good", "hang_a_while"]
)
async def test_abandoned_tasks_neither_hold_an_exit_nor_are_complained_about(
    executor: str,
) -> None:
    code = """
import asyncio, gc, threading, time
from pytest_phaserun import ParallelRunner, Task

loop_is_closed = threading.Event()
threads = []

async def swallow_cancellation(task):
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

def hang_for_good(task):
    time.sleep(3600)

def hang_a_while(task):
    threads.append(threading.current_thread())
    loop_is_closed.wait()

runner = ParallelRunner(2, 0.01, grace=0.01)
results = asyncio.run(runner.run_phase([Task(id="a"), Task(id="b")], EXECUTOR))
print(*(result.status.value for result in results))
loop_is_closed.set()
for thread in threads:
    thread.join()
gc.collect()
"""

    ended = run_python(code.replace("EXECUTOR", executor), "-X", "dev", "-W", "error")

    assert ended.stderr == ""
    assert ended.stdout == "timeout timeout\n"
    assert ended.returncode == 0
