"""Executors that are plain functions: each task of theirs has a thread of its own."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable

import pytest
from running import GUARD, SOON, Clock, get_statuses, hang, let_others_run, make_tasks

from pytest_phaserun.model import Status, Task
from pytest_phaserun.runner import ParallelRunner

pytestmark = pytest.mark.asyncio

COMPLETED, FAILED, TIMEOUT = Status.COMPLETED, Status.FAILED, Status.TIMEOUT


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
