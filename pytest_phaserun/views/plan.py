"""The phases of a run as text, for ``--phase-plan``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..graph import TaskGraph


def render(graph: TaskGraph, alone: Mapping[int, str]) -> Iterator[str]:
    """Yield the lines of a plan.

    :param alone: why tasks run alone, by their number in the graph.
    """
    for number, phase in enumerate(graph.phases, 1):
        yield f"phase {number} of {len(graph.phases)}: {count(len(phase), 'test')}"
        for place in phase:
            reason = f"  (alone: {alone[place]})" if place in alone else ""
            yield f"  {graph.tasks[place].id}{reason}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> count(1, "test"), count(2, "phase")
    ('1 test', '2 phases')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
