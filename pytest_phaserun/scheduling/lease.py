"""The right to run one task once, and its clock.

Decides nothing; see ``dispatch`` for who gets a lease and when.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Status, Task, find_limit
from .slots import Slots

#: How a task that was started can end.
ENDS = (Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.SKIPPED)


@dataclass(slots=True, eq=False)
class Lease:
    """Made by the dispatcher alone; a driver with several threads guards it by a lock.

    :ivar number: unique in a run, in the order of the starts.
    :ivar place: the number of the task in the graph.
    :ivar slot: where the task runs, if whoever asked for it said so.
    :ivar timeout: seconds the task may take, or ``None``.
    :ivar deadline: the instant at which to stop it, ``None`` while no clock runs.
    :ivar confirms: the failed lease whose task runs once more, alone.
    :ivar paused: the task waits for somebody else.
    :ivar remaining: seconds left while it is paused, ``None`` if without limit.
    """

    number: int
    place: int
    task: Task
    timeout: float | None = None
    deadline: float | None = None
    confirms: Lease | None = None
    paused: bool = False
    remaining: float | None = None
    slot: int | None = None

    def __repr__(self) -> str:
        return f"<Lease {self.number}: {self.task.id}, deadline {self.deadline}>"

    @property
    def is_alone(self) -> bool:
        """Tell whether nothing else runs while this lease is held."""
        return self.task.exclusive or self.confirms is not None

    def start_clock(self, now: float, timeout: float) -> None:
        """Count ``timeout`` seconds from ``now`` on."""
        self.timeout = timeout
        self.deadline = now + timeout

    def restart_clock(self, now: float, span: float | None = None) -> None:
        """Give the task ``span`` seconds from now on, by default its whole timeout.

        A paused one gets them from its ``resume_clock`` on.
        """
        span = self.timeout if span is None else span
        if self.paused:
            self.remaining = span
        else:
            self.deadline = None if span is None else now + span

    def postpone(self, span: float) -> None:
        """Give the task ``span`` seconds more; nothing while no clock runs."""
        if self.deadline is not None:
            self.deadline += span

    def pause_clock(self, now: float) -> None:
        """Stop counting: the task waits for somebody else."""
        if self.paused:
            return
        self.paused = True
        self.remaining = None if self.deadline is None else self.deadline - now
        self.deadline = None

    def resume_clock(self, now: float) -> None:
        """Count on from where ``pause_clock`` stopped."""
        if not self.paused:
            return
        self.paused = False
        self.deadline = None if self.remaining is None else now + self.remaining
        self.remaining = None


class Leases(dict[int, Lease]):
    """Those that are held, by number.

    A dictionary, since at every start and end it is asked for its length.

    :param timeout: seconds for each task without a limit of its own; 0 for no limit.
    :param slots: what tasks are bound to, with affinity.
    """

    def __init__(self, timeout: float, slots: Slots | None) -> None:
        super().__init__()
        self._timeout = timeout
        self._slots = slots
        self._started = 0

    def start(self, place: int, task: Task, now: float, slot: int | None) -> Lease:
        """Make a lease and start its clock.

        :param slot: where to run the task, unless it is bound.
        """
        if self._slots is not None and slot is not None:
            slot = self._slots.bind(place, slot)
        self._started += 1
        lease = self[self._started] = Lease(self._started, place, task)
        lease.slot = slot
        timeout = find_limit(task, self._timeout)
        if timeout > 0:
            lease.start_clock(now, timeout)
        return lease

    def find_slots(self) -> set[int | None]:
        """Return the slots that tasks run on."""
        return {lease.slot for lease in self.values()}

    def find_next_deadline(self) -> float | None:
        """Return the earliest deadline."""
        deadlines = (lease.deadline for lease in self.values())
        return min((d for d in deadlines if d is not None), default=None)

    def find_overdue(self, now: float) -> list[Lease]:
        """Return the leases whose deadline has come."""
        return [
            lease
            for lease in self.values()
            if lease.deadline is not None and lease.deadline <= now
        ]
