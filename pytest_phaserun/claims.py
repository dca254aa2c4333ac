"""Shared things that tasks need in one state each, and who waits for them.

Data for rules 4 and 12 of ``dispatch``, which says what is done with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from .lease import Lease
from .model import Claim


class ClaimTable:
    """Gives out claims, all of a task or none.

    :ivar _states: for each thing the state it is in, once a user.
    :ivar _parked: the ranks of the tasks that wait for a thing.
    :ivar _kept: by number the abandoned leases, and what each still claims.
    """

    def __init__(self) -> None:
        self._states: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
        self._parked: defaultdict[Hashable, list[int]] = defaultdict(list)
        self._kept: dict[int, tuple[Lease, list[Claim]]] = {}

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

    def give_back(self, claims: Iterable[Claim]) -> Iterator[int]:
        """Give claims back; yield who waited for the last user of a thing."""
        for claim in claims:
            states = self._states[claim.thing]
            states.pop()
            if not states:
                yield from self._parked.pop(claim.thing, ())

    # What abandoned tasks keep

    def keep(self, lease: Lease) -> None:
        """Let a lease keep what its task has claimed."""
        self._kept[lease.number] = lease, list(lease.task.claims)

    def is_kept(self, lease: Lease) -> bool:
        """Tell whether a lease keeps its claims, or those that are left of them."""
        kept = self._kept.get(lease.number)
        return kept is not None and kept[0] is lease

    def let_go(self, lease: Lease) -> Iterator[int]:
        """Give back what a lease has kept; yield who waited for the last user."""
        _, claims = self._kept.pop(lease.number)
        return self.give_back(claims)

    @property
    def waited_for(self) -> list[Hashable]:
        """The things that somebody waits for."""
        return list(self._parked)

    def find_refused(self, claims: Iterable[Claim]) -> list[Hashable]:
        """Return the things that are in other states than these."""
        found = {claim.thing: self._states.get(claim.thing) for claim in claims}
        wanted = {claim.thing: claim.state for claim in claims}
        return [
            thing
            for thing, states in found.items()
            if states and states[0] != wanted[thing]
        ]

    def overrule(self, thing: Hashable) -> tuple[list[Lease], list[int]]:
        """Take a thing from all abandoned leases, which alone may have it.

        :returns: those leases, and the ranks of the tasks that waited.
        """
        holders = []
        for lease, claims in self._kept.values():
            left = [claim for claim in claims if claim.thing != thing]
            if len(left) < len(claims):
                holders.append(lease)
                claims[:] = left
        self._states[thing].clear()
        return holders, self._parked.pop(thing, [])
