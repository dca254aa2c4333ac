"""Failures beside others that are to be confirmed.

Data for rule 11 of ``dispatcher``, which says what is done with it.
"""

from __future__ import annotations

from math import inf

from .lease import Lease

#: A failure: its lease, what became of the task, and how often that counts.
Failure = tuple[Lease, str, "int | None"]


class UnconfirmedFailures(dict[int, Failure]):
    """Failures by rank, and how many more are doubted.

    A dictionary, since at every start it is asked whether it is empty.

    :ivar doubts: how many confirmations more, if all fail again, make the rest real.
    """

    def __init__(self, doubts: int) -> None:
        super().__init__()
        self.doubts: float = doubts

    def holds(self, rank: int, lease: Lease) -> bool:
        """Tell whether the failure of this lease is kept."""
        kept = self.get(rank)
        return kept is not None and kept[0] is lease

    @property
    def places(self) -> list[int]:
        """The places of the tasks that failed."""
        return [lease.place for lease, *_ in self.values()]

    def count(self) -> int:
        """Return how many failures there are if all are real."""
        counts = (failures for _, _, failures in self.values())
        return sum(1 if number is None else number for number in counts)

    def take_first(self) -> Lease:
        """Take out the failure with the lowest rank."""
        return self.pop(min(self))[0]

    def take_all(self) -> list[Failure]:
        """Take out everything, in the order of the ranks."""
        kept = [self[rank] for rank in sorted(self)]
        self.clear()
        return kept

    def learn(self, *, failed_again: bool) -> None:
        """Take note of a confirmation.

        One that passes alone is reason to doubt all that follow.
        """
        self.doubts = self.doubts - 1 if failed_again else inf
