"""The rules of what may run, and nothing else.

Facts go in, decisions come out; there is no clock, thread, loop, file or print here,
``now`` is always a parameter (float seconds on any monotonic clock).

The rules:

1. A task starts when every task that it depends on has completed.
2. At most ``concurrency`` tasks run at once.
3. An exclusive task runs when nothing else does, and only when no other open task
   could run instead, so that exclusive tasks come back to back. If its group keeps
   something up for it, its time comes sooner: when none of the group's other tasks
   is left, nothing new starts until it has run.
4. Tasks that claim one thing in different states never overlap.
5. The schedule opens work: ``batch`` opens slices of ``concurrency`` tasks, the next
   slice when the last task of this one has ended; ``phase`` opens the next phase when
   this one has ended, and a free place inside it is refilled at once; ``graph`` opens
   a task when its own dependencies have completed.
6. Among open tasks the one with the lowest priority number goes first, then the one
   with the longest critical path, then the one that stands first in the graph. Same
   input, same order, on every machine.
7. A task whose dependency did not complete is blocked: it ends at once, with its
   direct and its root cause.
8. A task past its deadline is to be stopped; how, is the driver's business. A driver
   pauses the clock of a task that waits for somebody else, and restarts it for a part
   of the task that has a limit of its own; see ``lease``.
9. Every task ends exactly once. Each start is a lease; the end of a lease that is no
   longer held is ignored.
10. After ``stop`` nothing starts and what runs may end; what never ran, or was
   withdrawn before it came to anything, is not run.
11. A failure beside others can be provisional: the task has not ended until it has run
   once more alone, before the exclusive tasks of its phase. Failures that could reach
   ``max_fail`` are confirmed before anything else starts. Once the first
   ``CONFIRMATIONS`` have all failed again, failures are taken as real.
12. What hangs for good is abandoned: it has ended, but what it claims stays taken until
   it is released, once it has really come to an end. Only when nothing else could run,
   or what runs alone claims the same, is it overruled, one thing at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from heapq import heappop, heappush

from .backlog import Backlog
from .claims import ClaimTable
from .exclusive import ExclusiveQueue
from .graph import TaskGraph, rank_places
from .lease import Lease
from .model import Blocked, Overruled, Schedule, Status, Task, check_limits
from .unconfirmed import UnconfirmedFailures

__all__ = ["CONFIRMATIONS", "Blocked", "Dispatcher", "Lease", "Overruled"]

#: How a task that was started can end.
_ENDS = (Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.SKIPPED)

#: So many failures that all were real are enough to believe the rest (rule 11).
CONFIRMATIONS = 5


class Dispatcher:
    """Decide what may run, one fact at a time.

    The verbs follow ``graphlib.TopologicalSorter``: ask ``get_ready`` (and
    ``get_exclusive``) for leases, report each with ``done``, until ``is_active``
    says no. An illegal call raises and changes nothing. One thread at a time may
    call; a driver with several threads guards the dispatcher with a lock.

    :param concurrency: how many tasks may run at once, at least 1.
    :param timeout: seconds for each task without a limit of its own; 0 for no limit.
    :param max_fail: stop after so many failures; 0 for never.
    :raises ValueError: a parameter is out of range.
    :ivar overruled: the abandoned tasks that others did not wait for (rule 12).
    """

    def __init__(
        self,
        graph: TaskGraph,
        *,
        concurrency: int = 4,
        schedule: Schedule = Schedule.PHASE,
        timeout: float = 0.0,
        max_fail: int = 0,
    ) -> None:
        check_limits(concurrency, timeout)
        self.graph = graph
        self.concurrency = concurrency
        self.schedule = Schedule(schedule)
        self._timeout = timeout
        self._max_fail = max_fail
        self._failures = 0
        self._stopped: str | None = None
        self._leases: dict[int, Lease] = {}
        self._is_alone = False
        self._started = 0
        self._by_rank, self._rank = rank_places(graph)
        self._ended = bytearray(len(graph))
        self._claims = ClaimTable()
        self.overruled: list[Overruled] = []
        # Ranks: what is open, in two queues, then what is not yet.
        self._open: list[int] = []
        self._exclusive = ExclusiveQueue(graph.tasks)
        size = concurrency if self.schedule is Schedule.BATCH else None
        self._backlog = Backlog(graph, self._rank, size)
        self._unconfirmed = UnconfirmedFailures(CONFIRMATIONS)
        self._open_more()

    def __repr__(self) -> str:
        return (
            f"<Dispatcher: {self._ended.count(0)} of {len(self.graph)} tasks left, "
            f"{len(self._leases)} running>"
        )

    # Questions

    def is_active(self) -> bool:
        """Tell whether anything runs or may yet start."""
        if self._leases:
            return True
        # Whenever nothing runs, what comes next has been opened.
        return self._stopped is None and bool(
            self._open or self._exclusive or self._unconfirmed
        )

    def is_held(self, lease: Lease) -> bool:
        """Tell whether this lease still counts (rule 9)."""
        return self._leases.get(lease.number) is lease

    def is_unconfirmed(self, lease: Lease) -> bool:
        """Tell whether this failure is provisional (rule 11)."""
        return self._unconfirmed.holds(self._rank[lease.place], lease)

    def is_abandoned(self, lease: Lease) -> bool:
        """Tell whether this lease was abandoned and is not released (rule 12)."""
        return self._claims.is_kept(lease)

    @property
    def ready_count(self) -> int:
        """How many tasks ``get_ready`` could start now, claims left aside."""
        if self._is_alone or self._is_draining or self._stopped is not None:
            return 0
        return min(len(self._open), self.concurrency - len(self._leases))

    @property
    def running(self) -> list[Lease]:
        """The leases held, oldest first."""
        return list(self._leases.values())

    @property
    def stopped(self) -> str | None:
        """Why nothing starts any more, or ``None``."""
        return self._stopped

    def get_unstarted(self) -> list[Task]:
        """Return the tasks that have neither ended nor started, in graph order."""
        held = {lease.place for lease in self._leases.values()}
        held.update(self._unconfirmed.places)
        left = (place for place, ended in enumerate(self._ended) if not ended)
        return [self.graph.tasks[place] for place in left if place not in held]

    # Starts

    def get_ready(self, now: float, limit: int | None = None) -> list[Lease]:
        """Start tasks that may run beside others, at most ``limit``.

        :returns: their leases; empty when nothing may start now.
        """
        leases: list[Lease] = []
        if self._is_alone or self._is_draining or self._stopped is not None:
            return leases
        free = self.concurrency - len(self._leases)
        if limit is not None and limit < free:
            free = limit
        while self._open and len(leases) < free:
            place = self._by_rank[heappop(self._open)]
            task = self.graph.tasks[place]
            if not task.claims or self._claims.take(self._rank[place], task.claims):
                leases.append(self._start(place, now))
            elif not self._leases and not self._open:
                self._open_more()
        return leases

    def get_exclusive(self, now: float) -> Lease | None:
        """Start one task alone, if it is time for one (rules 3 and 11).

        Nothing else may start then, and before it ends nothing will.
        """
        is_early = self._open and not self._is_draining
        if self._leases or is_early or self._stopped is not None:
            return None
        if self._unconfirmed:
            failed = self._unconfirmed.take_first()
            lease = self._start(failed.place, now)
            lease.confirms = failed
        elif self._exclusive:
            lease = self._start(self._by_rank[self._exclusive.pop()], now)
        else:
            return None
        self._is_alone = True
        self._overrule(self._claims.find_refused(lease.task.claims), lease.task)
        return lease

    @property
    def _is_draining(self) -> bool:
        """Whether nothing may start beside others until something has run alone."""
        if not self._unconfirmed:
            return bool(self._exclusive.due)
        could_be = self._failures + self._unconfirmed.count()
        return bool(self._exclusive.due) or 0 < self._max_fail <= could_be

    def _start(self, place: int, now: float) -> Lease:
        task = self.graph.tasks[place]
        self._started += 1
        lease = self._leases[self._started] = Lease(self._started, place, task)
        timeout = self._timeout if task.timeout is None else task.timeout
        if timeout > 0:
            lease.start_clock(now, timeout)
        return lease

    # Clocks (rule 8)

    def next_deadline(self) -> float | None:
        """Return the earliest deadline of what runs."""
        deadlines = (lease.deadline for lease in self._leases.values())
        return min((d for d in deadlines if d is not None), default=None)

    def get_overdue(self, now: float) -> list[Lease]:
        """Return the leases whose deadline has come, until it is moved."""
        return [
            lease
            for lease in self._leases.values()
            if lease.deadline is not None and lease.deadline <= now
        ]

    # Ends

    def done(
        self,
        lease: Lease,
        status: Status,
        *,
        error: str | None = None,
        failures: int | None = None,
        provisional: bool = False,
    ) -> list[Blocked]:
        """Take note of how a lease ended.

        :param error: what became of the task, for those it blocks.
        :param failures: how many failures it counts for ``max_fail``; by default one
            unless it completed or was skipped.
        :param provisional: it failed beside others and is to be confirmed, unless
            failures are taken as real by now; see ``is_unconfirmed``.
        :returns: the tasks that this blocks; empty for a lease no longer held.
        :raises ValueError: ``status`` is not a way a started task can end, or one that
            cannot be provisional.
        """
        if status not in _ENDS:
            raise ValueError(f"a task that was started cannot end as {status}")
        if provisional and (status is not Status.FAILED or lease.is_alone):
            raise ValueError(f"only a failure beside others is provisional: {lease!r}")
        if self._leases.get(lease.number) is not lease:
            return []
        del self._leases[lease.number]
        self._is_alone = False
        task = lease.task
        if (task.claims or task.group is not None) and not lease.is_alone:
            self._exclusive.leave(task.group)
            if not self._claims.is_kept(lease):
                self._open_again(self._claims.give_back(task.claims))
        error = error or status.value
        if provisional and self._unconfirmed.doubts:
            self._unconfirmed[self._rank[lease.place]] = (lease, error, failures)
            blocked = []
        else:
            blocked = self._end(lease, status, error, failures)
        if not self._leases and not self._open:
            self._open_more()
        return blocked

    def abandon(
        self, lease: Lease, *, error: str | None = None, failures: int | None = None
    ) -> list[Blocked]:
        """Take note that a task hangs for good (rule 12); see ``done``.

        :raises ValueError: the task runs alone, and nothing else goes on.
        """
        if lease.is_alone:
            raise ValueError(f"what runs alone cannot be abandoned: {lease!r}")
        if self.is_held(lease):
            self._claims.keep(lease)
        return self.done(lease, Status.TIMEOUT, error=error, failures=failures)

    def release(self, lease: Lease) -> None:
        """Take note that an abandoned task has come to an end after all.

        :raises ValueError: it was not abandoned, or has been released.
        """
        if not self.is_abandoned(lease):
            raise ValueError(f"not abandoned: {lease!r}")
        self._open_again(self._claims.let_go(lease))

    def believe(self) -> list[tuple[Lease, list[Blocked]]]:
        """End the provisional failures that are taken as real without a confirmation.

        There are some once the first confirmations have all failed again, or when the
        run was stopped.

        :returns: their leases, each with the tasks that its failure blocks.
        """
        if self._unconfirmed.doubts and self._stopped is None:
            return []
        believed = [
            (lease, self._end(lease, Status.FAILED, error, failures))
            for lease, error, failures in self._unconfirmed.take_all()
        ]
        if not self._leases and not self._open:
            self._open_more()
        return believed

    def _end(
        self, lease: Lease, status: Status, error: str, failures: int | None
    ) -> list[Blocked]:
        self._ended[lease.place] = True
        has_failed = status in (Status.FAILED, Status.TIMEOUT)
        if lease.confirms is not None:
            self._unconfirmed.learn(failed_again=has_failed)
        if failures is None:
            failures = int(has_failed)
        if failures:
            self._count_failures(failures)
        if status is not Status.COMPLETED:
            blocked = self.graph.block_dependents(lease.place, error, self._ended)
            for task in (each.task for each in blocked):
                if not task.exclusive:
                    self._exclusive.leave(task.group)
            return blocked
        if self.schedule is Schedule.GRAPH:
            self._backlog.release(lease.place, self._open, self._exclusive)
        return []

    def stop(self, reason: str) -> None:
        """Start nothing more (rule 10); the first reason stands."""
        if self._stopped is None:
            self._stopped = reason

    def withdraw(self, lease: Lease) -> None:
        """Give back a lease whose task came to nothing: it is not run (rule 10).

        :raises RuntimeError: the run goes on.
        """
        if self._stopped is None:
            raise RuntimeError(f"not stopped, so its task is owed an end: {lease!r}")
        if self.is_held(lease):
            del self._leases[lease.number]

    def _count_failures(self, failures: int) -> None:
        self._failures += failures
        if self._max_fail and self._failures >= self._max_fail:
            self.stop(f"stopping after {self._failures} failures")

    # Opening work (rule 5)

    def _open_more(self) -> None:
        """Open the next slice, or the next phase once this one has ended.

        Its time is when nothing runs and nothing open could run beside others: then
        only what runs alone, and who waits for abandoned tasks, can be left of a phase.
        The schedule ``graph`` opens the first phase so and finds the rest ended.
        """
        if waited_for := self._claims.waited_for:
            if not (self._exclusive or self._unconfirmed or self._stopped):
                self._overrule(waited_for[:1])
            return
        self._open = self._backlog.take_slice()
        while not (self._open or self._exclusive or self._unconfirmed):
            if not self._backlog.load_phase(self._ended, self._exclusive):
                return
            self._open = self._backlog.take_slice()

    def _overrule(self, things: Iterable[Hashable], *waiting: Task) -> None:
        """Take things from the abandoned tasks that keep them (rule 12).

        :param waiting: who needs them, beside those that are parked.
        """
        for thing in things:
            holders, parked = self._claims.overrule(thing)
            self._open_again(parked)
            tasks = [self.graph.tasks[self._by_rank[rank]] for rank in parked]
            self.overruled += [
                Overruled(holder=lease.task, thing=thing, waiting=(*waiting, *tasks))
                for lease in holders
            ]

    def _open_again(self, ranks: Iterable[int]) -> None:
        for rank in ranks:
            heappush(self._open, rank)
