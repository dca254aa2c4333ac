"""The lanes as a picture that needs no script, and only itself if styles are blocked.

Places are in percent of the width, so that the picture fits wherever it is shown; what
is too short to be seen is drawn together, so that it stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...recording.run import Run, TestRun
from .figures import Figures
from .kinds import Kind, kind_of
from .lanes import Bar, Heap, Lane, Span, find_bands, find_windows, merge
from .scale import find_ticks, in_words, on_axis
from .text import escape

#: Pixels.
LANE = 26
BAR = 18
HEAD = 22
AXIS = 24
#: Percent of the width that the names of the lanes take.
GUTTER = 7.0
RIGHT = 0.5

#: What a picture resolves: so many columns, but not so many in all lanes together.
COLUMNS = 1200
MOST_BARS = 24_000
#: Percent of the width from which a bar has room for its stages, and for a name.
ROOM_FOR_STAGES = 0.4
ROOM_FOR_NAME = 4.0
MOST_TICKS = 8
#: Percent of the width up to which the axis has room for a label.
MOST_LEFT = 95.0

_PATTERNS = """<defs>
<pattern id="idle" width="6" height="6" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><line class="idle-line" y2="6" stroke="#d5d9de"
 stroke-width="2"/></pattern>
<pattern id="stopped" width="5" height="5" patternUnits="userSpaceOnUse"
 patternTransform="rotate(-45)"><line y2="5" stroke="#fff" stroke-opacity=".55"
 stroke-width="2"/></pattern>
