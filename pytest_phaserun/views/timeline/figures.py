"""The numbers of a run, and the chain of tests that none of its parts could shorten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...graph import find_longest_chain
from ...recording.run import Run, order_of
from .kinds import Kind, kind_of
from .lanes import Axis, find_axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the first lines of a report say; spans are in seconds.

    :ivar counts: how many tests ended how, the worst first.
    :ivar durations: of all attempts of each test, by its place.
    :ivar path: the tests of the critical path, by place, in their order.
    :ivar path_length: seconds that the critical path takes.
    """

    counts: dict[Kind, int]
    wall: float
    durations: Sequence[float]
    slots: int
    path: tuple[int, ...]
    path_length: float

    @property
    def total(self) -> float:
        """Seconds that all tests took in sum."""
        return sum(self.durations)

    @property
    def speed_up(self) -> float:
        """How many times as fast as one test after the other."""
        return self.total / self.wall if self.wall else 1.0

    @property
    def efficiency(self) -> float:
        """Which share of the time of all slots was used, from 0 to 1."""
        return self.total / (self.wall * self.slots) if self.wall else 1.0


def measure(run: Run) -> Figures:
    """Return the numbers of a run."""
    counts = Counter(map(kind_of, run.tests))
    axis = find_axis(run)
    durations = find_durations(run, axis)
    path, length = find_critical_path(run, durations)
    return Figures(
        counts={kind: counts[kind] for kind in Kind if counts[kind]},
        wall=axis.wall,
        durations=durations,
        slots=run.concurrency,
        path=path,
        path_length=length,
    )


def find_durations(run: Run, axis: Axis) -> list[float]:
    """Return the seconds of all attempts of each test, by its place."""
    return [
        sum(axis.span_of(attempt).duration for attempt in test.attempts)
        for test in run.tests
    ]


def find_critical_path(
    run: Run, durations: Sequence[float]
) -> tuple[tuple[int, ...], float]:
    """Return the chain of dependencies that took longest, and its seconds.

    However many slots there are, a run takes at least as long. What never ran is no
    part of it.
    """
    ran = [test for test in run.tests if test.attempts]
    before = [test.after for test in run.tests]
    path = find_longest_chain(order_of(ran), before, durations)
    return tuple(path), sum(durations[place] for place in path)


def find_slowest(run: Run, durations: Sequence[float], number: int) -> list[int]:
    """Return the places of the tests that took longest, the slowest first."""
    ran = [test.place for test in run.tests if test.attempts]
    return sorted(ran, key=lambda place: (-durations[place], place))[:number]
