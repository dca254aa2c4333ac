"""What a dispatcher knows of a run: what is held, what is open, what is left.

It answers questions about that. What moves a run, and the rules of that, stand in
``dispatch``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from ..graph import TaskGraph, rank_places
from ..model import Overruled, Schedule, Task, check_limits
from .ahead import Ahead
from .backlog import Backlog
from .claims import ClaimTable
from .conditions import Conditions
from .exclusive import ExclusiveQueue
from .lease import Lease, Leases
from .slots import Slots
from .unconfirmed import UnconfirmedFailures
from .waits import Waits

#: So many failures that all were real are enough to believe the rest (rule 11).
CONFIRMATIONS = 5


class RunState:
    """Belongs to a dispatcher, which is one and says what the parameters mean."""

    def __init__(
        self,
        graph: TaskGraph,
        *,
        concurrency: int = 4,
        schedule: Schedule = Schedule.PHASE,
        timeout: float = 0.0,
        max_fail: int = 0,
        capacities: Mapping[Hashable, int] | None = None,
        affinity: bool = False,
    ) -> None:
        check_limits(concurrency, timeout)
        self.graph = graph
        self.concurrency = concurrency
        self.schedule = Schedule(schedule)
        self.capacities = dict(capacities or {})
        self._max_fail = max_fail
        self._failures = 0
        self._stopped: str | None = None
        self._is_alone = False
        self._by_rank, self._rank = rank_places(graph, by_component=affinity)
        self._tasks = [graph.tasks[place] for place in self._by_rank]
        self._ended = bytearray(len(graph))
        self._conditions = Conditions(graph, self._ended) if graph.conditions else None
        self.overruled: list[Overruled] = []
        # Ranks: what is open, in two queues, then what is not yet.
        self._slots = Slots(graph, self._by_rank) if affinity else None
        self._leases = Leases(timeout, self._slots)
        self._open: list[int] = [] if self._slots is None else self._slots
        self._claims = ClaimTable(self._tasks, self.capacities, self._open)
        self._exclusive = ExclusiveQueue(graph.tasks)
        size = concurrency if self.schedule is Schedule.BATCH else None
        self._backlog = Backlog(graph, self._rank, size)
        self._unconfirmed = doubted = UnconfirmedFailures(CONFIRMATIONS)
        opened = self._open, self._slots
        self.ahead = Ahead(self._leases, *opened, self._rank)
        self.waits = Waits(
            graph, self._ended, self._leases, doubted, self._backlog, *opened
        )
        # Something is open from the start: the first part of the first phase.
        self._backlog.load_phase(self._ended, self._exclusive)
        self._open += self._backlog.take_slice()

    def __repr__(self) -> str:
        return (
            f"<Dispatcher: {self._ended.count(0)} of {len(self.graph)} tasks left, "
            f"{len(self._leases)} running>"
        )

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
    def running(self) -> list[Lease]:
        """The leases held, oldest first."""
        return list(self._leases.values())

    @property
    def stopped(self) -> str | None:
        """Why nothing starts any more, or ``None``."""
        return self._stopped

    def get_unstarted(self) -> list[Task]:
        """Return the tasks that have neither ended nor started, in graph order."""
        begun = set(self._leases.values()) - set(self.ahead.values())
        held = {lease.place for lease in begun}
        held.update(self._unconfirmed.places)
        left = (place for place, ended in enumerate(self._ended) if not ended)
        return [self.graph.tasks[place] for place in left if place not in held]

    def slot_of(self, place: int) -> int | None:
        """Return the slot that a task is bound to, ``None`` for any."""
        return None if self._slots is None else self._slots.slot_of(place)

    # Facts that start nothing

    def unbind(self, slot: int) -> None:
        """Take note that a slot is gone: whoever comes first has what was bound to it.

        :raises ValueError: a task runs there.
        """
        if slot in self._leases.find_slots():
            raise ValueError(f"slot {slot} is not gone, a task runs there")
        if self._slots is not None:
            self._slots.unbind(slot)

    def release(self, lease: Lease) -> None:
        """Take note that an abandoned task has come to an end after all.

        :raises ValueError: it was not abandoned, or has been released.
        """
        if not self.is_abandoned(lease):
            raise ValueError(f"not abandoned: {lease!r}")
        self._claims.let_go(lease)

    def withdraw(self, lease: Lease) -> None:
        """Give back a lease whose task came to nothing: it is not run (rule 10).

        :raises RuntimeError: the run goes on.
        """
        if self._stopped is None:
            raise RuntimeError(f"not stopped, so its task is owed an end: {lease!r}")
        if self.is_held(lease):
            del self._leases[lease.number]
            self.waits.end(lease)

    # Clocks (rule 8)

    def next_deadline(self) -> float | None:
        """Return the earliest deadline of what runs."""
        return self._leases.find_next_deadline()

    def get_overdue(self, now: float) -> list[Lease]:
        """Return the leases whose deadline has come, until it is moved."""
        return self._leases.find_overdue(now)
