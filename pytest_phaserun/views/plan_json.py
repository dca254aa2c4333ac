"""What is planned, for programs; see ``docs/reference/plan.md``."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ..forecast import SLOTS, Forecast
from ..graph import TaskGraph
from ..model import Reason

#: Goes up when readers of the version before would go wrong.
VERSION = 1


def render(
    graph: TaskGraph,
    alone: Mapping[int, Reason],
    pulled_in: Collection[int],
    forecast: Forecast,
    *,
    concurrency: int,
) -> str:
    """Return a plan as JSON; for the parameters see ``plan.render``."""
    ids = [task.id for task in graph.tasks]
    content = {
        "version": VERSION,
        "concurrency": concurrency,
        "schedule": forecast.schedule.value,
        "phases": [len(phase) for phase in graph.phases],
        "unit": "seconds" if forecast.known else "tests",
        "known": forecast.known,
        "work": round(forecast.work, 4),
        "critical_path": [ids[place] for place in forecast.path],
        "critical_path_length": round(forecast.path_length, 4),
        "times": {
            schedule.value: {
                str(slots): round(time, 4)
                for slots, time in zip(SLOTS, times, strict=True)
            }
            for schedule, times in forecast.times.items()
        },
        "recommended_concurrency": forecast.recommended,
        "tests": [
            _describe(graph, place, alone, pulled_in) for place in range(len(graph))
        ],
    }
    return json.dumps(content, indent=1) + "\n"


def _describe(
    graph: TaskGraph,
    place: int,
    alone: Mapping[int, Reason],
    pulled_in: Collection[int],
) -> dict[str, Any]:
    task = graph.tasks[place]
    return {
        "id": task.id,
        "phase": graph.phase_of[place] + 1,
        "after": [graph.tasks[other].id for other in graph.dependencies[place]],
        "alone": alone[place].text if place in alone else None,
        "pulled_in": place in pulled_in,
        "expected": task.estimate,
    }
