"""What to expect of a run, as text, for ``--phase-plan``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..forecast import SLOTS, TOLERANCE, Forecast
from ..graph import TaskGraph
from .plan import count

#: How many tests of the critical path are named, the last one among them.
SHOWN_PATH = 5


def render(graph: TaskGraph, forecast: Forecast) -> Iterator[str]:
    """Yield the lines that follow the plan."""
    if not forecast.path:
        return
    tests = count(len(forecast.path), "test")
    if not forecast.known:
        if len(forecast.path) > 1:
            yield f"critical path: {tests}: {_name_path(graph, forecast.path)}"
        yield "how long it takes is not known yet: no test has passed here"
        return
    took = f"{tests}, {forecast.path_length:.2f} s"
    yield f"critical path: {took}: {_name_path(graph, forecast.path)}"
    if len({time for times in forecast.times.values() for time in times}) == 1:
        yield f"expected to take {forecast.work:.2f} s, however many run at once"
    else:
        yield from _make_table(forecast)
        more = f"more would save less than {TOLERANCE - 1:.0%}"
        yield f"recommended: --phase-concurrency={forecast.recommended} ({more})"
    if len(forecast.times) == 1:
        yield "other schedules are not looked at, the tests are too many"
    if forecast.known < len(graph):
        new = count(len(graph) - forecast.known, "test")
        yield f"{new} not known yet, taken to be as long as the others on average"


def _make_table(forecast: Forecast) -> Iterator[str]:
    heads = ["expected seconds at", *map(str, SLOTS)]
    rows = [
        [f"  {schedule.value}", *(f"{each:.2f}" for each in times)]
        for schedule, times in forecast.times.items()
    ]
    rows[0][0] += " (this run)"
    width = max(len(row[0]) for row in (heads, *rows))
    cell = max(len(each) for row in (heads, *rows) for each in row[1:])
    for first, *others in (heads, *rows):
        yield first.ljust(width) + "".join(f"  {each:>{cell}}" for each in others)


def _name_path(graph: TaskGraph, path: Sequence[int]) -> str:
    names = [graph.tasks[place].id for place in path]
    if len(names) > SHOWN_PATH:
        names[SHOWN_PATH - 1 : -1] = ["..."]
    return " -> ".join(names)
