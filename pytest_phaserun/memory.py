"""What runs remember of earlier ones, in pytest's cache.

Which tests have to run alone, and how long tests take. Without the cache
(``-p no:cacheprovider``) nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .history import History
from .model import Status
from .record import RunRecord

#: Under which pytest's cache keeps a reason, and a duration in seconds, for node ids.
ALONE_KEY = "phaserun/alone"
DURATIONS_KEY = "phaserun/durations"


class Memory:
    """Reads and writes the cache; the main thread alone may ask."""

    def __init__(self, config: pytest.Config) -> None:
        self._cache: Any = getattr(config, "cache", None)

    @property
    def is_kept(self) -> bool:
        """Tell whether the next run will know what this one has learnt."""
        return self._cache is not None

    def recall_alone(self) -> dict[str, str]:
        """Return why tests run alone, by node id, as earlier runs have shown."""
        kept = self._read(ALONE_KEY)
        return {nodeid: str(reason) for nodeid, reason in kept.items()}

    def recall_durations(self) -> History:
        """Return how long tests take."""
        kept = self._read(DURATIONS_KEY)
        return History(
            {name: seconds for name, seconds in kept.items() if _is_span(seconds)}
        )

    def learn(self, record: RunRecord, *, durations: bool) -> None:
        """Keep what a run has shown.

        :param durations: keep how long tests took as well.
        """
        if self._cache is None:
            return
        alone = dict(_find_alone(record))
        if alone:
            self._cache.set(ALONE_KEY, {**self.recall_alone(), **alone})
        if durations and record.spans:
            self._learn_durations(record)

    def _learn_durations(self, record: RunRecord) -> None:
        history = self.recall_durations()
        for span in record.spans:
            if span.status is Status.COMPLETED:
                history.add(record.graph.tasks[span.place].id, span.duration)
        self._cache.set(DURATIONS_KEY, history.dump())

    def _read(self, key: str) -> dict[str, Any]:
        kept = None if self._cache is None else self._cache.get(key, None)
        # Anybody can write to the file.
        return kept if isinstance(kept, dict) else {}


def _is_span(value: object) -> bool:
    return isinstance(value, (int, float)) and value >= 0


def _find_alone(record: RunRecord) -> Iterator[tuple[str, str]]:
    tasks = record.graph.tasks
    for refuted in record.refuted:
        yield tasks[refuted.place].id, "failed beside others in an earlier run"
    for place, things in record.changed.items():
        yield tasks[place].id, f"changed {things[0]} beside others in an earlier run"
