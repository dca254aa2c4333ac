"""A shared thing: who has it, how much of it, and who waits for it.

Data for rules 4, 12 and 13 of ``dispatch``; ``claims`` says how tasks get it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from ..model import Claim


@dataclass(slots=True)
class Usage:
    """How many tasks have a thing, and how many units together."""

    users: int = 0
    units: int = 0

    def add(self, claim: Claim) -> None:
        """Count a user."""
        self.users += 1
        self.units += claim.units

    def remove(self, claim: Claim) -> None:
        """Count a user no more."""
        self.users -= 1
        self.units -= claim.units


@dataclass(slots=True, eq=False)
class Thing:
    """One thing that tasks claim.

    :ivar is_counted: some task claims units of it.
    :ivar state: the state that it is in while it has users.
    :ivar used: by all who have it.
    :ivar kept: by the abandoned tasks among them.
    :ivar waiting: by key the claims of the tasks that were refused it, the oldest
        first.
    :ivar _heaps: by state and units wanted, the same keys; one that waits no more may
        still stand there.
    """

    name: Hashable
    capacity: int
    is_counted: bool = False
    state: Hashable = None
    used: Usage = field(default_factory=Usage)
    kept: Usage = field(default_factory=Usage)
    waiting: dict[int, Claim] = field(default_factory=dict)
    _heaps: dict[Hashable, dict[int, list[int]]] = field(default_factory=dict)

    def fits(self, claim: Claim) -> bool:
        """Tell whether it could be had beside those that have it."""
        return self._fits_beside(self.used, claim.state, claim.units)

    def is_hopeless(self, claim: Claim) -> bool:
        """Tell whether it could not be had as long as abandoned tasks keep it."""
        return not self._fits_beside(self.kept, claim.state, claim.units)

    def _fits_beside(self, usage: Usage, state: Hashable, units: int) -> bool:
        if usage.users and state != self.state:
            return False
        return not units or usage.units + units <= self.capacity

    def would_delay(self, other: Claim, claim: Claim) -> bool:
        """Tell whether one claim would have to wait for one that is taken before."""
        if other.state != claim.state:
            return True
        together = self.used.units + other.units + claim.units
        return other.units > 0 and claim.units > 0 and together > self.capacity

    def take(self, claim: Claim) -> None:
        """Give it to one more task."""
        self.state = claim.state
        self.used.add(claim)

    def park(self, key: int, claim: Claim) -> None:
        """Take note of a task that waits."""
        self.waiting[key] = claim
        by_units = self._heaps.setdefault(claim.state, {})
        heappush(by_units.setdefault(claim.units, []), key)

    def get_candidates(self) -> list[int]:
        """Return the keys of those who wait and could have it, the first of each kind.

        Those of a kind claim the same units of it in the same state.
        """
        states = [self.state] if self.used.users else list(self._heaps)
        return [
            key
            for state in states
            for units in list(self._heaps.get(state, ()))
            if self._fits_beside(self.used, state, units)
            and (key := self._find_first(state, units)) is not None
        ]

    def _find_first(self, state: Hashable, units: int) -> int | None:
        by_units = self._heaps[state]
        keys = by_units[units]
        while keys and keys[0] not in self.waiting:
            heappop(keys)
        if keys:
            return keys[0]
        del by_units[units]
        if not by_units:
            del self._heaps[state]
        return None

    def clear(self) -> None:
        """Take it from all who have it."""
        self.used = Usage()
        self.kept = Usage()
