"""A run that has not begun: what is planned, in the form of what can be recorded."""

from __future__ import annotations

from ..graph import TaskGraph
from .run import Run, TestRun


def sketch(graph: TaskGraph, concurrency: int, schedule: str) -> Run:
    """Return the run of a graph as it is before anything has happened."""
    tests = (
        TestRun(
            place=place,
            id=task.id,
            nodeid=task.id,
            phase=graph.phase_of[place] + 1,
            after=tuple(graph.dependencies[place]),
            expected=task.estimate,
        )
        for place, task in enumerate(graph.tasks)
    )
    return Run(
        began=0.0,
        concurrency=concurrency,
        schedule=schedule,
        executor="",
        root="",
        pytest="",
        python="",
        tests=tuple(tests),
    )
