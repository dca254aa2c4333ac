"""Tasks and a driver by hand, for tests of the dispatcher's basic rules."""

from __future__ import annotations

import pytest

from pytest_phaserun.dispatch import Blocked, Dispatcher, Lease
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Schedule, Status, Task

MANY = 100_000
BATCH, PHASE, GRAPH = Schedule.BATCH, Schedule.PHASE, Schedule.GRAPH

every_schedule = pytest.mark.parametrize("schedule", list(Schedule))


def task(
    id: str,
    *dependencies: str,
    timeout: float | None = None,
    exclusive: bool = False,
    claims: dict[str, object] | None = None,
    estimate: float | None = None,
) -> Task:
    return Task(
        id=id,
        dependencies=dependencies,
        timeout=timeout,
        exclusive=exclusive,
        claims=tuple(Claim(thing=k, state=v) for k, v in (claims or {}).items()),
        estimate=estimate,
    )


def tasks(ids: str) -> list[Task]:
    """Return independent tasks named by single letters."""
    return [task(letter) for letter in ids]


class Driver:
    """Starts and ends tasks by hand and keeps the leases by their ids."""

    def __init__(
        self,
        *tasks: Task,
        concurrency: int = 4,
        schedule: Schedule = PHASE,
        timeout: float = 0.0,
        max_fail: int = 0,
    ) -> None:
        self.dispatcher = Dispatcher(
            TaskGraph(tasks),
            concurrency=concurrency,
            schedule=schedule,
            timeout=timeout,
            max_fail=max_fail,
        )
        self.leases: dict[str, Lease] = {}

    def start(self, limit: int | None = None, now: float = 0.0) -> list[str]:
        """Start what may start beside others."""
        leases = self.dispatcher.get_ready(now, limit)
        self.leases.update((lease.task.id, lease) for lease in leases)
        return [lease.task.id for lease in leases]

    def start_exclusive(self, now: float = 0.0) -> str | None:
        """Start one exclusive task if it is time."""
        lease = self.dispatcher.get_exclusive(now)
        if lease is None:
            return None
        self.leases[lease.task.id] = lease
        return lease.task.id

    def complete(self, *ids: str) -> None:
        """End tasks well."""
        for id in ids:
            assert self.dispatcher.done(self.leases[id], Status.COMPLETED) == []

    def fail(
        self,
        id: str,
        status: Status = Status.FAILED,
        error: str | None = None,
        failures: int | None = None,
    ) -> list[Blocked]:
        """End a task badly; return what that blocks."""
        lease = self.leases[id]
        return self.dispatcher.done(lease, status, error=error, failures=failures)

    @property
    def running(self) -> list[str]:
        return [lease.task.id for lease in self.dispatcher.running]

    @property
    def unstarted(self) -> list[str]:
        return [task.id for task in self.dispatcher.get_unstarted()]


def ids(blocked: list[Blocked]) -> list[str]:
    return [each.task.id for each in blocked]
