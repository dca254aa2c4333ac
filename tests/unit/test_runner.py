"""How ``ParallelRunner`` runs tasks on an event loop.

Nothing here sleeps to wait: tasks meet at events, and a limit that has to pass in full
passes on a clock that the test moves. Every test is a coroutine, so that one mark
covers the file.
"""

from __future__ import annotations

import asyncio
import contextvars
import doctest
import gc
import inspect
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterable, Iterator

import pytest
from running import Clock, run_python

from pytest_phaserun import abandoned as abandoned_module
from pytest_phaserun import runner as runner_module
from pytest_phaserun.errors import (
    CycleError,
    DuplicateTaskError,
    UnknownDependencyError,
)
from pytest_phaserun.model import Claim, Schedule, Status, Task, TaskResult
from pytest_phaserun.runner import ParallelRunner

pytestmark = pytest.mark.asyncio

#: A limit that a test waits for: seconds.
SOON = 0.01

#: A limit that stops a test that would hang: seconds.
GUARD = 10.0

COMPLETED, FAILED = Status.COMPLETED, Status.FAILED
TIMEOUT, BLOCKED = Status.TIMEOUT, Status.BLOCKED

METHODS = ["run", "run_phase", "run_sequential"]


def make_tasks(*ids: str) -> list[Task]:
    return [Task(id=name) for name in ids]


def get_statuses(results: Iterable[TaskResult]) -> dict[str, Status]:
    return {result.task_id: result.status for result in results}


