"""Tasks that wait for others while they run, and which waits are of no use.

Rule 14 of ``dispatch`` in detail; the dispatcher counts their places as free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..errors import CycleError
from ..graph import TaskGraph
from ..model import Status
from .backlog import Backlog
from .lease import ENDS, Lease
from .slots import Slots
from .unconfirmed import UnconfirmedFailures

#: How a task has ended, by the number that stands for it; 0 if it has not.
_ENDED = (None, Status.BLOCKED, *ENDS)

#: Returns the number of how a task has ended. Called at every end: it is no function.
encode = _ENDED.index


class Refusal(NamedTuple):
    """Why it is of no use to wait for a task.

    :ivar may_change: the same question may have another answer in a second run.
    """

    reason: str
    may_change: bool = False


class Waits(dict[int, int]):
    """For each lease that waits, by number, the place of what it waits for.

    Belongs to a dispatcher; called as that is, by one thread at a time. A dictionary,
    since at every start it is asked whether it is empty.

    :param ended: for each place 0, or how it has ended as ``encode`` says; what was
        blocked has 1.
    :param leases: what runs, by number.
    :param opened: a heap, which is given the ranks of what is pulled forward.
    :param slots: what they are bound to, with affinity.
    :ivar stopped: why nothing starts any more, or ``None``.
    """

    def __init__(
        self,
        graph: TaskGraph,
        ended: Sequence[int],
        leases: Mapping[int, Lease],
        unconfirmed: UnconfirmedFailures,
        backlog: Backlog,
        opened: list[int],
        slots: Slots | None,
    ) -> None:
        super().__init__()
        self._graph = graph
        self._ended = ended
        self._leases = leases
        self._unconfirmed = unconfirmed
        self._backlog = backlog
        self._opened = opened
        self._slots = slots
        self.stopped: str | None = None

    def ask(self, lease: Lease, place: int) -> Status | Refusal | None:
        """Let a running task wait for another; to be asked whenever something ends.

        What the other one depends on is pulled forward as soon as it can run.

        :returns: how the other has ended, or why it is of no use to wait for it;
            ``None`` to wait.
        :raises CycleError: they wait for one another.
        """
        self.end(lease)
        if self._leases.get(lease.number) is not lease:
            return Refusal(reason="the run goes on without this test")
        if (status := decode(self._ended[place])) is not None:
            return status
        behind = self._find_behind(lease, place)
        if lease.place in behind:
            raise CycleError([self._find_circle(lease.place, behind)])
        started = {each.place for each in self._leases.values()}
        waiting = [each for each in behind if each not in started]
        for each in waiting:
            if (refusal := self._refuse(lease, each)) is not None:
                return refusal
        self[lease.number] = place
        for each in waiting:
            if all(self._ended[other] for other in self._graph.dependencies[each]):
                self._backlog.pull(each, self._opened)
        return None

    def end(self, lease: Lease) -> None:
        """Take note that a task goes on, if it has waited."""
        self.pop(lease.number, None)

    def is_stuck(self, lease: Lease, ready_count: int) -> bool:
        """Tell whether this wait is to be given up: all wait and nothing may start.

        It may be so for a moment only, while somebody else is about to go on.

        :param ready_count: that of the dispatcher.
        """
        return (
            not ready_count
            and lease.number == max(self, default=None)
            and all(
                number in self or each.paused for number, each in self._leases.items()
            )
        )

    def _refuse(self, lease: Lease, place: int) -> Refusal | None:
        """Say why a task that has not started will not do so while another one runs."""
        task = self._graph.tasks[place]
        if place in self._unconfirmed.places:
            self._unconfirmed.tell(lease, place)
            reason = f"{task.id} failed beside others, which is not confirmed yet"
            return Refusal(reason=reason, may_change=True)
        if self.stopped is not None:
            return Refusal(reason=f"{task.id} will not run: {self.stopped}")
        if lease.is_alone:
            return Refusal(reason=f"{task.id} cannot start while this test runs alone")
        if task.exclusive:
            return Refusal(reason=f"{task.id} runs alone, not while this test runs")
        slot = None if self._slots is None else self._slots.slot_of(place)
        if slot is not None and slot == lease.slot:
            reason = f"{task.id} has to run where this test runs, not while it runs"
            return Refusal(reason=reason)
        return None

    def _find_behind(self, lease: Lease, place: int) -> dict[int, int]:
        """Return all that must end before a wait can, with what each was found by."""
        waits = {self._leases[n].place: other for n, other in self.items()}
        found = {place: lease.place}
        work = [place]
        for each in work:
            for other in self._find_next(each, waits):
                if other not in found:
                    found[other] = each
                    work.append(other)
        return found

    def _find_next(self, place: int, waits: Mapping[int, int]) -> Iterator[int]:
        if place in waits:
            yield waits[place]
        for other in self._graph.dependencies[place]:
            if not self._ended[other]:
                yield other

    def _find_circle(self, place: int, behind: Mapping[int, int]) -> list[str]:
        circle = [behind[place]]
        while circle[-1] != place:
            circle.append(behind[circle[-1]])
        return [self._graph.tasks[each].id for each in reversed(circle)]


def decode(number: int) -> Status | None:
    """Return how a task has ended, ``None`` if it has not."""
    return _ENDED[number]
