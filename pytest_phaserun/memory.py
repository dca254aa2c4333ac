"""What runs remember of earlier ones, in pytest's cache or a file of one's own.

Which tests have to run alone, and how long tests take. Without the cache
(``-p no:cacheprovider``) nothing is remembered but what the file keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from . import history_file
from .history import History, read_history
from .record import RunRecord

#: Under which pytest's cache keeps a reason, and times in seconds, for node ids.
ALONE_KEY = "phaserun/alone"
DURATIONS_KEY = "phaserun/durations"


class Memory:
    """Reads and writes what is kept; the main thread alone may ask.

    :param path: keeps how long tests take in the place of the cache.
    :param told: by the memory of another process, in the place of both.
    :raises pytest.UsageError: what is there is no such file.
    """

    def __init__(
        self,
        config: pytest.Config,
        path: Path | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        self._cache: Any = getattr(config, "cache", None) if told is None else told
        self._path = path
        self.durations = self._recall_durations()

    @property
    def is_kept(self) -> bool:
        """Tell whether the next run knows which tests have to run alone."""
        return self._cache is not None

    def recall_alone(self) -> dict[str, str]:
        """Return why tests run alone, by node id, as earlier runs have shown."""
        kept = self._read(ALONE_KEY)
        return {nodeid: str(reason) for nodeid, reason in kept.items()}

    def tell(self) -> dict[str, Any]:
        """Return all that is known, for another process."""
        return {ALONE_KEY: self.recall_alone(), DURATIONS_KEY: self.durations.dump()}

    def keep_alone(self, record: RunRecord) -> None:
        """Keep which tests have shown that they have to run alone."""
        alone = dict(_find_alone(record))
        if alone and self._cache is not None:
            self._cache.set(ALONE_KEY, {**self.recall_alone(), **alone})

    def keep_durations(self) -> None:
        """Keep ``durations``.

        :raises OSError: the file cannot be written.
        """
        if self._path is not None:
            history_file.write(self._path, self.durations)
        elif self._cache is not None:
            self._cache.set(DURATIONS_KEY, self.durations.dump())

    def _recall_durations(self) -> History:
        if self._path is None:
            return read_history(self._read(DURATIONS_KEY))
        try:
            return history_file.read(self._path)
        except history_file.HistoryFileError as error:
            raise pytest.UsageError(
                f"--phase-history: {self._path} {error}; remove it to begin anew"
            ) from None

    def _read(self, key: str) -> dict[str, Any]:
        kept = None if self._cache is None else self._cache.get(key, None)
        # Anybody can write to the file.
        return kept if isinstance(kept, dict) else {}


def _find_alone(record: RunRecord) -> Iterator[tuple[str, str]]:
    tasks = record.graph.tasks
    for refuted in record.refuted:
        yield tasks[refuted.place].id, "failed beside others in an earlier run"
    for place, things in record.changed.items():
        yield tasks[place].id, f"changed {things[0]} beside others in an earlier run"
