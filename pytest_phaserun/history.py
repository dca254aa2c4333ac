"""How long tasks took in earlier runs, and what that says of the next one.

Reads and writes no files; see ``memory`` for where it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The share of a new duration in an estimate.
WEIGHT = 0.3

#: By which factor a duration may differ from what was expected before it counts as an
#: outlier, and then counts as that much.
SPREAD = 3.0


class History:
    """Expected durations in seconds, by task id; exponentially smoothed.

    One slow run moves an estimate by little, and a lasting change takes a few runs.

    >>> history = History({"a": 1.0})
    >>> history.add("a", 2.0)
    >>> history.get("a")
    1.3
    """

    def __init__(self, durations: Mapping[str, float] | None = None) -> None:
        self._durations = dict(durations or {})

    def __len__(self) -> int:
        return len(self._durations)

    def get(self, task_id: str) -> float | None:
        """Return the seconds to expect, ``None`` if nothing is known."""
        return self._durations.get(task_id)

    def add(self, task_id: str, duration: float) -> None:
        """Take note of how long a task took, in seconds."""
        expected = self._durations.get(task_id)
        if expected is not None:
            likely = min(max(duration, expected / SPREAD), expected * SPREAD)
            duration = expected + WEIGHT * (likely - expected)
        # Finer than that is noise, and takes room.
        self._durations[task_id] = round(duration, 4)

    def dump(self) -> dict[str, float]:
        """Return what is known, for JSON."""
        return dict(self._durations)
