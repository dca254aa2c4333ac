"""What a run takes with given durations: the dispatcher decides, and no clock runs.

Overheads are not known here: between two tasks of a slot there is no time.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from heapq import heappop, heappush

from .dispatch import Dispatcher
from .graph import TaskGraph
from .model import Schedule, Status
from .scheduling.lease import Lease

#: From so many tasks on nobody waits for replays of schedules that are not the run's
#: own: each takes 10 us a task.
MANY = 20_000


def replay(
    graph: TaskGraph,
    durations: Sequence[float],
    *,
    concurrency: int,
    schedule: Schedule,
    capacities: Mapping[Hashable, int],
    affinity: bool = False,
    ends: Sequence[Status] | None = None,
) -> float:
    """Return the seconds from the first start to the last end.

    :param durations: for each task the seconds that it takes.
    :param affinity: see ``Dispatcher``.
    :param ends: for each task how it ends if it runs; all complete by default.
    """
    dispatcher = Dispatcher(
        graph,
        concurrency=concurrency,
        schedule=schedule,
        capacities=capacities,
        affinity=affinity,
    )
    slots: list[int | None] = [*range(concurrency)] if affinity else [None]
    now = 0.0
    running: list[tuple[float, int, Lease]] = []
    while dispatcher.is_active():
        for lease in _start(dispatcher, slots, now):
            heappush(running, (now + durations[lease.place], lease.number, lease))
        now, _, ended = heappop(running)
        dispatcher.done(ended, ends[ended.place] if ends else Status.COMPLETED)
    return now


def _start(
    dispatcher: Dispatcher, slots: Sequence[int | None], now: float
) -> list[Lease]:
    """Start all that may run now."""
    busy = {lease.slot for lease in dispatcher.running} - {None}
    idle = [slot for slot in slots if slot not in busy]
    leases = [each for slot in idle for each in dispatcher.get_ready(now, slot=slot)]
    if not leases and (alone := dispatcher.get_exclusive(now, slot=slots[0])):
        return [alone]
    return leases
