"""How fast a run was, and how fast it could have been."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..graph import find_longest_chain
from ..model import Schedule
from ..record import RunRecord

#: At most so many tests of the critical path are named.
SHOWN_NAMES = 5

#: Seconds from which on the speed of a run is worth a word.
LEAST = 1.0

#: Seconds that are shown as more than nothing.
SHOWN_SECONDS = 0.01


class Speed(NamedTuple):
    """A run against what its tests would allow.

    :ivar path: the places of the tests of the critical path, in their order.
    :ivar durations: the seconds that each test took, by place.
    :ivar ideal: the seconds that the critical path takes, or all tests spread over the
        slots, whichever is longer.
    :ivar speed_up: the sum of all durations over the time the run took.
    :ivar efficiency: the share of the time of all slots in which tests ran.
    """

    path: list[int]
    durations: list[float]
    ideal: float
    speed_up: float
    efficiency: float

    @property
    def path_length(self) -> float:
        """Seconds that the critical path took."""
        return sum(self.durations[place] for place in self.path)


def find_speed_up(record: RunRecord) -> float:
    """Return how many times as long the tests would have taken one by one."""
    return record.total / record.wall if record.wall > 0 else 0.0


def find_speed(record: RunRecord) -> Speed:
    """Look at a run that has ended."""
    durations = [0.0] * len(record.graph)
    for span in record.spans:
        durations[span.place] += span.duration
    graph = record.graph
    order = (place for phase in graph.phases for place in phase if durations[place])
    path = find_longest_chain(order, graph.dependencies, durations)
    ideal = max(
        sum(durations[place] for place in path), record.total / record.concurrency
    )
    return Speed(
        path=path,
        durations=durations,
        ideal=ideal,
        speed_up=find_speed_up(record),
        efficiency=find_speed_up(record) / record.concurrency,
    )


def describe_speed(record: RunRecord) -> Iterator[str]:
    """Yield lines for those who want to know where the time went."""
    if record.concurrency == 1 or record.wall < LEAST or not record.spans:
        return
    speed = find_speed(record)
    yield f"ideal {speed.ideal:.2f} s, efficiency {speed.efficiency:.0%}"
    cost = record.barrier_cost()
    if cost >= SHOWN_SECONDS:
        ends = "slices" if record.schedule is Schedule.BATCH else "phases"
        yield f"waiting for {ends} to end cost {cost:.2f} s"
    if len(speed.path) > 1:
        yield f"critical path {speed.path_length:.2f} s: {name_path(record, speed)}"


def name_path(record: RunRecord, speed: Speed) -> str:
    """Name the tests of the critical path, with how long each took.

    By the last parts of their node ids: whole ones would not fit into a line.
    """
    tasks, durations = record.graph.tasks, speed.durations
    names = [
        f"{tasks[place].id.rpartition('::')[2]} ({durations[place]:.2f} s)"
        for place in speed.path
    ]
    if len(names) > SHOWN_NAMES:
        rest = f"{len(names) - SHOWN_NAMES} more"
        names[SHOWN_NAMES - 1 : -1] = [rest]
    return " -> ".join(names)
