"""Run tasks on an event loop: a few at once, each under a time limit.

Decides nothing about what may start, that is for ``dispatch``; keeps no return
values, an executor puts them where it likes.

>>> import asyncio
>>> from pytest_phaserun import ParallelRunner, Task
>>> async def fetch(task):
...     await asyncio.sleep(0)
...     if task.id == "prices":
...         raise ConnectionError("no route to host")
>>> tasks = [
...     Task(id="customers"),
...     Task(id="prices"),
...     Task(id="letter", dependencies=("customers",)),
...     Task(id="invoice", dependencies=("customers", "prices")),
... ]
>>> runner = ParallelRunner(concurrency=2, timeout=5.0)
>>> for result in asyncio.run(runner.run(tasks, fetch)):
...     print(result.task_id, "|", result.status.value, "|", result.error)
customers | completed | None
prices | failed | ConnectionError: no route to host
letter | completed | None
invoice | blocked | depends on prices (ConnectionError: no route to host)
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass

from .dispatch import Blocked, Dispatcher, Lease
from .graph import TaskGraph
from .model import Schedule, Status, Task, TaskResult

#: Runs one task: an async callable, or a plain one, which gets a thread.
Executor = Callable[[Task], object]

#: Seconds that a cancelled task gets to end, unless its timeout is shorter.
DEFAULT_GRACE = 2.0

#: What ends a whole run when it comes out of a single task.
_INTERRUPTS = (KeyboardInterrupt, SystemExit)

#: Tasks that ignored their cancellation. A loop refers to its tasks weakly: unless
#: somebody keeps them, they vanish with a complaint about a pending task.
_abandoned: set[asyncio.Task[BaseException | None]] = set()


@dataclass(frozen=True, slots=True)
class ParallelRunner:
    """Run tasks in parallel, whatever becomes of each.

    A task that fails or hangs never stops the others: once started, a run ends with a
    result for every task. Only a cancellation from outside, ``KeyboardInterrupt`` and
    ``SystemExit`` propagate, after what runs has been cancelled and given the grace.

    At its timeout a task is cancelled; if it has not ended when the grace is over, it
    is abandoned: it goes on without a place of its own, and what becomes of it is
    ignored. A thread cannot be cancelled, it only gets the grace.

    :param concurrency: how many tasks may run at once, at least 1.
    :param timeout: seconds for each task without a limit of its own; 0 for no limit.
    :param grace: seconds that a cancelled task gets to end; by default 2, or the
        task's timeout if that is shorter.
    :param schedule: how far ahead work is opened, by default in slices of
        ``concurrency``.
    :raises TypeError: a parameter is of the wrong kind.
    :raises ValueError: a parameter is out of range.
    """

    concurrency: int = 4
    timeout: float = 300.0
    _: KW_ONLY
    grace: float | None = None
    schedule: Schedule = Schedule.BATCH

    def __post_init__(self) -> None:
        _check_concurrency(self.concurrency)
        _check_seconds("timeout", self.timeout)
        if self.grace is not None:
            _check_seconds("grace", self.grace)
        if not isinstance(self.schedule, Schedule):
            raise TypeError(f"schedule must be a Schedule, not {self.schedule!r}")

    async def run_phase(
        self, tasks: Iterable[Task], executor: Executor
    ) -> list[TaskResult]:
        """Run tasks as independent ones, whatever their dependencies say.

        :returns: one result a task, in the order of ``tasks``.
        """
        tasks = list(tasks)
        graph = TaskGraph(_detach(tasks))
        return await self._run(graph, tasks, executor, self.concurrency)

    async def run_sequential(
        self, tasks: Iterable[Task], executor: Executor
    ) -> list[TaskResult]:
        """Run tasks one after another in the order given, as independent ones.

        :returns: one result a task, in the order of ``tasks``.
        """
        tasks = list(tasks)
        graph = TaskGraph(_line_up(tasks))
        return await self._run(graph, tasks, executor, 1)

    async def run(self, tasks: Iterable[Task], executor: Executor) -> list[TaskResult]:
        """Run a whole graph, phase after phase.

        A task whose dependency did not complete never starts; its result is
        ``BLOCKED`` and names the cause.

        :returns: one result a task, in the order of ``tasks``.
        :raises DuplicateTaskError: two tasks share an id.
        :raises UnknownDependencyError: a task depends on an id that is not there.
        :raises CycleError: tasks depend on one another in a circle.
        """
        graph = TaskGraph(tasks)
        return await self._run(graph, graph.tasks, executor, self.concurrency)

    async def _run(
        self,
        graph: TaskGraph,
        tasks: Sequence[Task],
        executor: Executor,
        concurrency: int,
    ) -> list[TaskResult]:
        dispatcher = Dispatcher(
            graph,
            concurrency=concurrency,
            schedule=self.schedule,
            timeout=self.timeout,
        )
        return await _Run(dispatcher, tasks, executor, self.grace).finish()


def _check_concurrency(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"concurrency must be a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"concurrency must be at least 1, not {value}")


def _check_seconds(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {value!r}")
    # The other way round NaN would pass.
    if not value >= 0:
        raise ValueError(f"{name} must be at least 0 seconds, not {value}")


def _detach(tasks: Iterable[Task]) -> list[Task]:
    """Return stand-ins without dependencies; their places are their ids."""
    return [
        Task(
            id=str(place),
            timeout=task.timeout,
            exclusive=task.exclusive,
            claims=task.claims,
            estimate=task.estimate,
        )
        for place, task in enumerate(tasks)
    ]


def _line_up(tasks: Iterable[Task]) -> list[Task]:
    """Return stand-ins with nothing that could change their order."""
    return [
        Task(id=str(place), timeout=task.timeout) for place, task in enumerate(tasks)
    ]


class _Run:
    """One run, from the first start to the last result.

    Its lanes are tasks of the event loop. A lane runs one lease after another and
    closes when the dispatcher has nothing for it; a lane that finds more than it can
    take opens others. Everything here belongs to the thread of the loop.

    :param tasks: what the executor is given for each place of the graph.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        tasks: Sequence[Task],
        executor: Executor,
        grace: float | None,
    ) -> None:
        self._dispatcher = dispatcher
        self._tasks = tasks
        self._call = _as_async(executor)
        self._grace = grace
        self._results: dict[int, TaskResult] = {}
        self._lanes: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    def __repr__(self) -> str:
        return f"<_Run: {len(self._lanes)} lanes, {self._dispatcher!r}>"

    async def finish(self) -> list[TaskResult]:
        """Run everything; return the results in the order of the tasks."""
        if not self._tasks:
            return []
        self._open_lanes(self._take())
        try:
            await self._ended
        except (Exception, asyncio.CancelledError, *_INTERRUPTS):
            await self._close_lanes()
            raise
        assert not self._dispatcher.is_active(), f"{self!r} has come to a standstill"
        return [self._results[place] for place in range(len(self._tasks))]

    # Lanes

    def _take(self) -> list[Lease]:
        now = self._loop.time()
        leases = self._dispatcher.get_ready(now)
        if not leases and (exclusive := self._dispatcher.get_exclusive(now)):
            return [exclusive]
        return leases

    def _open_lanes(self, leases: Iterable[Lease]) -> None:
        for lease in leases:
            lane = self._loop.create_task(self._drive(lease))
            self._lanes.add(lane)
            lane.add_done_callback(self._lane_closed)

    async def _drive(self, lease: Lease) -> None:
        """Run a lease, then the next one, until there is none for this lane."""
        while True:
            await self._run_lease(lease)
            leases = self._take()
            if not leases:
                return
            lease = leases.pop(0)
            self._open_lanes(leases)

    def _lane_closed(self, lane: asyncio.Task[None]) -> None:
        self._lanes.discard(lane)
        if lane.cancelled():
            self._ended.cancel()
        elif error := lane.exception():
            self._end(error)
        elif not self._lanes:
            self._end()

    def _end(self, error: BaseException | None = None) -> None:
        """Wake ``finish``; the first reason stands."""
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)

    async def _close_lanes(self) -> None:
        """Cancel what runs; a lane ends when its task has, or after the grace."""
        self._dispatcher.stop("the run was interrupted")
        for lane in self._lanes:
            lane.cancel()
        if self._lanes:
            await asyncio.wait(self._lanes)

    # One task

    async def _run_lease(self, lease: Lease) -> None:
        task = self._tasks[lease.place]
        started = self._loop.time()
        child = self._loop.create_task(self._attempt(task))
        try:
            await asyncio.wait({child}, timeout=lease.timeout)
            error = await self._stop(child, lease)
        except asyncio.CancelledError:
            await self._stop(child, lease)
            raise
        self._record(lease, status, error, self._loop.time() - started)
