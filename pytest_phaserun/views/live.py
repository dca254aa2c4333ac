"""What runs now, in a few rows below pytest's own output.

Pure: it says what stands in the rows, not where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .columns import cut, cut_front, measure

#: How many tests are named; where there are more, the last row says how many.
NAMED = 4

#: The columns of the bar, as far as there is room.
LONGEST_BAR = 30
SHORTEST_BAR = 6

#: Paints a text: has the parameters of ``markup`` of pytest's terminal writer.
Paint = Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The characters that not every encoding has."""

    full: str = "━"
    empty: str = "─"
    cut: str = "…"


ASCII = Signs(full="#", empty="-", cut="...")


def choose_signs(encoding: str | None) -> Signs:
    """Return signs that an encoding has."""
    signs = Signs()
    try:
        f"{signs.full}{signs.empty}{signs.cut}".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return signs


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A test that runs.

    :ivar began: when, in seconds on the monotonic clock.
    :ivar slow_after: seconds after which it is slow.
    """

    name: str
    began: float
    slow_after: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """A run at one moment.

    :ivar began: when the run began, in seconds on the monotonic clock.
    :ivar phase: the number, from 1 on, of the first phase that has not ended.
    :ivar done: how many tests have ended.
    :ivar counts: how many tests came to what, in the order to show.
    :ivar running: what runs, in any order.
    :ivar left: the seconds that are likely to come, ``None`` if nobody knows.
    """

    began: float
    phase: int
    phases: int
    done: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    running: Sequence[Running] = ()
    left: float | None = None


#: In which colour a count is shown.
COLOURS: Mapping[str, Mapping[str, bool]] = {
    "passed": {"green": True},
    **{name: {"red": True} for name in ("failed", "errors", "timeouts")},
    **{name: {"yellow": True} for name in ("blocked", "skipped", "rerun")},
}


def _plain(text: str, **markup: bool) -> str:
    return text


def render(
    state: LiveState,
    now: float,
    width: int,
    *,
    paint: Paint = _plain,
    signs: Signs = ASCII,
) -> list[str]:
    """Return the rows that show a run, each narrower than ``width`` columns."""
    # A row that is full would leave the cursor between two rows.
    width -= 1
    oldest = sorted(state.running, key=lambda each: each.began)
    # The last row has room for one name, as it has for a number.
    named = NAMED if len(oldest) > NAMED + 1 else len(oldest)
    rows = [_head(state, now, width, paint, signs)]
    rows += [_name(each, now, width, paint, signs) for each in oldest[:named]]
    if rest := len(oldest) - named:
        rows.append(cut(f"        + {rest} more", width))
    return rows


def _head(state: LiveState, now: float, width: int, paint: Paint, signs: Signs) -> str:
    phase = f"phase {state.phase} of {state.phases} "
    parts = [(f"{state.done} of {state.total}", {}), *_count(state.counts)]
    parts.append((_describe_time(state, now), {}))
    text = ", ".join(part for part, _ in parts)
    if len(phase) + len(text) > width:
        return cut(phase + text, width)
    bar = _draw_bar(state, width - len(phase) - len(text) - 1, paint, signs)
    painted = ", ".join(paint(part, **markup) for part, markup in parts)
    return f"{phase}{bar}{painted}"


def _count(counts: Mapping[str, int]) -> Iterator[tuple[str, Mapping[str, bool]]]:
    for name, number in counts.items():
        if number:
            yield f"{number} {name}", COLOURS.get(name, {})


def _describe_time(state: LiveState, now: float) -> str:
    spent = format_span(now - state.began)
    return spent if state.left is None else f"{spent}, {format_span(state.left)} left"


def _draw_bar(state: LiveState, room: int, paint: Paint, signs: Signs) -> str:
    columns = min(room, LONGEST_BAR)
    if columns < SHORTEST_BAR:
        return ""
    full = columns * state.done // max(state.total, 1)
    is_bad = any(state.counts.get(name) for name in ("failed", "errors", "timeouts"))
    done = paint(signs.full * full, red=is_bad, green=not is_bad)
    return f"{done}{signs.empty * (columns - full)} "


def _name(running: Running, now: float, width: int, paint: Paint, signs: Signs) -> str:
    age = now - running.began
    # What is no character could do anything to the terminal.
    name = "".join(c if c.isprintable() else "?" for c in running.name)
    before = f"{format_span(age):>8}  "
    row = cut(before, width) + cut_front(name, width - measure(before), signs.cut)
    return paint(row, yellow=True, bold=True) if age >= running.slow_after else row


def format_span(seconds: float) -> str:
    """Return a span as on a clock.

    >>> format_span(65.4)
    '1:05'
    >>> format_span(3725)
    '1:02:05'
    """
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
