"""Tasks that are started before the one that runs on their slot has ended.

Data for rule 16 of ``dispatch``, which says what is started so.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappush

from ..model import Task
from .lease import Lease, Leases
from .slots import Slots


class Ahead(dict[int, Lease]):
    """Belongs to a dispatcher: the leases that have not begun, by slot.

    :param leases: all that are held.
    :param opened: the keys of the open tasks.
    :param slots: the same with affinity, otherwise ``None``.
    :param rank: the keys by the places.
    """

    def __init__(
        self,
        leases: Leases,
        opened: list[int],
        slots: Slots | None,
        rank: Sequence[int],
    ) -> None:
        super().__init__()
        self._leases = leases
        self._opened = opened
        self._slots = slots
        self._rank = rank

    def start(self, place: int, task: Task, now: float, slot: int) -> Lease:
        """Make a lease whose clock stands still until it begins."""
        lease = self[slot] = self._leases.start(place, task, now, slot)
        lease.deadline = None
        return lease

    def begin(self, lease: Lease, now: float) -> None:
        """Take note that the task runs.

        :raises ValueError: it runs already, or has been given back.
        """
        self._remove(lease)
        lease.restart_clock(now)

    def give_back(self, lease: Lease) -> None:
        """Take back the start of a task, which is open as before.

        :raises ValueError: it runs, or has been given back.
        """
        self._remove(lease)
        del self._leases[lease.number]
        heappush(self._opened, self._rank[lease.place])

    def find_overtaken(self) -> list[Lease]:
        """Return those before which an open task comes for their slot."""
        return [
            lease for slot, lease in self.items() if self._is_overtaken(slot, lease)
        ]

    def _is_overtaken(self, slot: int, lease: Lease) -> bool:
        if self._slots is not None:
            first = self._slots.first_for(slot)
        else:
            first = self._opened[0] if self._opened else None
        return first is not None and first < self._rank[lease.place]

    def find_unbound(self) -> list[Lease]:
        """Return those that may run on any slot, in the order of their keys."""
        leases = sorted(self.values(), key=lambda lease: self._rank[lease.place])
        if self._slots is None:
            return leases
        return [each for each in leases if self._slots.slot_of(each.place) is None]

    def _remove(self, lease: Lease) -> None:
        if lease.slot is None or self.get(lease.slot) is not lease:
            raise ValueError(f"not started ahead of its time: {lease!r}")
        del self[lease.slot]
