"""How long tasks took in earlier runs, and what that says of the next one.

Reads and writes no files; see ``memory`` for where it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

#: What a task consists of; its times stand in this order.
STAGES = ("setup", "call", "teardown")

#: The share of a new duration in an estimate.
WEIGHT = 0.3

#: By which factor a duration may differ from what was expected before it counts as an
#: outlier, and then counts as that much.
SPREAD = 3.0

#: Seconds that are no outlier, however short the stage was before.
SHORT = 0.01

#: Of how many tasks times are kept; those that ran last stay.
MOST = 500_000

Times = tuple[float, ...]


class History:
    """Expected times in seconds, by task id and stage; exponentially smoothed.

    One slow run moves an estimate by little, and a lasting change takes a few runs.

    >>> history = History({"a": (0.0, 1.0, 0.0)})
    >>> history.add("a", (0.0, 2.0, 0.0))
    >>> history.get("a")
    1.3

    :param times: those of earlier runs; of a task that ran later they stand later.
    """

    def __init__(self, times: Mapping[str, Times] | None = None) -> None:
        self._times = dict(times or {})

    def __len__(self) -> int:
        return len(self._times)

    def __repr__(self) -> str:
        return f"<History: {len(self)} tasks>"

    def get(self, task_id: str) -> float | None:
        """Return the seconds to expect of all stages, ``None`` if nothing is known."""
        times = self._times.get(task_id)
        return None if times is None else round(sum(times), 4)

    def get_stages(self, task_id: str) -> Times | None:
        """Return the seconds to expect of each stage, ``None`` if nothing is known."""
        return self._times.get(task_id)

    def add(self, task_id: str, times: Sequence[float]) -> None:
        """Take note of how long the stages of a task took, in seconds."""
        # Taken out, so that it stands last.
        expected = self._times.pop(task_id, None)
        if expected is not None:
            times = [*map(_smooth, expected, times)]
        # Finer than that is noise, and takes room.
        self._times[task_id] = tuple(round(each, 4) for each in times)

    def prune(self, is_gone: Callable[[str], bool]) -> None:
        """Forget the tasks that are no more, and of too many those that ran first."""
        kept = [name for name in self._times if not is_gone(name)][-MOST:]
        self._times = {name: self._times[name] for name in kept}

    def dump(self) -> dict[str, list[float]]:
        """Return what is known, for JSON."""
        return {name: list(times) for name, times in self._times.items()}


def read_history(kept: Mapping[str, Any]) -> History:
    """Return what was dumped, without what cannot have been."""
    return History(
        {name: tuple(times) for name, times in kept.items() if are_times(times)}
    )


def are_times(value: object) -> bool:
    """Tell whether a value of JSON is the times of a task."""
    return (
        isinstance(value, list)
        and len(value) == len(STAGES)
        and all(isinstance(each, (int, float)) and 0 <= each < inf for each in value)
    )


def _smooth(expected: float, seconds: float) -> float:
    highest = max(expected * SPREAD, SHORT)
    likely = min(max(seconds, expected / SPREAD), highest)
    return expected + WEIGHT * (likely - expected)
