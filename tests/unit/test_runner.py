"""How ``ParallelRunner`` runs tasks on an event loop.

Every test is a coroutine, so that one mark covers the file.
"""

from __future__ import annotations

import asyncio
import doctest
import sys

import pytest
from running import (
    GUARD,
    METHODS,
    SOON,
    Recorder,
    complete,
    get_statuses,
    hang,
    let_others_run,
    make_tasks,
    swallow_cancellation,
)

from pytest_phaserun import abandoned as abandoned_module
from pytest_phaserun import runner as runner_module
from pytest_phaserun.model import Claim, Schedule, Status, Task
from pytest_phaserun.runner import ParallelRunner

pytestmark = pytest.mark.asyncio

COMPLETED, FAILED, TIMEOUT = Status.COMPLETED, Status.FAILED, Status.TIMEOUT


# Slices


async def test_tasks_of_a_slice_run_together() -> None:
    tasks = make_tasks("a", "b", "c")
    everybody_came = asyncio.Event()
    came: list[str] = []

    async def meet(task: Task) -> None:
        came.append(task.id)
        if len(came) == len(tasks):
            everybody_came.set()
        await everybody_came.wait()

    results = await ParallelRunner(3, GUARD).run_phase(tasks, meet)

    assert get_statuses(results) == {"a": COMPLETED, "b": COMPLETED, "c": COMPLETED}


@pytest.mark.parametrize("schedule", Schedule)
@pytest.mark.parametrize("method", ["run", "run_phase"])
async def test_as_many_tasks_as_allowed_run_at_once_and_never_more(
    method: str, schedule: Schedule
) -> None:
    recorder = Recorder()
    runner = ParallelRunner(3, GUARD, schedule=schedule)
    tasks = make_tasks(*"abcdefghij")

    results = await getattr(runner, method)(tasks, recorder.execute)

    assert len(results) == len(recorder.started) == 10
    assert recorder.most == 3


async def test_next_slice_starts_only_after_the_last_task_of_this_one() -> None:
    a_ended = asyncio.Event()

    async def end_first() -> None:
        a_ended.set()

    async def end_long_after_a() -> None:
        await a_ended.wait()
        await let_others_run()

    recorder = Recorder(a=end_first, b=end_long_after_a)

    await ParallelRunner(2, GUARD).run_phase(make_tasks(*"abcd"), recorder.execute)

    assert recorder.started == ["a", "b", "c", "d"]
    assert recorder.log.index("end b") < recorder.log.index("start c")


async def test_phase_schedule_fills_a_free_place_at_once() -> None:
    c_started = asyncio.Event()

    async def note_start() -> None:
        c_started.set()

    recorder = Recorder(b=c_started.wait, c=note_start)
    runner = ParallelRunner(2, GUARD, schedule=Schedule.PHASE)

    results = await runner.run_phase(make_tasks(*"abc"), recorder.execute)

    assert get_statuses(results) == {"a": COMPLETED, "b": COMPLETED, "c": COMPLETED}


@pytest.mark.parametrize("method", ["run", "run_phase"])
async def test_results_come_in_the_order_of_the_tasks(method: str) -> None:
    ended = {name: asyncio.Event() for name in "abcd"}
    log = []

    async def end_after_the_next_one(task: Task) -> None:
        if task.id != "d":
            await ended[chr(ord(task.id) + 1)].wait()
        ended[task.id].set()
        log.append(task.id)

    runner = ParallelRunner(4, GUARD)
    results = await getattr(runner, method)(make_tasks(*"abcd"), end_after_the_next_one)

    assert log == ["d", "c", "b", "a"]
    assert [result.task_id for result in results] == ["a", "b", "c", "d"]


async def test_results_keep_the_order_given_where_estimates_change_the_starts() -> None:
    tasks = [Task(id="short", estimate=1.0), Task(id="long", estimate=9.0)]
    recorder = Recorder()

    results = await ParallelRunner(1, GUARD).run_phase(tasks, recorder.execute)

    assert recorder.started == ["long", "short"]
    assert [result.task_id for result in results] == ["short", "long"]


