"""How long a run will still take, from what is known of it so far.

A bound, no simulation: cheap enough to be asked again and again while tests run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from .model import Schedule
from .record import RunRecord


def estimate_left(record: RunRecord, ended: Sequence[int], now: float) -> float | None:
    """Return the seconds that a run will still take, ``None`` if nothing is known.

    Work that is spread over the slots cannot end before the longest task, nor before
    the units of a resource have served all who claim them; what runs alone comes on
    top. Without barriers the longest chain counts, with them phases add up.

    A task takes as long as in earlier runs; one of which nothing is known takes as long
    as those of its kind that have ended in this run, on average. It costs 1 to 3 us for
    each task that is left.

    :param ended: for each place whether the task has ended, or will never run.
    :param now: in seconds on the monotonic clock.
    """
    default = _find_default(record)
    if default is None:
        return None
    running = dict(record.running)
    tasks = record.graph.tasks

    def expect(place: int) -> float:
        expected = tasks[place].estimate
        if expected is None:
            expected = default
        if (start := running.get(place)) is not None:
            expected = max(expected - (now - start.began), 0.0)
        return expected

    phases = record.graph.phases
    left = [[place for place in phase if not ended[place]] for phase in phases]
    if record.schedule is Schedule.GRAPH:
        chain = _find_chain(record, left, expect)
        everything = [place for phase in left for place in phase]
        return max(_bound(record, everything, expect), chain)
    return sum(_bound(record, phase, expect) for phase in left)


def _find_default(record: RunRecord) -> float | None:
    """Return what to expect of a task of which nothing is known."""
    tasks = record.graph.tasks
    spans = list(record.spans)
    new = [span.duration for span in spans if tasks[span.place].estimate is None]
    for known in (
        new,
        [span.duration for span in spans],
        [task.estimate for task in tasks if task.estimate is not None],
    ):
        if known:
            return sum(known) / len(known)
    return None


def _find_chain(
    record: RunRecord, left: Iterable[list[int]], expect: Callable[[int], float]
) -> float:
    """Return how long the longest chain of tasks that are left takes."""
    dependents = record.graph.dependents
    lengths: dict[int, float] = {}
    for phase in reversed(list(left)):
        for place in phase:
            behind = (lengths.get(other, 0.0) for other in dependents[place])
            lengths[place] = expect(place) + max(behind, default=0.0)
    return max(lengths.values(), default=0.0)


def _bound(
    record: RunRecord,
    places: Iterable[int],
    expect: Callable[[int], float],
) -> float:
    """Return how long tasks take that nothing else runs beside, in any order."""
    tasks = record.graph.tasks
    alone = 0.0
    beside: list[float] = []
    claimed = defaultdict[Hashable, float](float)
    for place in places:
        task, seconds = tasks[place], expect(place)
        if task.exclusive:
            alone += seconds
            continue
        beside.append(seconds)
        for claim in task.claims:
            units = record.capacities.get(claim.thing, 1)
            claimed[claim.thing] += seconds * claim.units / units
    if record.schedule is Schedule.BATCH:
        beside.sort(reverse=True)
        spread = sum(beside[:: record.concurrency])
    else:
        spread = sum(beside) / record.concurrency
    return alone + max(spread, max(beside, default=0.0), *claimed.values())