</defs>"""


@dataclass(frozen=True, slots=True)
class Scale:
    """From seconds to percent of the width."""

    wall: float

    def x(self, instant: float) -> float:
        """Return where an instant lies."""
        share = instant / self.wall if self.wall else 0.0
        return GUTTER + (100 - GUTTER - RIGHT) * min(max(share, 0.0), 1.0)

    def place(self, span: Span) -> str:
        """Return the attributes that place a span."""
        x = self.x(span.begin)
        return f'x="{x:.3f}%" width="{self.x(span.end) - x:.3f}%"'


class Picture:
    """Draws one run; from top to bottom: phases, lanes, blocked tests, axis."""

    def __init__(self, run: Run, lanes: Sequence[Lane], figures: Figures) -> None:
        self._run = run
        self._lanes = lanes
        self._figures = figures
        self._scale = Scale(figures.wall)
        # No more bars than can be seen, nor more than a browser draws at once.
        columns = min(COLUMNS, max(100, MOST_BARS // max(1, len(lanes))))
        self._shortest = figures.wall / columns
        self._bands = find_bands(run)
        self._critical = set(figures.path)
        self._blocked = _group_blocked(run)
        rows = 1 + max((band.row for band in self._bands), default=0)
        self._top = HEAD * rows + 4
        self._bottom = self._top + LANE * (len(lanes) + bool(self._blocked))

    def draw(self) -> str:
        """Return the picture as an ``svg`` element."""
        height = self._bottom + AXIS
        label = f"Timeline: {len(self._run.tests)} tests on {len(self._lanes)} lanes"
        return "\n".join(
            [
                f'<svg id="picture" class="picture" width="100%" height="{height}" '
                f'role="img" aria-label="{label}" font-size="12" '
                'font-family="system-ui, sans-serif">',
                _PATTERNS,
                *self._draw_bands(),
                *self._draw_axis(),
                *self._draw_windows(),
                *self._draw_idle(),
                *self._draw_causes(),
                *self._draw_critical_links(),
                *self._draw_lanes(),
                *self._draw_blocked(),
                "</svg>",
            ]
        )

    def _lane_top(self, number: int) -> int:
        return self._top + LANE * number

    def _draw_bands(self) -> Iterator[str]:
        is_tiled = all(band.row == 0 for band in self._bands)
        for number, band in enumerate(self._bands):
            wide = self._scale.x(band.span.end) - self._scale.x(band.span.begin)
            if band.span.duration < self._shortest:
                continue
            place = self._scale.place(band.span)
            y = HEAD * band.row
            # Where phases overlap there is no band of the lanes that is theirs.
            height = self._bottom - y if is_tiled else HEAD - 4
            yield _rect(place, y, height, f"band band-{number % 2}", _BAND[number % 2])
            if wide >= ROOM_FOR_NAME:
                name = f"phase {band.phase} · {in_words(band.span.duration)}"
                yield _clipped(place, y, HEAD, name, "soft")

    def _draw_axis(self) -> Iterator[str]:
        for instant in find_ticks(self._figures.wall, MOST_TICKS):
            x = self._scale.x(instant)
            yield (
                f'<line class="tick" x1="{x:.3f}%" x2="{x:.3f}%" y1="{self._top}" '
                f'y2="{self._bottom}" stroke="#8886" stroke-width="1"/>'
            )
            if x < MOST_LEFT:
                place = f'x="{x:.3f}%" dx="2"'
                yield _text("soft", place, self._bottom + 16, on_axis(instant))

    def _draw_windows(self) -> Iterator[str]:
        for span in find_windows(self._lanes):
            yield _rect(
                self._scale.place(span),
                self._top,
                LANE * len(self._lanes),
                "window",
                "#f1e3b3",
            )

    def _draw_idle(self) -> Iterator[str]:
        for number, lane in enumerate(self._lanes):
            y = self._lane_top(number)
            yield _text("lane", 'x="0"', y + 17, lane.label)
            for span in lane.idle:
                if span.duration >= self._shortest:
                    place = self._scale.place(span)
                    yield _rect(place, y + 4, BAR, "idle", "url(#idle)")

    def _draw_lanes(self) -> Iterator[str]:
        for number, lane in enumerate(self._lanes):
            y = self._lane_top(number) + 4
            for each in merge(lane.bars, self._shortest):
                if isinstance(each, Heap):
                    yield self._draw_heap(each, y)
                else:
                    yield from self._draw_bar(each, y)

    def _draw_heap(self, heap: Heap, y: int) -> str:
        title = f"{heap.count} tests, worst: {heap.kind.label}"
        if heap.count == 1:
            title = f"1 test, {heap.kind.label}"
        place = self._scale.place(heap.span)
        return _rect(place, y, BAR, heap.kind.css, heap.kind.colour, title)

    def _draw_bar(self, bar: Bar, y: int) -> Iterator[str]:
        test, place = self._run.tests[bar.place], self._scale.place(bar.span)
        took = in_words(bar.span.duration)
        again = ", run again alone" if bar.is_again else ""
        title = f"{test.id}: {bar.kind.label}, {took}{again}"
        yield _rect(place, y, BAR, bar.kind.css, bar.kind.colour, title)
        wide = self._scale.x(bar.span.end) - self._scale.x(bar.span.begin)
        if wide >= ROOM_FOR_STAGES:
            yield from self._draw_around(bar, y)
        if bar.kind is Kind.TIMEOUT:
            yield _rect(place, y, BAR, "stopped", "url(#stopped)")
        if bar.place in self._critical:
            yield (
                f'<rect class="path" {place} y="{y}" height="{BAR}" rx="2" '
                'fill="none" stroke="#111" stroke-width="2"/>'
            )
        if wide >= ROOM_FOR_NAME:
            mark = "↻" if bar.is_again else bar.kind.mark
            yield _clipped(place, y, BAR, f"{mark} {short_name(test)}", "name", "#fff")

    def _draw_around(self, bar: Bar, y: int) -> Iterator[str]:
        """Yield what lightens setup and teardown, so that the call stands out."""
        for stage, span in bar.stages:
            if stage.when != "call" and span.end <= bar.span.end:
                place = self._scale.place(span)
                yield (
                    f'<rect class="around" {place} y="{y}" height="{BAR}" '
                    'fill="#fff" fill-opacity=".4"/>'
                )

    def _draw_critical_links(self) -> Iterator[str]:
        last = self._find_last_bars(self._critical)
        for before, after in zip(
            self._figures.path, self._figures.path[1:], strict=False
        ):
            (row, bar), (next_row, next_bar) = last[before], last[after]
            yield (
                f'<line class="link" x1="{self._scale.x(bar.span.end):.3f}%" '
                f'x2="{self._scale.x(next_bar.span.begin):.3f}%" '
                f'y1="{self._lane_top(row) + 13}" y2="{self._lane_top(next_row) + 13}" '
                'stroke="#111" stroke-width="1.5"/>'
            )

    def _find_last_bars(self, places: Iterable[int]) -> dict[int, tuple[int, Bar]]:
        """Return the last start of some tests, each with the number of its lane."""
        wanted, last = set(places), dict[int, tuple[int, Bar]]()
        for row, lane in enumerate(self._lanes):
            for bar in lane.bars:
                if bar.place in wanted:
                    so_far = last.get(bar.place)
                    if so_far is None or so_far[1].span.begin < bar.span.begin:
                        last[bar.place] = row, bar
        return last

    def _find_roots(self) -> list[tuple[int, int, float]]:
        """Return what has blocked others, each with its lane and where it ended."""
        last = self._find_last_bars(self._blocked)
        found = [
            (root, row, self._scale.x(bar.span.end))
            for root, (row, bar) in last.items()
        ]
        return sorted(found, key=lambda each: each[2])

    def _draw_causes(self) -> Iterator[str]:
        for _, row, x in self._find_roots():
            yield (
                f'<line class="cause" x1="{x:.3f}%" x2="{x:.3f}%" '
                f'y1="{self._lane_top(row) + 4 + BAR}" y2="{self._bottom - 4}" '
                'stroke="#777" stroke-dasharray="3 3"/>'
            )

    def _draw_blocked(self) -> Iterator[str]:
        if not self._blocked:
            return
        y = self._lane_top(len(self._lanes))
        yield _text("lane", 'x="0"', y + 17, "blocked")
        roots = self._find_roots()
        ends = [*(x for _, _, x in roots[1:]), 100.0]
        for (root, _, x), until in zip(roots, ends, strict=True):
            count = self._blocked[root]
            title = f"{count} blocked by {self._run.tests[root].id}"
            place = f'x="{x:.3f}%" width="8"'
            yield _rect(place, y + 4, BAR, "blocked", Kind.BLOCKED.colour, title)
            if until - x >= ROOM_FOR_NAME:
                mark = f"{Kind.BLOCKED.mark} {count}"
                yield _text("soft", f'x="{x:.3f}%" dx="12"', y + 17, mark)


_BAND = ("#eef1f4", "#e3e8ed")


def short_name(test: TestRun) -> str:
    """Return the part of an id that fits into a bar."""
    return test.id.rpartition("::")[2] or test.id


def _group_blocked(run: Run) -> dict[int, int]:
    """Return how many tests each root cause has blocked."""
    counts: dict[int, int] = {}
    for test in run.tests:
        if kind_of(test) is Kind.BLOCKED and test.blocked is not None:
            counts[test.blocked.root] = counts.get(test.blocked.root, 0) + 1
    return counts


def _rect(
    place: str, y: int, height: int, names: str, colour: str, title: str = ""
) -> str:
    told = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect class="{names}" {place} y="{y}" height="{height}" fill="{colour}">'
        f"{told}</rect>"
    )


def _text(names: str, place: str, y: int, text: str) -> str:
    return f'<text class="{names}" {place} y="{y}" fill="#555">{escape(text)}</text>'


def _clipped(
    place: str, y: int, height: int, text: str, names: str, colour: str = "#444"
) -> str:
    """Return a text that ends where its place does."""
    return (
        f'<svg {place} y="{y}" height="{height}"><text class="{names}" x="5" '
        f'y="{height - 5}" fill="{colour}">{escape(text)}</text></svg>'
    )
