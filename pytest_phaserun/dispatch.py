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

from collections.abc import Hashable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from .graph import TaskGraph
from .model import Claim, Schedule, Status, Task


class Lease:
    """The right to run one task once; made and changed by the dispatcher alone.

    :ivar number: unique in a run, in the order of the starts.
    :ivar task: what to run.
    :ivar timeout: seconds the task may take, or ``None``.
    :ivar deadline: the instant at which to stop it, ``None`` while no clock runs.
    """

    __slots__ = ("deadline", "number", "place", "remaining", "task", "timeout")

    def __init__(self, number: int, place: int, task: Task) -> None:
        self.number = number
        self.place = place
        self.task = task
        self.timeout: float | None = None
        self.deadline: float | None = None
        self.remaining: float | None = None

    def __repr__(self) -> str:
        return f"<Lease {self.number}: {self.task.id}, deadline {self.deadline}>"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A task that ended without a start.

    :ivar cause: the dependency that did not complete.
    :ivar root: the task that did run and did not complete; often the same.
    :ivar error: what became of the root, in words.
    """

    task: Task
    cause: Task
    root: Task
    error: str

    @property
    def reason(self) -> str:
        """One line that names the direct and the root cause."""
        if self.cause is self.root:
            return f"depends on {self.cause.id} ({self.error})"
        return f"depends on {self.cause.id}, blocked by {self.root.id} ({self.error})"


class Dispatcher:
    """Decide what may run, one fact at a time.

    The verbs follow ``graphlib.TopologicalSorter``: ask ``get_ready`` (and
    ``get_exclusive``) for leases, report each with ``done``, until ``is_active``
    says no. An illegal call raises and changes nothing. One thread at a time may
    call; a driver with several threads guards the dispatcher with a lock.

    :param concurrency: how many tasks may run at once, at least 1.
    :param timeout: seconds for each task without a limit of its own; 0 for no limit.
    :param max_fail: stop after so many failures; 0 for never.
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
        if concurrency < 1:
            raise ValueError(f"concurrency must be at least 1, not {concurrency}")
        self.graph = graph
        self.concurrency = concurrency
        self.schedule = schedule
        self._timeout = timeout
        self._max_fail = max_fail
        self._failures = 0
        size = len(graph)
        critical = graph.critical_lengths
        # Rule 6 as one number a task: places in the order of priority.
        self._by_rank = sorted(range(size), key=lambda n: -critical[n])
        self._rank = [0] * size
        for rank, number in enumerate(self._by_rank):
            self._rank[number] = rank
        self._missing = [len(found) for found in graph.dependencies]
        self._status: list[Status | None] = [None] * size
        self._causes: dict[int, tuple[int, int]] = {}
        self._errors: dict[int, str] = {}
        self._left = size
        self._phase = -1
        self._phase_left = [len(phase) for phase in graph.phases]
        # Heaps of ranks: startable now, startable alone, waiting for the next slice.
        self._open: list[int] = []
        self._open_exclusive: list[int] = []
        self._backlog: list[int] = []
        self._slice_left = 0
        self._claimed: dict[Hashable, tuple[Hashable, int]] = {}
        self._parked: dict[Hashable, list[int]] = {}
        self._leases: dict[int, Lease] = {}
        self._started = 0
        self._alone = False
        self._stopped: str | None = None
        self._open_phases()

    def __repr__(self) -> str:
        return (
            f"<Dispatcher: phase {self._phase + 1} of {len(self.graph.phases)}, "
            f"{len(self._leases)} running, {self._left} left>"
        )

    # Questions

    def is_active(self) -> bool:
        """Tell whether anything runs or may yet start."""
        return bool(self._leases) or (self._left > 0 and self._stopped is None)

    def is_held(self, lease: Lease) -> bool:
        """Tell whether this lease still counts (rule 9)."""
        return self._leases.get(lease.number) is lease

    @property
    def ready_count(self) -> int:
        """How many tasks ``get_ready`` could start now, claims left aside."""
        if self._alone or self._stopped is not None:
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

    def status(self, place: int) -> Status | None:
        """Return how the task at this place of the graph ended, ``None`` if not yet."""
        return self._status[place]

    # Starts

    def get_ready(self, now: float, limit: int | None = None) -> list[Lease]:
        """Start tasks that may run beside others, at most ``limit``.

        :returns: their leases; empty when nothing may start now.
        """
        free = self.concurrency - len(self._leases)
        if limit is not None and limit < free:
            free = limit
        leases: list[Lease] = []
        if self._alone or self._stopped is not None:
            return leases
        while free > 0 and self._open:
            place = self._by_rank[heappop(self._open)]
            task = self.graph.tasks[place]
            if task.claims and not self._claim(place, task.claims):
                continue
            leases.append(self._start(place, task, now))
            free -= 1
        return leases

    def get_exclusive(self, now: float) -> Lease | None:
        """Start one exclusive task, if it is time for one (rule 3)."""
        if self._leases or self._open or self._backlog or self._stopped is not None:
            return None
        if not self._open_exclusive:
            return None
        place = self._by_rank[heappop(self._open_exclusive)]
        task = self.graph.tasks[place]
        self._alone = True
        return self._start(place, task, now)

    def _start(self, place: int, task: Task, now: float) -> Lease:
        self._started += 1
        lease = Lease(self._started, place, task)
        timeout = self._timeout if task.timeout is None else task.timeout
        if timeout > 0:
            lease.timeout = timeout
            lease.deadline = now + timeout
        self._leases[lease.number] = lease
        return lease

    def _claim(self, place: int, claims: tuple[Claim, ...]) -> bool:
        """Take all claims of a task, or park it behind the first that is refused."""
        for claim in claims:
            state, _ = self._claimed.get(claim.thing, (claim.state, 0))
            if state != claim.state:
                self._parked.setdefault(claim.thing, []).append(self._rank[place])
                return False
        for claim in claims:
            _, users = self._claimed.get(claim.thing, (claim.state, 0))
            self._claimed[claim.thing] = (claim.state, users + 1)
        return True

    def _unclaim(self, claims: tuple[Claim, ...]) -> None:
        for claim in claims:
            state, users = self._claimed[claim.thing]
            if users > 1:
                self._claimed[claim.thing] = (state, users - 1)
                continue
            del self._claimed[claim.thing]
            for rank in self._parked.pop(claim.thing, ()):
                heappush(self._open, rank)

    # Clocks

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
        """Give a lease ``span`` seconds from now on, by default its whole timeout."""
        span = lease.timeout if span is None else span
        lease.remaining = None
        lease.deadline = None if span is None else now + span

    def pause_clock(self, lease: Lease, now: float) -> None:
        """Stop counting: the task waits for somebody else."""
        if lease.deadline is not None:
            lease.remaining = lease.deadline - now
            lease.deadline = None

    def resume_clock(self, lease: Lease, now: float) -> None:
        """Count on from where ``pause_clock`` stopped."""
        if lease.remaining is not None:
            lease.deadline = now + lease.remaining
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
        if status in (Status.BLOCKED, Status.NOT_RUN):
            raise ValueError(f"a task that was started cannot end as {status.value!r}")
        if self._leases.pop(lease.number, None) is None:
            return []
        self._alone = False
        if lease.task.claims and not lease.task.exclusive:
            self._unclaim(lease.task.claims)
        if self._slice_left:
            self._slice_left -= 1
        if status is Status.COMPLETED:
            blocked: list[Blocked] = []
            self._end(lease.place, status)
            self._release_dependents(lease.place)
        else:
            self._errors[lease.place] = error or status.value
            blocked = self._block_dependents(lease.place, status)
            if failures is None:
                failures = int(status is not Status.SKIPPED)
        self._open_phases()
        self._failures += failures or 0
        if self._max_fail and self._failures >= self._max_fail:
            self.stop(f"stopping after {self._failures} failures")
        return blocked

    def stop(self, reason: str) -> None:
        """Start nothing more (rule 10); the first reason stands."""
        if self._stopped is None:
            self._stopped = reason

    def get_unstarted(self) -> list[Task]:
        """Return the tasks that have neither ended nor started, in graph order."""
        held = {lease.place for lease in self._leases.values()}
        return [
            task
            for place, task in enumerate(self.graph.tasks)
            if self._status[place] is None and place not in held
        ]

    def _end(self, place: int, status: Status) -> None:
        self._status[place] = status
        self._left -= 1
        self._phase_left[self.graph.phase_of[place]] -= 1

    def _release_dependents(self, place: int) -> None:
        missing = self._missing
        for dependent in self.graph.dependents[place]:
            missing[dependent] -= 1
            if (
                not missing[dependent]
                and self.schedule is Schedule.GRAPH
                and self._status[dependent] is None
            ):
                self._open_task(dependent)

    def _block_dependents(self, place: int, status: Status) -> list[Blocked]:
        """End a task and, by worklist, everything that waits for it (rule 7)."""
        self._end(place, status)
        tasks = self.graph.tasks
        blocked = []
        work = [place]
        for cause in work:
            root = self._causes[cause][1] if cause in self._causes else cause
            for dependent in self.graph.dependents[cause]:
                if self._status[dependent] is not None:
                    continue
                self._causes[dependent] = (cause, root)
                self._end(dependent, Status.BLOCKED)
                work.append(dependent)
                blocked.append(
                    Blocked(
                        tasks[dependent], tasks[cause], tasks[root], self._errors[root]
                    )
                )
        return blocked

    # Opening work (rule 5)

    def _open_task(self, place: int) -> None:
        alone = self.graph.tasks[place].exclusive
        heappush(self._open_exclusive if alone else self._open, self._rank[place])

    def _open_phases(self) -> None:
        """Open the next phases that have work left; what is open needs nothing."""
        phases = self.graph.phases
        if self.schedule is Schedule.GRAPH:
            if self._phase < 0 and phases:
                self._phase = 0
                for place in phases[0]:
                    self._open_task(place)
            return
        while self._phase < len(phases) and (
            self._phase < 0 or not self._phase_left[self._phase]
        ):
            self._phase += 1
            if self._phase < len(phases):
                self._open_phase(phases[self._phase])
        if self.schedule is Schedule.BATCH and not self._slice_left:
            self._open_slice()

    def _open_phase(self, phase: list[int]) -> None:
        tasks, rank = self.graph.tasks, self._rank
        waiting = [place for place in phase if self._status[place] is None]
        shared = [rank[place] for place in waiting if not tasks[place].exclusive]
        heapify(shared)
        if self.schedule is Schedule.BATCH:
            self._backlog = shared
        else:
            self._open = shared
        for place in waiting:
            if tasks[place].exclusive:
                heappush(self._open_exclusive, rank[place])

    def _open_slice(self) -> None:
        while self._backlog and self._slice_left < self.concurrency:
            heappush(self._open, heappop(self._backlog))
            self._slice_left += 1