async def test_exclusive_task_runs_while_nothing_else_does() -> None:
    tasks = [Task(id="alone", exclusive=True), *make_tasks("a", "b")]
    recorder = Recorder()

    await ParallelRunner(3, GUARD).run_phase(tasks, recorder.execute)

    assert sorted(recorder.log[:4]) == ["end a", "end b", "start a", "start b"]
    assert recorder.log[4:] == ["start alone", "end alone"]


async def test_tasks_that_claim_one_thing_in_different_states_never_overlap() -> None:
    tasks = [
        Task(id=state, claims=(Claim(thing="database", state=state),))
        for state in ("empty", "full", "broken")
    ]
    recorder = Recorder()

    results = await ParallelRunner(3, GUARD).run_phase(tasks, recorder.execute)

    assert recorder.most == 1
    assert {result.status for result in results} == {COMPLETED}


@pytest.mark.parametrize("method", METHODS)
async def test_nothing_to_run_gives_no_results(method: str) -> None:
    assert await getattr(ParallelRunner(), method)([], complete) == []


@pytest.mark.parametrize("method", METHODS)
async def test_generator_of_tasks_is_as_good_as_a_list(method: str) -> None:
    tasks = (Task(id=name) for name in "abc")

    results = await getattr(ParallelRunner(2, GUARD), method)(tasks, complete)

    assert [result.task_id for result in results] == ["a", "b", "c"]


@pytest.mark.parametrize("method", METHODS)
async def test_ten_thousand_tasks_run_without_piling_up(method: str) -> None:
    most = 0

    async def count_tasks_of_the_loop(task: Task) -> None:
        nonlocal most
        if task.id.endswith("99"):
            most = max(most, len(asyncio.all_tasks()))

    tasks = make_tasks(*map(str, range(10_000)))
    results = await getattr(ParallelRunner(4), method)(tasks, count_tasks_of_the_loop)

    assert [result.task_id for result in results] == [task.id for task in tasks]
    assert {result.status for result in results} == {COMPLETED}
    # The test, and for each place a lane and its task.
    assert most <= 1 + 2 * 4


# Independent tasks


async def test_run_phase_takes_its_tasks_as_independent() -> None:
    tasks = [
        Task(id="a", dependencies=("b", "elsewhere")),
        Task(id="b", dependencies=("a",)),
    ]

    results = await ParallelRunner().run_phase(tasks, complete)

    assert get_statuses(results) == {"a": COMPLETED, "b": COMPLETED}


@pytest.mark.parametrize("method", ["run_phase", "run_sequential"])
async def test_independent_tasks_may_share_an_id(method: str) -> None:
    first, second = Task(id="a"), Task(id="a", dependencies=("b",))
    given = []

    async def note(task: Task) -> None:
        given.append(task)

    results = await getattr(ParallelRunner(), method)([first, second], note)

    assert [result.task_id for result in results] == ["a", "a"]
    assert given[0] is first
    assert given[1] is second


async def test_run_sequential_runs_one_task_at_a_time_in_the_order_given() -> None:
    tasks = [
        Task(id="alone", exclusive=True),
        Task(id="short", estimate=1.0, dependencies=("long",)),
        Task(id="long", estimate=9.0),
    ]
    recorder = Recorder()

    results = await ParallelRunner(4, GUARD).run_sequential(tasks, recorder.execute)

    assert recorder.most == 1
    assert recorder.started == ["alone", "short", "long"]
    assert [result.task_id for result in results] == ["alone", "short", "long"]


async def test_run_sequential_goes_on_after_failure_and_timeout() -> None:
    async def fail() -> None:
        raise ValueError("no")

    recorder = Recorder(a=fail, b=hang)

    results = await ParallelRunner(4, SOON).run_sequential(
        [Task(id="a"), Task(id="b"), Task(id="c", timeout=0)], recorder.execute
    )

    assert get_statuses(results) == {"a": FAILED, "b": TIMEOUT, "c": COMPLETED}


