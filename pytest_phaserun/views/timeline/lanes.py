"""Where tests lie in the picture: lanes, phases, and the time in which nothing ran.

Knows nothing of pixels; instants are seconds since the first test started.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...recording.run import MAIN_SLOT, Attempt, Run, Stage, TestRun
from .kinds import RANK, Kind, kind_of_attempt

#: Seconds that do not matter: what is left of seconds since the epoch is not exact.
NOTHING = 1e-5

#: So many rows of phases that overlap.
MOST_ROWS = 6


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the time of a run."""

    begin: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds from its begin to its end."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One attempt of a test.

    :ivar place: the test's number in the run.
    :ivar stages: what was reported of it, each with its time.
    :ivar is_again: the test had failed beside others, which this was to confirm.
    :ivar has_to_be_alone: nothing else was to run.
    """

    place: int
    span: Span
    kind: Kind
    stages: tuple[tuple[Stage, Span], ...] = ()
    is_again: bool = False
    has_to_be_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What one slot did, in the order of time.

    :ivar idle: when it had nothing to do.
    """

    slot: int
    bars: tuple[Bar, ...]
    idle: tuple[Span, ...] = ()

    @property
    def label(self) -> str:
        """What stands before it."""
        return "alone" if self.slot == MAIN_SLOT else f"slot {self.slot}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """When the tests of one phase ran.

    :ivar phase: its number, from 1 on.
    :ivar row: phases of one row do not overlap.
    """

    phase: int
    span: Span
    row: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """The time of the picture, in seconds since the epoch.

    :ivar begin: when the first test started.
    :ivar end: when the last one ended, or the last thing is known of.
    """

    begin: float
    end: float

    @property
    def wall(self) -> float:
        """Seconds from begin to end."""
        return self.end - self.begin

    def span_of(self, attempt: Attempt) -> Span:
        """Return when an attempt ran; one whose end is not known ran to the last."""
        end = self.end if attempt.end is None else attempt.end
        return Span(attempt.start - self.begin, end - self.begin)


def find_axis(run: Run) -> Axis:
    """Return the time in which tests ran, without what was before and after them."""
    attempts = [attempt for test in run.tests for attempt in test.attempts]
    if not attempts:
        return Axis(run.began, run.began)
    begin, last = min(attempt.start for attempt in attempts), run.last
    ends = (last if each.end is None else each.end for each in attempts)
    return Axis(begin, max(ends))


def arrange(run: Run) -> list[Lane]:
    """Return the lanes, that of the tests that ran alone last."""
    axis = find_axis(run)
    bars: dict[int, list[Bar]] = defaultdict(list)
    for test in run.tests:
        for attempt in test.attempts:
            bars[attempt.slot].append(_make_bar(axis, test, attempt))
    slots = sorted(bars, key=lambda slot: (slot == MAIN_SLOT, slot))
    return [_make_lane(slot, bars[slot], axis.wall) for slot in slots]


def _make_bar(axis: Axis, test: TestRun, attempt: Attempt) -> Bar:
    is_again = attempt is not test.attempts[0]
    spans = [
        (stage, Span(begin, begin + stage.duration))
        for stage in test.stages_of(attempt)
        for begin in [stage.start - axis.begin]
    ]
    return Bar(
        place=test.place,
        span=axis.span_of(attempt),
        kind=kind_of_attempt(test, attempt),
        stages=tuple(spans),
        is_again=is_again,
        has_to_be_alone=attempt.slot == MAIN_SLOT or is_again or test.alone is not None,
    )


def _make_lane(slot: int, bars: list[Bar], wall: float) -> Lane:
    bars.sort(key=lambda bar: (bar.span.begin, bar.span.end))
    # Only a slot is meant to be busy: the lane of those alone is not.
    idle = () if slot == MAIN_SLOT else find_gaps((bar.span for bar in bars), wall)
    return Lane(slot=slot, bars=tuple(bars), idle=tuple(idle))


def find_gaps(busy: Iterable[Span], wall: float) -> Iterator[Span]:
    """Yield the time from 0 to ``wall`` that no span covers.

    :param busy: in the order of their begins; they may overlap.
    """
    reached = 0.0
    for span in busy:
        if span.begin > reached:
            yield Span(reached, span.begin)
        reached = max(reached, span.end)
    if wall > reached:
        yield Span(reached, wall)


def find_bands(run: Run) -> list[Band]:
    """Return when each phase ran, from its first start to its last end.

    Of very many that overlap, some.
    """
    axis, spans = find_axis(run), dict[int, Span]()
    for test in run.tests:
        for span in map(axis.span_of, test.attempts):
            so_far = spans.get(test.phase, span)
            spans[test.phase] = Span(
                min(so_far.begin, span.begin), max(so_far.end, span.end)
            )
    return list(_stack(spans))


def _stack(spans: dict[int, Span]) -> Iterator[Band]:
    """Yield each phase in the first row, if any, in which it overlaps no other."""
    ends: list[float] = []
    for phase, span in sorted(spans.items(), key=lambda each: each[1].begin):
        row = next((r for r, end in enumerate(ends) if end <= span.begin), len(ends))
        if row < MOST_ROWS:
            ends[row : row + 1] = [span.end]
            yield Band(phase=phase, span=span, row=row)


def find_windows(lanes: Sequence[Lane]) -> list[Span]:
    """Return when a test that had to ran alone; touching ones as one."""
    if len(lanes) < 2:
        return []
    bars = [bar for lane in lanes for bar in lane.bars]
    bars.sort(key=lambda bar: bar.span.begin)
    begins = [*(bar.span.begin for bar in bars[1:]), float("inf")]
    windows: list[Span] = []
    reached = 0.0
    for bar, following in zip(bars, begins, strict=True):
        span = bar.span
        is_apart = reached <= span.begin + NOTHING and span.end <= following + NOTHING
        reached = max(reached, span.end)
        if not (bar.has_to_be_alone and is_apart):
            continue
        if windows and span.begin <= windows[-1].end + NOTHING:
            span = Span(windows.pop().begin, span.end)
        windows.append(span)
    return windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """Attempts in a lane that are too short to be seen each by itself.

    :ivar kind: the worst of them.
    """

    span: Span
    kind: Kind
    count: int


def merge(bars: Sequence[Bar], shortest: float) -> Iterator[Bar | Heap]:
    """Yield the bars of a lane, those shorter than ``shortest`` seconds in heaps.

    So their number is bounded by what a picture can show, whatever the number of tests:
    a heap ends at a gap that can be seen, or, once it can be seen, where tests begin
    that ended in another way.
    """
    heap: Heap | None = None
    for bar in bars:
        if bar.span.duration >= shortest:
            if heap is not None:
                yield heap
            heap = None
            yield bar
        elif heap is None or not _belongs(bar, heap, shortest):
            if heap is not None:
                yield heap
            heap = Heap(span=bar.span, kind=bar.kind, count=1)
        else:
            heap = _add(heap, bar)
    if heap is not None:
        yield heap


def _belongs(bar: Bar, heap: Heap, shortest: float) -> bool:
    if bar.span.begin - heap.span.end >= shortest:
        return False
    return bar.kind is heap.kind or heap.span.duration < shortest


def _add(heap: Heap, bar: Bar) -> Heap:
    return Heap(
        span=Span(heap.span.begin, max(heap.span.end, bar.span.end)),
        kind=min(heap.kind, bar.kind, key=RANK.__getitem__),
        count=heap.count + 1,
    )
