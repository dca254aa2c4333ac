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
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace

from .abandoned import abandon
from .dispatch import Dispatcher
from .executors import Executor, as_async
from .graph import TaskGraph
from .model import Schedule, Status, Task, TaskResult
from .scheduling.lease import Lease

#: Seconds that a cancelled task gets to end, unless its timeout is shorter.
DEFAULT_GRACE = 2.0

#: What ends a whole run when it comes out of a single task.
_INTERRUPTS = (KeyboardInterrupt, SystemExit)

#: What an executor raised, and the instant at which it ended.
_Ending = tuple[BaseException | None, float]

#: A task of the event loop that runs an executor.
_Child = asyncio.Task[_Ending]


@dataclass(frozen=True, slots=True)
class ParallelRunner:
    """Run tasks in parallel, whatever becomes of each.

    A task that fails or hangs never stops the others: once started, a run ends with a
    result for every task. Only a cancellation from outside, ``KeyboardInterrupt`` and
    ``SystemExit`` propagate, after what runs has been cancelled and given the grace.

    At its timeout a task is cancelled; if it has not ended when the grace is over, it
    is abandoned: it goes on without a place of its own, and what becomes of it is
    ignored. A thread cannot be cancelled, it only gets the grace. Neither of them
    holds ``asyncio.run`` or the exit of the interpreter.

    An executor is an async callable. A plain one is called in a daemon thread for
    each task; if it returns an awaitable, that is awaited on the loop. Every method
    returns one result a task, in the order of the tasks given.

    Two things are beyond a library. An async executor that blocks, in ``time.sleep``
    or at a lock of ``threading``, stops the loop: no limit comes, for no task, before
    it returns; then it has timed out. And what it has started elsewhere is not the
    runner's: a task of its own that ignores its cancellation, or a call that hangs in
    ``asyncio.to_thread``, is waited for by ``asyncio.run``, the thread at the exit of
    the interpreter as well. Work that blocks belongs into a plain executor.

    :param concurrency: how many tasks may run at once, at least 1.
    :param timeout: seconds for each task without a limit of its own; 0 for no limit.
    :param grace: seconds that a cancelled task gets to end; by default 2, or the
        task's timeout if that is shorter.
    :param schedule: how far ahead work is opened; by default in slices.
    :param capacities: how many units there are of what tasks claim; by default 1.
    :raises TypeError, ValueError: a parameter is of the wrong kind or out of range.
    """

    concurrency: int = 4
    timeout: float = 300.0
    _: KW_ONLY
    grace: float | None = None
    schedule: Schedule = Schedule.BATCH
    capacities: Mapping[Hashable, int] | None = field(default=None, hash=False)

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
        # Estimates, priorities, claims and exclusive tasks could change the order.
        bare = [Task(id=str(n), timeout=t.timeout) for n, t in enumerate(tasks)]
        return await replace(self, concurrency=1)._run(TaskGraph(bare), tasks, executor)

    async def run(self, tasks: Iterable[Task], executor: Executor) -> list[TaskResult]:
        """Run a whole graph, phase after phase.

        A task whose dependencies did not end as they have to never starts; its result
        is ``BLOCKED`` and names the cause.

        :raises DuplicateTaskError: two tasks share an id.
        :raises UnknownDependencyError: a task depends on an id that is not there.
        :raises CycleError: tasks depend on one another in a circle.
        :raises ValueError: a task claims more of a thing than there is.
        """
        graph = TaskGraph(tasks)
        return await self._run(graph, graph.tasks, executor)

    async def _run(
        self, graph: TaskGraph, tasks: Sequence[Task], executor: Executor
    ) -> list[TaskResult]:
        dispatcher = Dispatcher(
            graph,
            concurrency=self.concurrency,
            schedule=self.schedule,
            timeout=self.timeout,
            capacities=self.capacities,
        )
        return await _Run(dispatcher, tasks, executor, self.grace).finish()


def _check(name: str, value: object, kind: type[float], least: int) -> None:
    # A bool is an int as well; what is not "at least" includes NaN.
    if isinstance(value, bool) or not isinstance(value, (int, kind)):
        raise TypeError(f"{name} must be of type {kind.__name__}, not {value!r}")
    if not value >= least:
        raise ValueError(f"{name} must be at least {least}, not {value}")


class _Attempt:
    """One start of one task.

    :ivar started: the instant from which its duration counts.
    :ivar is_stopped: it has been cancelled and is given up at its next deadline.
    """

    __slots__ = ("is_stopped", "lease", "started")

    def __init__(self, lease: Lease, started: float) -> None:
        self.lease = lease
        self.started = started
        self.is_stopped = False


