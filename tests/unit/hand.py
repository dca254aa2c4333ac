"""A driver by hand, for tests of the dispatcher's rules one by one."""

from __future__ import annotations

from typing import Any

from pytest_phaserun.dispatch import Blocked, Dispatcher, Lease
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Dependency, Schedule, Status, Task


def task(id: str, *after: str | Dependency, **fields: Any) -> Task:
    """Return a task that depends on others."""
    return Task(id=id, dependencies=after, **fields)


class Hand:
    """Starts and ends tasks by hand and keeps the leases by their ids."""

    def __init__(
        self, *tasks: Task, schedule: Schedule = Schedule.GRAPH, **options: Any
    ) -> None:
        self.dispatcher = Dispatcher(TaskGraph(tasks), schedule=schedule, **options)
        self.leases: dict[str, Lease] = {}

    def start(self, limit: int | None = None) -> list[str]:
        """Start what may start beside others."""
        leases = self.dispatcher.get_ready(0.0, limit)
        self.leases.update((lease.task.id, lease) for lease in leases)
        return [lease.task.id for lease in leases]

    def start_alone(self) -> str | None:
        """Start one task alone if it is time."""
        lease = self.dispatcher.get_exclusive(0.0)
        if lease is None:
            return None
        self.leases[lease.task.id] = lease
        return lease.task.id

    def complete(self, *ids: str) -> list[Blocked]:
        """End tasks well; return what that blocks."""
        blocked = []
        for id in ids:
            blocked += self.end(id, Status.COMPLETED)
        return blocked

    def fail(self, id: str, error: str = "boom") -> list[Blocked]:
        """Let a task fail; return what that blocks."""
        return self.end(id, Status.FAILED, error)

    def end(self, id: str, status: Status, error: str | None = None) -> list[Blocked]:
        """End a task; return what that blocks."""
        return self.dispatcher.done(self.leases[id], status, error=error)

    def abandon(self, id: str) -> None:
        """Let a task hang for good."""
        self.dispatcher.abandon(self.leases[id])

    def release(self, id: str) -> None:
        """Let an abandoned task come to its end."""
        self.dispatcher.release(self.leases[id])


class SlotHand:
    """Starts and ends tasks slot by slot and keeps the leases by their ids."""

    def __init__(self, *tasks: Task, **options: Any) -> None:
        options = {"schedule": Schedule.GRAPH, "affinity": True} | options
        self.dispatcher = Dispatcher(TaskGraph(tasks), **options)
        self.leases: dict[str, Lease] = {}

    def start(self, slot: int) -> str | None:
        """Let a slot ask for a task."""
        leases = self.dispatcher.get_ready(0.0, slot=slot)
        if not leases:
            return None
        (lease,) = leases
        assert lease.slot == slot
        self.leases[lease.task.id] = lease
        return lease.task.id

    def start_alone(self, slot: int) -> tuple[str, int | None]:
        """Start a task alone; return its id and its slot."""
        lease = self.dispatcher.get_exclusive(0.0, slot=slot)
        assert lease is not None
        self.leases[lease.task.id] = lease
        return lease.task.id, lease.slot

    def end(self, id: str, status: Status = Status.COMPLETED) -> list[Blocked]:
        """End a task; return what that blocks."""
        return self.dispatcher.done(self.leases[id], status)

    def fail(self, id: str) -> None:
        """Let a task fail beside others, for the time being."""
        self.dispatcher.done(self.leases[id], Status.FAILED, provisional=True)

    def refuse(self, id: str, error: str) -> list[Blocked]:
        """Refuse a task that was started."""
        return self.dispatcher.refuse(self.leases[id], error)

    def slot_of(self, id: str) -> int | None:
        """Return the slot that a task is bound to."""
        return self.dispatcher.slot_of(self.dispatcher.graph.index(id))

    def ready(self, *slots: int) -> list[int]:
        """Return which of the slots could start something."""
        return [slot for slot in slots if self.dispatcher.ready_for(slot)]

    def run(self, slots: int) -> dict[str, int | None]:
        """Run everything; return where."""
        running: list[str] = []
        while self.dispatcher.is_active():
            running += filter(None, map(self.start, range(slots)))
            self.end(running.pop(0))
        return {id: lease.slot for id, lease in self.leases.items()}


def reasons(blocked: list[Blocked]) -> dict[str, str]:
    """Return the reasons of blocked tasks by their ids."""
    return {each.task.id: each.reason for each in blocked}
