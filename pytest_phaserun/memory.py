"""What runs remember of earlier ones, in pytest's cache: tests that have to run alone.

Without the cache (``-p no:cacheprovider``) nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from .record import RunRecord

#: Under which pytest's cache keeps a reason for each node id.
KEY = "phaserun/alone"


def recall(config: pytest.Config) -> dict[str, str]:
    """Return why tests run alone, by node id, as far as earlier runs have shown."""
    cache = getattr(config, "cache", None)
    kept = None if cache is None else cache.get(KEY, None)
    # The file may be anybody's.
    if not isinstance(kept, dict):
        return {}
    return {str(nodeid): str(reason) for nodeid, reason in kept.items()}


def learn(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Yield the tests that have to run alone, as a run has shown, and why."""
    tasks = record.graph.tasks
    for refuted in record.refuted:
        yield tasks[refuted.place].id, "failed beside others in an earlier run"
    for place, things in record.changed.items():
        yield tasks[place].id, f"changed {things[0]} beside others in an earlier run"


def remember(config: pytest.Config, learnt: Mapping[str, str]) -> bool:
    """Keep what a run has learnt; tell whether there is a place for it."""
    cache = getattr(config, "cache", None)
    if cache is None:
        return False
    if learnt:
        cache.set(KEY, {**recall(config), **learnt})
    return True