class _Run:
    """One run, from the first start to the last result.

    Each task that the dispatcher starts becomes a task of the event loop; when one
    ends, the dispatcher is asked for more. One timer of the loop watches all limits.
    Everything here belongs to the thread of the loop.

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
        self._call = as_async(executor)
        self._grace = grace
        self._results: dict[int, TaskResult] = {}
        self._attempts: dict[_Child, _Attempt] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        # Comes when nothing runs any more, or sooner with an interrupt.
        self._ended: asyncio.Future[None] = self._loop.create_future()

    def __repr__(self) -> str:
        return f"<_Run: {self._dispatcher!r}>"

    async def finish(self) -> list[TaskResult]:
        """Run everything; return the results in the order of the tasks."""
        try:
            self._start_more()
            await self._ended
        except (Exception, asyncio.CancelledError, *_INTERRUPTS):
            await self._stop_all()
            raise
        assert not self._dispatcher.is_active(), f"{self!r} has come to a standstill"
        return [self._results[place] for place in range(len(self._tasks))]

    # Starts

    def _start_more(self) -> None:
        """Start what may start now; if nothing runs then, the run has ended."""
        # From a cancellation or an interrupt on, finish decides what is to be done.
        if self._ended.done():
            return
        now = self._loop.time()
        for lease in self._dispatcher.get_ready(now):
            self._start(lease, now)
        if not self._attempts and (alone := self._dispatcher.get_exclusive(now)):
            self._start(alone, now)
        if not self._attempts:
            self._ended.set_result(None)
            if self._timer is not None:
                self._timer.cancel()

    def _start(self, lease: Lease, now: float) -> None:
        work = _execute(self._call, self._tasks[lease.place], self._loop)
        child = self._loop.create_task(work)
        self._attempts[child] = _Attempt(lease, now)
        child.add_done_callback(self._child_ended)
        if lease.deadline is not None:
            self._watch(lease.deadline)

    # Limits

    def _watch(self, deadline: float) -> None:
        """See to it that the timer comes no later than a deadline."""
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._time_is_up)

    def _time_is_up(self) -> None:
        """Stop what is over its limit, give up what is over its grace."""
        self._timer = None
        try:
            now = self._loop.time()
            overdue = set(self._dispatcher.get_overdue(now))
            for child, attempt in list(self._attempts.items()):
                # One that has ended just now is settled at once.
                if attempt.lease in overdue and not child.done():
                    act = self._give_up if attempt.is_stopped else self._stop
                    act(child, attempt, now)
            deadline = self._dispatcher.next_deadline()
            if deadline is not None:
                self._watch(deadline)
        except Exception as error:
            self._interrupt(error)

    def _stop(self, child: _Child, attempt: _Attempt, now: float) -> None:
        """Cancel a task; its next deadline is the end of the grace."""
        limit = attempt.lease.timeout or DEFAULT_GRACE
        grace = min(limit, DEFAULT_GRACE) if self._grace is None else self._grace
        attempt.is_stopped = True
        child.cancel()
        attempt.lease.restart_clock(now, grace)
        self._watch(now + grace)

    def _give_up(self, child: _Child, attempt: _Attempt, now: float) -> None:
        """Let a task that ignores its cancellation go on without a place."""
        child.remove_done_callback(self._child_ended)
        abandon(child)
        self._settle(child, None, now)

    async def _stop_all(self) -> None:
        """Start nothing more; end when all that runs has ended or been given up."""
        self._dispatcher.stop("the run was interrupted")
        self._ended = self._loop.create_future()
        now = self._loop.time()
        for child, attempt in self._attempts.items():
            self._stop(child, attempt, now)
        self._start_more()
        await self._ended

    def _interrupt(self, error: BaseException) -> None:
        """Start nothing more and let ``finish`` raise; the first reason stands."""
        if self._dispatcher.stopped is None and not self._ended.done():
            self._ended.set_exception(error)
        self._dispatcher.stop("the run was interrupted")

    # Ends

    def _child_ended(self, child: _Child) -> None:
        try:
            self._settle(child, *_get_ending(child, self._loop))
        except Exception as error:
            # The loop would only log what a callback raises.
            self._interrupt(error)

    def _settle(self, child: _Child, error: BaseException | None, ended: float) -> None:
        """Take note of an end, and go on."""
        attempt = self._attempts.pop(child)
        if isinstance(error, _INTERRUPTS):
            self._interrupt(error)
        self._record(attempt, error, ended - attempt.started)
        self._start_more()

    def _record(
        self, attempt: _Attempt, error: BaseException | None, duration: float
    ) -> None:
        """Keep the result of a task and those of the tasks that it blocks."""
        lease, dispatcher = attempt.lease, self._dispatcher
        status, text = _judge(attempt, error, duration)
        self._results[lease.place] = TaskResult(
            task_id=self._tasks[lease.place].id,
            status=status,
            error=text,
            duration=duration,
        )
        cause = text.splitlines()[0] if text else None
        for blocked in dispatcher.done(lease, status, error=cause):
            place = dispatcher.graph.index(blocked.task.id)
            self._results[place] = TaskResult(
                task_id=blocked.task.id, status=Status.BLOCKED, error=blocked.reason
            )


async def _execute(
    call: Callable[[Task], Awaitable[object]],
    task: Task,
    loop: asyncio.AbstractEventLoop,
) -> _Ending:
    """Run a task; return what it raises, since an interrupt would unwind the loop.

    Knows nothing of the run, which an abandoned task must not keep alive.
    """
    try:
        await call(task)
    except BaseException as error:
        return error, loop.time()
    return None, loop.time()


def _get_ending(child: _Child, loop: asyncio.AbstractEventLoop) -> _Ending:
    # One that cancels itself in its last step is cancelled although it returned.
    if child.cancelled():
        return asyncio.CancelledError(), loop.time()
    return child.result()


def _judge(
    attempt: _Attempt, error: BaseException | None, duration: float
) -> tuple[Status, str | None]:
    limit = attempt.lease.timeout
    # One that blocks the loop cannot be stopped, but it was too late all the same.
    if limit is not None and (attempt.is_stopped or duration > limit):
        return Status.TIMEOUT, f"timed out after {limit:g} s"
    if error is None:
        return Status.COMPLETED, None
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be read)"
    return Status.FAILED, f"{name}: {text}" if text else name
