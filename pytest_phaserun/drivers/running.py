"""What runs at the moment, in words: since when, in which stage, and where.

Writes nothing; see ``notices``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..isolation.awaits import format_where
from ..scheduling.lease import Lease
from .guard import Guard
from .state import Shared


def describe_running(shared: Shared) -> Iterator[str]:
    """Yield lines about each test that runs; from any thread."""
    with shared.changed:
        leases = shared.dispatcher.running
        left = len(shared.dispatcher.get_unstarted())
    tests = "test runs" if len(leases) == 1 else "tests run"
    yield f"phaserun: {len(leases)} {tests}, {left} not started"
    for lease in leases:
        guard = shared.guards.get(lease)
        if guard is None:
            yield f"{lease.task.id}: starting"
            continue
        yield f"{lease.task.id}: {', '.join(_describe(lease, guard))}"
        yield from format_where(guard.thread).splitlines()


def _describe(lease: Lease, guard: Guard) -> Iterator[str]:
    yield f"for {guard.age:.2f} s"
    position = guard.position
    if position is None:
        yield "between two stages"
    else:
        stage, seconds = position
        yield f"in {stage} for {seconds:.2f} s"
    if lease.is_alone:
        yield "alone"
    if lease.paused:
        yield "waits for another test"
