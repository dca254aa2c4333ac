"""Shared things that tasks need in one state each, and who waits for them.

Data for rule 4 of ``dispatch``, which says what is done with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator

from .model import Claim


class ClaimTable:
    """Gives out claims, all of a task or none.

    :ivar _states: for each thing the state it is in, once a user.
    :ivar _parked: the ranks of the tasks that wait for a thing.
    """

    def __init__(self) -> None:
        self._states: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
        self._parked: defaultdict[Hashable, list[int]] = defaultdict(list)

    def take(self, rank: int, claims: tuple[Claim, ...]) -> bool:
        """Take all claims of a task, or park it behind the first that is refused."""
        for claim in claims:
            states = self._states[claim.thing]
            if states and states[0] != claim.state:
                self._parked[claim.thing].append(rank)
                return False
        for claim in claims:
            self._states[claim.thing].append(claim.state)
        return True

    def give_back(self, claims: tuple[Claim, ...]) -> Iterator[int]:
        """Give claims back; yield who waited for the last user of a thing."""
        for claim in claims:
            states = self._states[claim.thing]
            states.pop()
            if not states:
                yield from self._parked.pop(claim.thing, ())
