"""Failures beside others that are to be confirmed.

Data for rule 11 of ``dispatch``, which says what is done with it.
"""

from __future__ import annotations

from math import inf

from .lease import Lease

#: A failure: its lease, what became of the task, and how often that counts.
Failure = tuple[Lease, str, "int | None"]


class UnconfirmedFailures:
    """Keeps failures by rank, and how many more are doubted.

    :ivar doubts: how many confirmations more, if all fail again, make the rest real.
    """

    def __init__(self, doubts: int) -> None:
        self._kept: dict[int, Failure] = {}
        self.doubts: float = doubts

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, rank: int, failure: Failure) -> None:
        """Keep a failure."""
        self._kept[rank] = failure

    def holds(self, rank: int, lease: Lease) -> bool:
        """Tell whether the failure of this lease is kept."""
        kept = self._kept.get(rank)
        return kept is not None and kept[0] is lease

    @property
    def places(self) -> list[int]:
        """The places of the tasks that failed."""
        return [lease.place for lease, *_ in self._kept.values()]

    def count(self) -> int:
        """Return how many failures there are if all are real."""
        counts = (failures for _, _, failures in self._kept.values())
        return sum(1 if number is None else number for number in counts)

    def take_first(self) -> Lease:
        """Take out the failure with the lowest rank."""
        return self._kept.pop(min(self._kept))[0]

    def take_all(self) -> list[Failure]:
        """Take out everything, in the order of the ranks."""
        kept = [self._kept[rank] for rank in sorted(self._kept)]
        self._kept.clear()
        return kept

    def learn(self, *, failed_again: bool) -> None:
        """Take note of a confirmation.

        One that passes alone is reason to doubt all that follow.
        """
        self.doubts = self.doubts - 1 if failed_again else inf
