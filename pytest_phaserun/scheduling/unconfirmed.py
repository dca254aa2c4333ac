"""Failures beside others that are to be confirmed.

Data for rule 11 of ``dispatch``, which says what is done with it.
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
        # Numbers of leases that were told of a failure kept here, and its place.
        self._told: dict[int, int] = {}

    def tell(self, lease: Lease, place: int) -> None:
        """Take note that a task was told of the failure of another one.

        If it fails because of that, its own failure says nothing.
        """
        self._told[lease.number] = place

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
        """Take out the failure with the lowest rank.

        Who was told of one that is kept here comes after it.
        """
        kept = set(self.places)

        def order(rank: int) -> tuple[bool, int]:
            return self._told.get(self[rank][0].number) in kept, rank

        return self.pop(min(self, key=order))[0]

    def take_real(self) -> list[Failure]:
        """Take out all but those who were told of another one, by their ranks."""
        told = self._told
        ranks = [rank for rank in sorted(self) if self[rank][0].number not in told]
        return [self.pop(rank) for rank in ranks]

    def learn(self, failed: Lease, *, failed_again: bool) -> None:
        """Take note of a confirmation.

        One that passes alone is reason to doubt all that follow.

        :param failed: the failure; of who was told of another one nothing is learnt.
        """
        if failed.number not in self._told:
            self.doubts = self.doubts - 1 if failed_again else inf
