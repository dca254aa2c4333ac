"""Run tasks on an event loop: a few at once, each under a time limit.

Decides nothing about what may start, that is for ``dispatch``; keeps no return
values, an executor puts them where it likes.

>>> import asyncio
>>> from pytest_phaserun import ParallelRunner, Task
>>> async def fetch(task):
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
import inspect
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from .dispatch import Dispatcher
from .graph import TaskGraph
from .lease import Lease
from .model import Schedule, Status, Task, TaskResult

#: Runs one task.
Executor = Callable[[Task], object]

#: Seconds that a cancelled task gets to end, unless its timeout is shorter.
DEFAULT_GRACE = 2.0

#: What ends a whole run when it comes out of a single task.
_INTERRUPTS = (KeyboardInterrupt, SystemExit)

#: What an executor returned, and what it raised.
_Outcome = tuple[object, BaseException | None]

#: A task of the event loop that returns what the executor raised.
_Child = asyncio.Task[BaseException | None]

#: Tasks that ignored their cancellation. A loop refers to its tasks weakly: unless
#: somebody keeps them, they may vanish in the middle.
_abandoned: set[_Child] = set()


@dataclass(frozen=True, slots=True)
class ParallelRunner:
    """Run tasks in parallel, whatever becomes of each.

    A task that fails or hangs never stops the others: once started, a run ends with a
    result for every task. Only a cancellation from outside, ``KeyboardInterrupt`` and
    ``SystemExit`` propagate, after what runs has been cancelled and given the grace.

    At its timeout a task is cancelled; if it has not ended when the grace is over, it
    is abandoned: it goes on without a place of its own, and what becomes of it is
    ignored. A thread cannot be cancelled, it only gets the grace.

    An executor is an async callable. A plain one is called in a daemon thread for
    each task; if it returns an awaitable, that is awaited on the loop. Every method
    returns one result a task, in the order of the tasks given.

    :param concurrency: how many tasks may run at once, at least 1.
    :param timeout: seconds for each task without a limit of its own; 0 for no limit.
    :param grace: seconds that a cancelled task gets to end; by default 2, or the
        task's timeout if that is shorter.
    :param schedule: how far ahead work is opened; by default in slices.
    :raises TypeError, ValueError: a parameter is of the wrong kind or out of range.
    """

    concurrency: int = 4
    timeout: float = 300.0
    _: KW_ONLY
    grace: float | None = None
    schedule: Schedule = Schedule.BATCH

    def __post_init__(self) -> None:
        _check("concurrency", self.concurrency, int, 1)
        _check("timeout", self.timeout, float, 0)
        if self.grace is not None:
            _check("grace", self.grace, float, 0)
        if not isinstance(self.schedule, Schedule):
            raise TypeError(f"schedule must be a Schedule, not {self.schedule!r}")

    async def run_phase(
        self, tasks: Iterable[Task], executor: Executor
    ) -> list[TaskResult]:
        """Run tasks as independent ones, whatever their dependencies say."""
        tasks = list(tasks)
        # Places are ids, since ids may come up twice here.
        loose = [replace(t, id=str(n), dependencies=()) for n, t in enumerate(tasks)]
        return await self._run(TaskGraph(loose), tasks, executor)

    async def run_sequential(
        self, tasks: Iterable[Task], executor: Executor
    ) -> list[TaskResult]:
        """Run tasks one after another in the order given, as independent ones."""
        tasks = list(tasks)
        # Estimates, claims and exclusive tasks could change the order.
        bare = [Task(id=str(n), timeout=t.timeout) for n, t in enumerate(tasks)]
        return await replace(self, concurrency=1)._run(TaskGraph(bare), tasks, executor)

    async def run(self, tasks: Iterable[Task], executor: Executor) -> list[TaskResult]:
        """Run a whole graph, phase after phase.

        A task whose dependency did not complete never starts; its result is
        ``BLOCKED`` and names the cause.

        :raises DuplicateTaskError: two tasks share an id.
        :raises UnknownDependencyError: a task depends on an id that is not there.
        :raises CycleError: tasks depend on one another in a circle.
        """
        graph = TaskGraph(tasks)
        return await self._run(graph, graph.tasks, executor)

    async def _run(
        self, graph: TaskGraph, tasks: Sequence[Task], executor: Executor
    ) -> list[TaskResult]:
        size, schedule, timeout = self.concurrency, self.schedule, self.timeout
        dispatcher = Dispatcher(
            graph, concurrency=size, schedule=schedule, timeout=timeout
        )
        return await _Run(dispatcher, tasks, executor, self.grace).finish()


def _check(name: str, value: object, kind: type[float], least: int) -> None:
    # A bool is an int as well; what is not "at least" includes NaN.
    if isinstance(value, bool) or not isinstance(value, (int, kind)):
        raise TypeError(f"{name} must be of type {kind.__name__}, not {value!r}")
    if not value >= least:
        raise ValueError(f"{name} must be at least {least}, not {value}")


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
        leases = [lease]
        while leases:
            lease, *others = leases
            self._open_lanes(others)
            await self._run_lease(lease)
            leases = self._take()

    def _lane_closed(self, lane: asyncio.Task[None]) -> None:
        self._lanes.discard(lane)
        if lane.cancelled():
            self._ended.cancel()
        elif error := lane.exception():
            self._interrupt(error)
        elif not self._lanes and not self._ended.done():
            self._ended.set_result(None)

    def _interrupt(self, error: BaseException) -> None:
        """Start nothing more and let ``finish`` raise; the first reason stands."""
        self._dispatcher.stop("the run was interrupted")
        if not self._ended.done():
            self._ended.set_exception(error)

    async def _close_lanes(self) -> None:
        """Cancel what runs; a lane ends when its task has, or after the grace."""
        for lane in self._lanes:
            lane.cancel()
        if self._lanes:
            await asyncio.wait(self._lanes)

    async def _run_lease(self, lease: Lease) -> None:
        """Run a task until it ends or is given up, and keep how."""
        started = self._loop.time()
        child = self._loop.create_task(self._attempt(self._tasks[lease.place]))
        try:
            await asyncio.wait({child}, timeout=lease.timeout)
            # A task that has ended before it could be stopped was in time.
            late = not child.done()
            if late:
                await self._stop(child, lease)
        except asyncio.CancelledError:
            await self._stop(child, lease)
            raise
        error = child.result() if child.done() else None
        if isinstance(error, _INTERRUPTS):
            self._interrupt(error)
        self._record(lease, *_judge(lease, late, error), self._loop.time() - started)

    async def _attempt(self, task: Task) -> BaseException | None:
        """Return what the executor raises: an interrupt would unwind the loop."""
        try:
            await self._call(task)
        except BaseException as error:
            return error
        return None

    async def _stop(self, child: _Child, lease: Lease) -> None:
        """Cancel a task; abandon it if it goes on after the grace."""
        limit = lease.timeout or DEFAULT_GRACE
        grace = min(limit, DEFAULT_GRACE) if self._grace is None else self._grace
        child.cancel()
        await asyncio.wait({child}, timeout=grace)
        if not child.done():
            _abandon(child)

    def _record(
        self, lease: Lease, status: Status, error: str | None, duration: float
    ) -> None:
        """Keep the result of a task and those of the tasks that it blocks."""
        name, dispatcher = self._tasks[lease.place].id, self._dispatcher
        self._results[lease.place] = TaskResult(
            task_id=name, status=status, error=error, duration=duration
        )
        cause = error.splitlines()[0] if error else None
        for blocked in dispatcher.done(lease, status, error=cause):
            place = dispatcher.graph.index(blocked.task.id)
            self._results[place] = TaskResult(
                task_id=blocked.task.id, status=Status.BLOCKED, error=blocked.reason
            )


def _abandon(child: _Child) -> None:
    """Keep a task that does not end, and let nobody else wait for it."""
    _abandoned.add(child)
    child.add_done_callback(_abandoned.discard)
    # asyncio.run waits for registered tasks without a limit. Documented for extensions.
    asyncio._unregister_task(child)
    # No complaint at exit. asyncio sets this private flag likewise, as in gather.
    with contextlib.suppress(AttributeError):
        child._log_destroy_pending = False  # type: ignore[attr-defined]  # not public


def _judge(
    lease: Lease, late: bool, error: BaseException | None
) -> tuple[Status, str | None]:
    if late:
        return Status.TIMEOUT, f"timed out after {lease.timeout:g} s"
    if error is None:
        return Status.COMPLETED, None
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be read)"
    return Status.FAILED, f"{name}: {text}" if text else name


def _as_async(executor: Executor) -> Callable[[Task], Any]:
    if not callable(executor):
        raise TypeError(f"the executor must be callable, not {executor!r}")
    if any(map(inspect.iscoroutinefunction, (executor, type(executor).__call__))):
        return executor
    return lambda task: _call_in_thread(executor, task)


async def _call_in_thread(executor: Executor, task: Task) -> None:
    """Call a plain executor in a thread; await what it returns, if it can be."""
    ended: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
    context, work = contextvars.copy_context(), (_work, executor, task, ended)
    # No hung task may keep the interpreter from its exit, where the threads of a
    # ThreadPoolExecutor are joined.
    threading.Thread(target=context.run, args=work, daemon=True).start()
    try:
        await asyncio.wait({ended})
    except asyncio.CancelledError:
        # The thread goes on, and may until this task is abandoned.
        await asyncio.wait({ended})
        if inspect.iscoroutine(late := ended.result()[0]):
            late.close()
        raise
    value, error = ended.result()
    if error is not None:
        raise error
    if inspect.isawaitable(value):
        await value


def _work(executor: Executor, task: Task, ended: asyncio.Future[_Outcome]) -> None:
    try:
        outcome: _Outcome = executor(task), None
    except BaseException as error:
        outcome = None, error
    # Where the loop is closed by now, nobody waits any more.
    with contextlib.suppress(RuntimeError):
        ended.get_loop().call_soon_threadsafe(ended.set_result, outcome)
