"""The rules of what may run, and nothing else.

Facts go in, decisions come out; there is no clock, thread, loop, file or print here,
``now`` is always a parameter (float seconds on any monotonic clock).

The rules:

1. A task starts when every task that it depends on has completed.
2. At most ``concurrency`` tasks run at once.
3. An exclusive task runs when nothing else does, and only when no other open task
   could run instead, so that exclusive tasks come back to back.
4. Tasks that claim one thing in different states never overlap.
5. The schedule opens work: ``batch`` opens slices of ``concurrency`` tasks, the next
   slice when the last task of this one has ended; ``phase`` opens the next phase when
   this one has ended, and a free place inside it is refilled at once; ``graph`` opens
   a task when its own dependencies have completed.
6. Among open tasks the one with the longest critical path goes first, then the one
   that stands first in the graph. Same input, same order, on every machine.
7. A task whose dependency did not complete is blocked: it ends at once, with its
   direct and its root cause.
8. A task past its deadline is to be stopped; how, is the driver's business. A driver
   pauses the clock of a task that waits for somebody else, and restarts it for a part
   of the task that has a limit of its own.
9. Every task ends exactly once. Each start is a lease; the end of a lease that is no
   longer held is ignored.
10. After ``stop`` nothing starts and what runs may end; what never ran is not run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice

from .graph import TaskGraph
from .model import Blocked, Claim, Schedule, Status, Task

__all__ = ["Blocked", "Dispatcher", "Lease"]

#: How a task that was started can end.
_ENDS = (Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.SKIPPED)


@dataclass(slots=True, eq=False)
class Lease:
    """The right to run one task once; made and changed by the dispatcher alone.

    :ivar number: unique in a run, in the order of the starts.
    :ivar place: the number of the task in the graph.
    :ivar timeout: seconds the task may take, or ``None``.
    :ivar deadline: the instant at which to stop it, ``None`` while no clock runs.
    :ivar remaining: seconds left while it is paused, ``None`` if without limit.
    """

    number: int
    place: int
    task: Task
    timeout: float | None = None
    deadline: float | None = None
    paused: bool = False
    remaining: float | None = None

    def __repr__(self) -> str:
        return f"<Lease {self.number}: {self.task.id}, deadline {self.deadline}>"


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
        _check_limits(concurrency, timeout)
        self.graph = graph
        self.concurrency = concurrency
        self.schedule = Schedule(schedule)
        self._timeout = timeout
        self._max_fail = max_fail
        self._failures = 0
        self._stopped: str | None = None
        self._leases: dict[int, Lease] = {}
        self._started = 0
        self._by_rank, self._rank = _rank_places(graph)
        self._missing = list(map(len, graph.dependencies))
        self._ended = bytearray(len(graph))
        # For each thing the state it is in, once a user, and the ranks that wait.
        self._claimed: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
        self._parked: defaultdict[Hashable, list[int]] = defaultdict(list)
        # Ranks: two heaps of what is open, then what is left of the phase.
        self._open: list[int] = []
        self._open_exclusive: list[int] = []
        self._backlog: Iterator[int] = iter(())
        self._slice = concurrency if self.schedule is Schedule.BATCH else None
        self._phases = iter(graph.phases)
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
        return self._stopped is None and bool(self._open or self._open_exclusive)

    def is_held(self, lease: Lease) -> bool:
        """Tell whether this lease still counts (rule 9)."""
        return self._leases.get(lease.number) is lease

    @property
    def ready_count(self) -> int:
        """How many tasks ``get_ready`` could start now, claims left aside."""
        if self._stopped is not None:
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
        return [
            task
            for place, task in enumerate(self.graph.tasks)
            if not self._ended[place] and place not in held
        ]

    # Starts

    def get_ready(self, now: float, limit: int | None = None) -> list[Lease]:
        """Start tasks that may run beside others, at most ``limit``.

        :returns: their leases; empty when nothing may start now.
        """
        leases: list[Lease] = []
        if self._stopped is not None:
            return leases
        free = self.concurrency - len(self._leases)
        if limit is not None and limit < free:
            free = limit
        while self._open and len(leases) < free:
            place = self._by_rank[heappop(self._open)]
            task = self.graph.tasks[place]
            if not task.claims or self._claim(place, task.claims):
                leases.append(self._start(place, task, now))
        return leases

    def get_exclusive(self, now: float) -> Lease | None:
        """Start one exclusive task, if it is time for one (rule 3).

        Nothing is open then, and before it ends nothing will be.
        """
        busy = self._leases or self._open or self._stopped is not None
        if busy or not self._open_exclusive:
            return None
        place = self._by_rank[heappop(self._open_exclusive)]
        return self._start(place, self.graph.tasks[place], now)

    def _start(self, place: int, task: Task, now: float) -> Lease:
        self._started += 1
        lease = self._leases[self._started] = Lease(self._started, place, task)
        timeout = self._timeout if task.timeout is None else task.timeout
        if timeout > 0:
            lease.timeout = timeout
            lease.deadline = now + timeout
        return lease

    # Claims (rule 4)

    def _claim(self, place: int, claims: tuple[Claim, ...]) -> bool:
        """Take all claims of a task, or park it behind the first that is refused."""
        for claim in claims:
            states = self._claimed[claim.thing]
            if states and states[0] != claim.state:
                self._parked[claim.thing].append(self._rank[place])
                return False
        for claim in claims:
            self._claimed[claim.thing].append(claim.state)
        return True

    def _unclaim(self, claims: tuple[Claim, ...]) -> None:
        """Give claims back; what waits for the last user of a thing is open again."""
        for claim in claims:
            states = self._claimed[claim.thing]
            states.pop()
            if not states:
                for rank in self._parked.pop(claim.thing, ()):
                    heappush(self._open, rank)

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

    def restart_clock(
        self, lease: Lease, now: float, span: float | None = None
    ) -> None:
        """Give a lease ``span`` seconds from now on, by default its whole timeout.

        A paused one gets them from its ``resume_clock`` on.
        """
        span = lease.timeout if span is None else span
        if lease.paused:
            lease.remaining = span
        else:
            lease.deadline = None if span is None else now + span

    def pause_clock(self, lease: Lease, now: float) -> None:
        """Stop counting: the task waits for somebody else."""
        if lease.paused:
            return
        lease.paused = True
        lease.remaining = None if lease.deadline is None else lease.deadline - now
        lease.deadline = None

    def resume_clock(self, lease: Lease, now: float) -> None:
        """Count on from where ``pause_clock`` stopped."""
        if not lease.paused:
            return
        lease.paused = False
        lease.deadline = None if lease.remaining is None else now + lease.remaining
        lease.remaining = None

    # Ends

    def done(
        self,
        lease: Lease,
        status: Status,
        *,
        error: str | None = None,
        failures: int | None = None,
    ) -> list[Blocked]:
        """Take note of how a lease ended.

        :param error: what became of the task in words, for those it blocks.
        :param failures: how many failures it counts for ``max_fail``; by default one
            unless it completed or was skipped.
        :returns: the tasks that this blocks; empty for a lease no longer held.
        :raises ValueError: ``status`` is not a way a started task can end.
        """
        if status not in _ENDS:
            raise ValueError(f"a task that was started cannot end as {status}")
        if self._leases.get(lease.number) is not lease:
            return []
        del self._leases[lease.number]
        self._ended[lease.place] = True
        if lease.task.claims and not lease.task.exclusive:
            self._unclaim(lease.task.claims)
        blocked: list[Blocked] = []
        if status is not Status.COMPLETED:
            blocked = self._block_dependents(lease.place, error or status.value)
            if failures is None:
                failures = int(status is not Status.SKIPPED)
        elif self.schedule is Schedule.GRAPH:
            self._release_dependents(lease.place)
        if not self._leases and not self._open:
            self._open_more()
        if failures:
            self._count_failures(failures)
        return blocked

    def stop(self, reason: str) -> None:
        """Start nothing more (rule 10); the first reason stands."""
        if self._stopped is None:
            self._stopped = reason

    def _count_failures(self, failures: int) -> None:
        self._failures += failures
        if self._max_fail and self._failures >= self._max_fail:
            self.stop(f"stopping after {self._failures} failures")

    def _block_dependents(self, place: int, error: str) -> list[Blocked]:
        """End, by worklist, everything that waits for a task (rule 7)."""
        tasks, ended = self.graph.tasks, self._ended
        blocked = []
        work = [place]
        for cause in work:
            for dependent in self.graph.dependents[cause]:
                if not ended[dependent]:
                    ended[dependent] = True
                    work.append(dependent)
                    blocked.append(
                        Blocked(tasks[dependent], tasks[cause], tasks[place], error)
                    )
        return blocked

    # Opening work (rule 5)

    def _release_dependents(self, place: int) -> None:
        """Open what waited for a task that completed, and for nothing else any more."""
        missing, tasks = self._missing, self.graph.tasks
        for dependent in self.graph.dependents[place]:
            missing[dependent] = left = missing[dependent] - 1
            if not left:
                alone = tasks[dependent].exclusive
                heap = self._open_exclusive if alone else self._open
                heappush(heap, self._rank[dependent])

    def _open_more(self) -> None:
        """Open the next slice, or the next phase once this one has ended.

        Its time is when nothing runs and nothing open could run beside others: then
        nothing is parked either, and only exclusive tasks can be left of a phase.
        The schedule ``graph`` opens the first phase like this and finds the rest ended.
        """
        self._open = list(islice(self._backlog, self._slice))
        while not self._open and not self._open_exclusive:
            phase = next(self._phases, None)
            if phase is None:
                return
            self._load(phase)
            self._open = list(islice(self._backlog, self._slice))

    def _load(self, phase: list[int]) -> None:
        """Make a phase the backlog, without what is blocked; sorted lists are heaps."""
        tasks, rank = self.graph.tasks, self._rank
        waiting = [place for place in phase if not self._ended[place]]
        shared = [rank[place] for place in waiting if not tasks[place].exclusive]
        alone = [rank[place] for place in waiting if tasks[place].exclusive]
        self._backlog = iter(sorted(shared))
        self._open_exclusive = sorted(alone)


def _check_limits(concurrency: int, timeout: float) -> None:
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, not {concurrency}")
    # The other way round NaN would pass.
    if not timeout >= 0:
        raise ValueError(f"timeout must be at least 0 seconds, not {timeout}")


def _rank_places(graph: TaskGraph) -> tuple[list[int], list[int]]:
    """Return all places in the order of rule 6, and for each place its rank there."""
    lengths = graph.critical_lengths
    # Reversed or not, sorting keeps equals in graph order.
    by_rank = sorted(range(len(graph)), key=lengths.__getitem__, reverse=True)
    rank_of = [0] * len(by_rank)
    for rank, place in enumerate(by_rank):
        rank_of[place] = rank
    return by_rank, rank_of
