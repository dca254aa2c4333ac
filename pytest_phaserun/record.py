"""What happened in a run, as data: who ran where, when, and how it ended.

Filled by a driver, read by views; neither prints nor decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from .dispatch import Overruled
from .graph import TaskGraph
from .model import Blocked, Reason, Schedule, Status
from .replay import MANY, replay


class Start(NamedTuple):
    """A task that has been started and has not ended.

    :ivar place: the task's number in the graph.
    :ivar slot: where it runs.
    :ivar began: when, in seconds on the monotonic clock.
    """

    place: int
    slot: int
    began: float


class Span(NamedTuple):
    """One start of a task, in seconds on the monotonic clock.

    :ivar place: the task's number in the graph.
    :ivar slot: where it ran.
    """

    place: int
    slot: int
    status: Status
    began: float
    ended: float

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.ended - self.began


class Observer(Protocol):
    """Hears of a run while it goes on; must be quick, and must not raise."""

    def started(self, start: Start) -> None:
        """A task was started; in any thread, one call at a time."""

    def ended(self, span: Span) -> None:
        """A start of a task has ended, and was or will soon be reported."""

    def blocked(self, blocked: Blocked) -> None:
        """A task has ended without a start."""


class Refuted(NamedTuple):
    """A failure beside others that did not come again alone.

    :ivar failure: what was reported of it.
    :ivar counts: it counts all the same.
    """

    place: int
    failure: str
    counts: bool = False


class Hung(NamedTuple):
    """A task that was abandoned.

    :ivar stage: where in it, in the words of the driver.
    :ivar seconds: how long it had been there.
    :ivar thread: the name of the thread that it hangs in.
    :ivar left: names of what was not torn down.
    :ivar has_ended: the thread came to an end before the run did.
    """

    place: int
    stage: str
    seconds: float
    thread: str
    left: Sequence[str] = ()
    has_ended: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class RunRecord:
    """Owned by the driver, which alone adds to it; complete when the run has ended.

    :ivar began: when the run began, in seconds on the monotonic clock.
    :ivar ended: when the run ended.
    :ivar capacities: how many units there were of what tasks claim.
    :ivar affinity: connected tasks shared a slot.
    :ivar alone: why tasks run alone, by place.
    :ivar not_run: how many tasks never started because the run was stopped.
    :ivar interrupted: the places of the tasks that ran and came to nothing because the
        run was stopped.
    :ivar refuted: the tests that failed beside others and passed alone.
    :ivar blocked: the tasks that never ran because of what they depend on.
    :ivar unconfirmed: how many failures beside others were taken as real.
    :ivar changed: what tasks have changed of the process beside others, by place.
    :ivar left_up: names of fixtures that could not be taken down.
    :ivar hung: the tasks that were abandoned.
    :ivar overruled: those of them that others did not wait for.
    :ivar slow: how many tasks were told of while they ran because they took long.
    :ivar strays: output that belongs to no task in particular.
    :ivar running: what runs now, by place; any thread may look at a copy.
    :ivar observers: are told of each start and each end.
    :ivar look: to be called again and again, in the main thread, by a driver beside
        which no thread may run; returns after how many seconds.
    """

    graph: TaskGraph
    concurrency: int
    schedule: Schedule
    began: float = 0.0
    ended: float = 0.0
    capacities: Mapping[Hashable, int] = field(default_factory=dict)
    affinity: bool = False
    alone: Mapping[int, Reason] = field(default_factory=dict)
    not_run: int = 0
    unconfirmed: int = 0
    interrupted: list[int] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    refuted: list[Refuted] = field(default_factory=list)
    changed: dict[int, list[str]] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    left_up: list[str] = field(default_factory=list)
    hung: list[Hung] = field(default_factory=list)
    overruled: list[Overruled] = field(default_factory=list)
    slow: int = 0
    strays: list[str] = field(default_factory=list)
    running: dict[int, Start] = field(default_factory=dict)
    observers: list[Observer] = field(default_factory=list)
    look: Callable[[], float] | None = None

    def note_start(self, start: Start) -> None:
        """Take note that a task was started; by one thread at a time."""
        self.running[start.place] = start
        for observer in self.observers:
            observer.started(start)

    def note_end(self, span: Span) -> None:
        """Take note that a start of a task has ended; in the main thread."""
        self.spans.append(span)
        if (start := self.running.get(span.place)) and start.began <= span.began:
            del self.running[span.place]
        for observer in self.observers:
            observer.ended(span)

    def note_interrupted(self, place: int) -> None:
        """Take note that a start has come to nothing, since the run was stopped."""
        self.interrupted.append(place)
        self.running.pop(place, None)

    def note_blocked(self, blocked: Blocked) -> None:
        """Take note that a task never runs; in the main thread."""
        self.blocked.append(blocked)
        for observer in self.observers:
            observer.blocked(blocked)

    @property
    def wall(self) -> float:
        """Seconds the run took."""
        return self.ended - self.began

    @property
    def total(self) -> float:
        """Seconds that the tasks took in sum."""
        return sum(span.duration for span in self.spans)

    def barrier_cost(self) -> float:
        """Return the seconds that waiting for slices or phases to end has cost.

        0 for more than ``MANY`` tasks, of which that is not looked at.

        Both schedules are replayed with the durations measured, so that overheads,
        which a replay knows nothing of, cancel out.
        """
        if self.schedule is Schedule.GRAPH or len(self.graph.phases) < 2:
            return 0.0
        if len(self.graph) > MANY:
            return 0.0
        durations = [0.0] * len(self.graph)
        # What never started stands for a task of no length.
        ends = [Status.COMPLETED] * len(self.graph)
        for span in self.spans:
            durations[span.place] = span.duration
            ends[span.place] = span.status
        with_barriers, without = (
            replay(
                self.graph,
                durations,
                concurrency=self.concurrency,
                schedule=schedule,
                capacities=self.capacities,
                affinity=self.affinity,
                ends=ends,
            )
            for schedule in (self.schedule, Schedule.GRAPH)
        )
        return with_barriers - without