async def let_others_run(rounds: int = 20) -> None:
    """Give every other task its turn, often enough for all that can happen now."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def hang() -> None:
    await asyncio.Event().wait()


async def complete_at_once() -> None:
    """Do nothing."""


async def swallow_cancellation(ended: asyncio.Event | None = None) -> None:
    """Go on, whatever happens, until the event comes; without one, for ever."""
    ended = ended or asyncio.Event()
    while not ended.is_set():
        try:
            await ended.wait()
        except asyncio.CancelledError:
            continue


async def complete(task: Task) -> None:
    """Do nothing."""


class Recorder:
    """An async executor that does as each task's entry in ``acts`` says.

    :ivar log: what was started, ended, cancelled, in order.
    :ivar most: how many tasks ran at once at most.
    """

    def __init__(self, **acts: Callable[[], Awaitable[object]]) -> None:
        self.acts = acts
        self.log: list[str] = []
        self.running = 0
        self.most = 0

    @property
    def started(self) -> list[str]:
        return [entry.split()[1] for entry in self.log if entry.startswith("start")]

    async def execute(self, task: Task) -> None:
        self.log.append(f"start {task.id}")
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.acts.get(task.id, let_others_run)()
        except asyncio.CancelledError:
            self.log.append(f"cancel {task.id}")
            raise
        finally:
            self.running -= 1
        self.log.append(f"end {task.id}")


@pytest.fixture
def make_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Clock]:
    """Return what puts a ``Clock`` into the running loop."""

    def make() -> Clock:
        loop = asyncio.get_running_loop()
        clock = Clock(loop)
        monkeypatch.setattr(loop, "time", clock.time)
        return clock

    return make


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """An event for threads to hang on; it comes when the test is over."""
    event = threading.Event()
    yield event
    event.set()


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


# Graphs


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


# Failures


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


# Timeouts


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


# Plain executors


def refuse_to_start(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


async def test_plain_executor_runs_in_a_daemon_thread() -> None:
    threads = []

    def note_thread(task: Task) -> None:
        threads.append(threading.current_thread())

    (result,) = await ParallelRunner().run_phase(make_tasks("a"), note_thread)

    assert result.status is COMPLETED
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon


async def test_plain_executors_run_together() -> None:
    barrier = threading.Barrier(3)

    def meet(task: Task) -> None:
        barrier.wait(GUARD)

    results = await ParallelRunner(3).run_phase(make_tasks(*"abc"), meet)

    assert {result.status for result in results} == {COMPLETED}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no"), "ValueError: no"),
        (asyncio.CancelledError("no"), "CancelledError: no"),
        # As from a coroutine, which cannot raise it either.
        (StopIteration("no"), "RuntimeError: coroutine raised StopIteration"),
    ],
)
async def test_plain_executor_that_raises_fails_its_task(
    error: BaseException, text: str
) -> None:
    def fail(task: Task) -> None:
        raise error

    (result,) = await ParallelRunner().run_phase(make_tasks("a"), fail)

    assert (result.status, result.error) == (FAILED, text)


async def test_task_that_gets_no_thread_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)

    (result,) = await ParallelRunner().run_phase(make_tasks("a"), lambda task: None)

    assert result.status is FAILED
    assert result.error == "RuntimeError: can't start new thread"


async def test_plain_executor_that_hangs_is_abandoned(
    released: threading.Event,
) -> None:
    def hang_on_a(task: Task) -> None:
        if task.id == "a":
            released.wait()

    tasks = [Task(id="a", timeout=SOON), Task(id="b")]
    results = await ParallelRunner(1, GUARD).run_phase(tasks, hang_on_a)

    assert get_statuses(results) == {"a": TIMEOUT, "b": COMPLETED}
    assert results[0].error == "timed out after 0.01 s"


async def test_plain_executor_gets_the_grace_to_end(
    released: threading.Event, make_clock: Callable[[], Clock]
) -> None:
    clock = make_clock()
    loop = asyncio.get_running_loop()
    a_started = asyncio.Event()
    log = []

    def hang_a_while(task: Task) -> None:
        log.append(f"start {task.id}")
        if task.id == "a":
            loop.call_soon_threadsafe(a_started.set)
            released.wait()
        log.append(f"end {task.id}")

    runner = ParallelRunner(1, 10.0, grace=60.0)
    run = asyncio.create_task(runner.run_phase(make_tasks("a", "b"), hang_a_while))
    await a_started.wait()
    clock.advance(10.0)
    await let_others_run()
    started_in_the_grace = list(log)
    released.set()
    results = await run

    assert started_in_the_grace == ["start a"]
    assert log == ["start a", "end a", "start b", "end b"]
    assert get_statuses(results) == {"a": TIMEOUT, "b": COMPLETED}


async def test_late_end_of_an_abandoned_thread_is_ignored() -> None:
    released, ended = threading.Event(), threading.Event()

    def fail_late(task: Task) -> None:
        if task.id == "b":
            released.set()
            ended.wait(GUARD)
            return
        released.wait()
        ended.set()
        raise SystemExit(3)

    tasks = [Task(id="a", timeout=SOON), *make_tasks("b", "c")]
    results = await ParallelRunner(1, GUARD).run_phase(
        tasks, lambda task: None if task.id == "c" else fail_late(task)
    )
    await let_others_run()

    assert get_statuses(results) == {"a": TIMEOUT, "b": COMPLETED, "c": COMPLETED}


async def test_awaitable_that_a_plain_executor_returns_is_awaited_on_the_loop() -> None:
    threads = []

    async def fail() -> None:
        threads.append(threading.current_thread())
        raise ValueError("from the coroutine")

    (result,) = await ParallelRunner().run_phase(make_tasks("a"), lambda task: fail())

    assert threads == [threading.current_thread()]
    assert (result.status, result.error) == (FAILED, "ValueError: from the coroutine")


async def test_awaitable_that_a_plain_executor_returns_has_the_limit_too(
    make_clock: Callable[[], Clock],
) -> None:
    clock = make_clock()
    cancelled = asyncio.Event()

    async def outlive() -> None:
        clock.advance(10.0)
        try:
            await hang()
        finally:
            cancelled.set()

    (result,) = await ParallelRunner(1, 10.0).run_phase(
        make_tasks("a"), lambda task: outlive()
    )

    assert result.status is TIMEOUT
    assert cancelled.is_set()


async def test_coroutine_that_comes_too_late_is_closed_and_not_started(
    released: threading.Event, make_clock: Callable[[], Clock]
) -> None:
    clock = make_clock()
    loop = asyncio.get_running_loop()
    started = asyncio.Event()
    coroutines = []

    def return_late(task: Task) -> object:
        loop.call_soon_threadsafe(started.set)
        released.wait()
        coroutines.append(hang())
        return coroutines[0]

    runner = ParallelRunner(1, 10.0, grace=60.0)
    run = asyncio.create_task(runner.run_phase(make_tasks("a"), return_late))
    await started.wait()
    clock.advance(10.0)
    await let_others_run()
    released.set()
    (result,) = await run

    assert result.status is TIMEOUT
    assert inspect.getcoroutinestate(coroutines[0]) == inspect.CORO_CLOSED


async def test_object_with_an_async_call_needs_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Fetcher:
        async def __call__(self, task: Task) -> None:
            await let_others_run()

    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)

    (result,) = await ParallelRunner().run_phase(make_tasks("a"), Fetcher())

    assert result.status is COMPLETED


@pytest.mark.parametrize("plain", [False, True], ids=["async", "plain"])
async def test_executor_sees_the_callers_context_and_cannot_change_it(
    plain: bool,
) -> None:
    user = contextvars.ContextVar("user", default="nobody")
    user.set("caller")
    seen = []

    def take_over(task: Task) -> None:
        seen.append(user.get())
        user.set(task.id)

    async def take_over_async(task: Task) -> None:
        take_over(task)

    executor = take_over if plain else take_over_async
    await ParallelRunner(1, GUARD).run_phase(make_tasks(*"abc"), executor)

    assert seen == ["caller", "caller", "caller"]
    assert user.get() == "caller"


# Interrupts


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