# Parameters


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"concurrency": 0}, "concurrency must be at least 1, not 0"),
        ({"concurrency": -3}, "concurrency must be at least 1, not -3"),
        ({"timeout": -0.5}, "timeout must be at least 0, not -0.5"),
        ({"timeout": float("nan")}, "timeout must be at least 0, not nan"),
        ({"grace": -1}, "grace must be at least 0, not -1"),
    ],
)
async def test_parameter_out_of_range_is_refused(
    parameters: dict[str, float], text: str
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared
        ParallelRunner(**parameters)  # type: ignore[arg-type]  # by name

    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"concurrency": 2.0}, "concurrency must be of type int, not 2.0"),
        ({"concurrency": True}, "concurrency must be of type int, not True"),
        ({"timeout": "5"}, "timeout must be of type float, not '5'"),
        ({"timeout": None}, "timeout must be of type float, not None"),
        ({"grace": "5"}, "grace must be of type float, not '5'"),
        ({"schedule": "batch"}, "schedule must be a Schedule, not 'batch'"),
    ],
)
async def test_parameter_of_the_wrong_kind_is_refused(
    parameters: dict[str, object], text: str
) -> None:
    with pytest.raises(TypeError) as caught:
        ParallelRunner(**parameters)  # type: ignore[arg-type]  # that is the point

    assert str(caught.value) == text


async def test_defaults_are_four_at_once_and_five_minutes() -> None:
    runner = ParallelRunner()

    assert (runner.concurrency, runner.timeout) == (4, 300.0)
    assert runner == ParallelRunner(4, 300.0, grace=None, schedule=Schedule.BATCH)


async def test_task_with_a_negative_timeout_cannot_even_be_made() -> None:
    with pytest.raises(ValueError, match="'odd': timeout must be at least 0 seconds"):
        Task(id="odd", timeout=-1.0)


@pytest.mark.parametrize("method", METHODS)
async def test_executor_that_cannot_be_called_is_refused(method: str) -> None:
    with pytest.raises(TypeError, match="the executor must be callable, not 'fetch'"):
        await getattr(ParallelRunner(), method)(make_tasks("a"), "fetch")


# A runner as a whole


async def test_one_runner_serves_two_runs_at_once() -> None:
    first_came, second_came = asyncio.Event(), asyncio.Event()

    async def first(task: Task) -> None:
        first_came.set()
        await second_came.wait()

    async def second(task: Task) -> None:
        second_came.set()
        await first_came.wait()
        raise ValueError("no")

    runner = ParallelRunner(1, GUARD)
    results = await asyncio.gather(
        runner.run_phase(make_tasks("a"), first),
        runner.run_phase(make_tasks("a"), second),
    )

    assert [run[0].status for run in results] == [COMPLETED, FAILED]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
@pytest.mark.parametrize("method", METHODS)
async def test_eager_tasks_make_no_difference(method: str) -> None:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    tasks = make_tasks(*map(str, range(2_000)))

    async def fail_now_and_then(task: Task) -> None:
        if task.id.endswith("7"):
            raise ValueError("no")

    results = await getattr(ParallelRunner(4, GUARD), method)(tasks, fail_now_and_then)

    assert [result.task_id for result in results] == [task.id for task in tasks]
    assert sum(result.status is FAILED for result in results) == 200


async def test_abandoned_tasks_are_let_go_when_they_end() -> None:
    ended = asyncio.Event()
    before = len(abandoned_module._abandoned)

    async def swallow(task: Task) -> None:
        await swallow_cancellation(ended)

    runner = ParallelRunner(2, SOON, grace=SOON)

    await runner.run_phase(make_tasks("a", "b"), swallow)
    kept = len(abandoned_module._abandoned) - before
    ended.set()
    await let_others_run()

    assert kept == 2
    assert len(abandoned_module._abandoned) == before


async def test_example_of_the_module_is_true() -> None:
    # In a thread, since the example starts a loop of its own.
    failed, attempted = await asyncio.to_thread(doctest.testmod, runner_module)

    assert attempted
    assert not failed
