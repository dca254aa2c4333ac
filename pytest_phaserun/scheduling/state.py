"""What a dispatcher knows of a run: what is held, what is open, what is left.

It answers questions and opens work; the rules stand in ``dispatch``, which moves a run.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from ..graph import TaskGraph, rank_places
from ..model import Overruled, Schedule, Task, check_limits
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
        self.waits = Waits(
            graph, self._ended, self._leases, doubted, self._backlog, *opened
        )
        self._open_more()

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
    def ready_count(self) -> int:
        """How many tasks ``get_ready`` could start now, at the most, claims left aside.

        0 only if it could start none.
        """
        if (free := self._count_free(None)) <= 0:
            return 0
        slots = self._sort_out()
        if slots is None:
            count = len(self._open)
        else:
            count = slots.count_for_all(self._leases.find_slots())
        return min(count and count + self._claims.untried, free)

    def ready_for(self, slot: int) -> bool:
        """Tell whether this slot could start a task now, claims left aside."""
        if self._count_free(slot) <= 0:
            return False
        slots = self._sort_out()
        return bool(self._open) if slots is None else slots.has_for(slot)

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

    def slot_of(self, place: int) -> int | None:
        """Return the slot that a task is bound to, ``None`` for any."""
        return None if self._slots is None else self._slots.slot_of(place)

    # Clocks (rule 8)

    def next_deadline(self) -> float | None:
        """Return the earliest deadline of what runs."""
        return self._leases.find_next_deadline()

    def get_overdue(self, now: float) -> list[Lease]:
        """Return the leases whose deadline has come, until it is moved."""
        return self._leases.find_overdue(now)

    # What may start

    @property
    def _is_draining(self) -> bool:
        """Whether nothing may start beside others until something has run alone."""
        if self.waits:
            return False
        if self._exclusive.due or not self._unconfirmed:
            return bool(self._exclusive.due)
        return 0 < self._max_fail <= self._failures + self._unconfirmed.count()

    def _count_free(self, slot: int | None) -> int:
        """Return how many tasks could start beside others, on one slot or on any."""
        if self._is_alone or self._stopped is not None:
            return 0
        # Most of the time there is nothing to drain for, which is soon found out here.
        if (self._exclusive.due or self._unconfirmed) and self._is_draining:
            return 0
        free = self.concurrency - len(self._leases) + len(self.waits)
        if slot is None:
            return free
        return 0 if slot in self._leases.find_slots() else min(free, 1)

    def _sort_out(self) -> Slots | None:
        """See to it that none of those comes first that only one slot may start."""
        if self._slots is not None:
            while (key := self._slots.move_first()) is not None:
                self._claims.pass_over(key)
        return self._slots

    # Opening work (rule 5)

    def _open_more(self) -> None:
        """Open the next slice, or the next phase once this one has ended.

        Its time is when nothing runs and nothing open could run beside others: then
        only what runs alone, and who waits for abandoned tasks, can be left of a phase.
        The schedule ``graph`` opens the first phase so and finds the rest ended.
        """
        if waited_for := self._claims.waited_for:
            if not (self._exclusive or self._unconfirmed or self._stopped):
                self.overruled += self._claims.overrule(waited_for[:1])
            return
        self._open += self._backlog.take_slice()
        while not (self._open or self._exclusive or self._unconfirmed):
            if not self._backlog.load_phase(self._ended, self._exclusive):
                return
            self._open += self._backlog.take_slice()
