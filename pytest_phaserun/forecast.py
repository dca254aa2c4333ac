"""How long a run should take, by how much runs at once, before it begins."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from .graph import TaskGraph
from .model import Schedule
from .replay import MANY, replay

#: How many tasks at once are looked at.
SLOTS = (1, 2, 4, 8, 16, 32)

#: How much longer than the shortest run one with fewer slots may take.
TOLERANCE = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What to expect of a run.

    Times are in seconds, or, where no duration is known, in tasks: each takes 1.

    :ivar known: of how many tasks the duration is known; the others are taken to be as
        long as these on average.
    :ivar work: what all tasks take one after the other.
    :ivar path: the places of the tasks of the longest chain, in their order.
    :ivar path_length: what these take.
    :ivar times: what the run takes, by schedule, in the order of ``SLOTS``; that of the
        run comes first, and of very many tasks it is the only one.
    """

    known: int
    work: float
    path: tuple[int, ...]
    path_length: float
    times: Mapping[Schedule, tuple[float, ...]]

    @property
    def schedule(self) -> Schedule:
        """That of the run."""
        return next(iter(self.times))

    @property
    def recommended(self) -> int:
        """The fewest slots that are about as good as any number of them."""
        times = self.times[self.schedule]
        enough = min(times) * TOLERANCE
        return next(n for n, time in zip(SLOTS, times, strict=True) if time <= enough)


def foresee(
    graph: TaskGraph,
    *,
    schedule: Schedule,
    capacities: Mapping[Hashable, int],
    affinity: bool = False,
) -> Forecast:
    """Return what to expect of a run; see ``Dispatcher`` for the parameters."""
    durations = graph.expected
    path = graph.critical_path
    schedules = [schedule]
    if len(graph) <= MANY:
        schedules += [each for each in Schedule if each is not schedule]
    work = sum(durations)

    def run(schedule: Schedule, slots: int) -> float:
        if slots == 1 and not graph.conditions:
            return work  # nothing ever waits, and all of it runs
        return replay(
            graph,
            durations,
            concurrency=slots,
            schedule=schedule,
            capacities=capacities,
            affinity=affinity,
        )

    return Forecast(
        known=sum(task.estimate is not None for task in graph.tasks),
        work=work,
        path=tuple(path),
        path_length=sum(durations[place] for place in path),
        times={each: tuple(run(each, slots) for slots in SLOTS) for each in schedules},
    )
