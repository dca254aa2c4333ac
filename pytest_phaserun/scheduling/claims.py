"""Shared things that tasks need, who gets them next, and who waits for them.

Data for rules 4, 12 and 13 of ``dispatch``, which says what is done with it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heappush

from ..model import Claim, Overruled, Task
from .lease import Lease
from .things import Thing


class ClaimTable:
    """Gives out claims, all of a task or none.

    A task is known by its key: its rank, or once it stands in the queue, its rank less
    the number of all tasks. So a heap of keys has those first that have waited, and as
    an index from the end the key still leads to the place.

    A task that waits is tried again when it might succeed. Of the many that wait for a
    thing only the first that could have it is opened; trying it opens the next.

    :param tasks: in the order of their ranks.
    :param opened: a heap, which is given the keys of tasks that may be tried again.
    :raises ValueError: a task claims more than there is, or a capacity is below 1.
    :ivar _queue: by key what is claimed by the tasks that wait for units, the oldest
        first.
    :ivar _reserved: by thing what the oldest of them claims.
    :ivar _retried: by key what those had been refused that are to be tried again.
    :ivar _parked: how many wait and are not to be tried again.
    :ivar _kept: by number the abandoned leases, and what each still claims.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        capacities: Mapping[Hashable, int],
        opened: list[int],
    ) -> None:
        self._tasks = tasks
        self._size = len(tasks)
        self._opened = opened
        self._things: dict[Hashable, Thing] = {}
        self._queue: OrderedDict[int, tuple[Claim, ...]] = OrderedDict()
        self._oldest: int | None = None
        self._reserved: dict[Hashable, Claim] = {}
        self._retried: dict[int, Thing] = {}
        self._parked = 0
        self._kept: dict[int, tuple[Lease, list[Claim]]] = {}
        for thing, capacity in capacities.items():
            if capacity < 1:
                raise ValueError(
                    f"capacity of {thing!r} must be at least 1, not {capacity}"
                )
        for task in tasks:
            if task.claims:
                self._register(task, capacities)

    def _register(self, task: Task, capacities: Mapping[Hashable, int]) -> None:
        for claim in _merge(task.claims):
            thing = self._things.get(claim.thing)
            if thing is None:
                thing = Thing(claim.thing, capacities.get(claim.thing, 1))
                self._things[claim.thing] = thing
            if claim.units > thing.capacity:
                raise ValueError(
                    f"task {task.id!r} claims {claim.units} units of "
                    f"{claim.thing!r}, whose capacity is {thing.capacity}"
                )
            thing.is_counted |= claim.units > 0

    # Who gets what

    def take(self, key: int, claims: tuple[Claim, ...]) -> bool:
        """Take all claims of a task, or park it behind the first that is refused."""
        claims = _merge(claims)
        thing = self._retried.pop(key, None)
        if thing is not None:
            # Who still cannot have what it waits for goes on waiting for that.
            claims = tuple(sorted(claims, key=lambda each: each.thing != thing.name))
        refused = next((c for c in claims if self._is_refused(key, c)), None)
        if refused is not None:
            self._park(key, refused, claims)
        else:
            for claim in claims:
                self._things[claim.thing].take(claim)
            self._leave_queue(key)
        if thing is not None:
            self._try_next(thing)
        return refused is None

    def pass_over(self, key: int) -> None:
        """Let others be tried for what an open task waits for before that is tried.

        Nobody who may try that one is asking.
        """
        if (thing := self._retried.get(key)) is not None:
            self._try_next(thing)

    def give_back(self, claims: tuple[Claim, ...]) -> None:
        """Give claims back, and let those be tried again that this may help."""
        for claim in _merge(claims):
            thing = self._things[claim.thing]
            thing.used.remove(claim)
            self._try_next(thing)

    def _is_refused(self, key: int, claim: Claim) -> bool:
        thing = self._things[claim.thing]
        return not thing.fits(claim) or self._is_reserved(thing, key, claim)

    def _is_reserved(self, thing: Thing, key: int, claim: Claim) -> bool:
        reserved = self._reserved.get(claim.thing)
        if reserved is None or key == self._oldest:
            return False
        return thing.would_delay(claim, reserved)

    # Who waits

    @property
    def untried(self) -> int:
        """How many of those who wait may come to be tried by trying others."""
        return self._parked if self._retried else 0

    @property
    def waited_for(self) -> list[Hashable]:
        """The things that somebody was refused."""
        if not self._parked:
            return []
        return [name for name, thing in self._things.items() if thing.waiting]

    def _park(self, key: int, refused: Claim, claims: tuple[Claim, ...]) -> None:
        thing = self._things[refused.thing]
        # Who waits for an abandoned task must not make others wait for it as well.
        if thing.is_hopeless(refused):
            self._leave_queue(key)
        elif thing.is_counted and key not in self._queue:
            key = key if key < 0 else key - self._size
            self._queue[key] = claims
            self._reserve()
        thing.park(key, refused)
        self._parked += 1

    def _leave_queue(self, key: int) -> None:
        if self._queue.pop(key, None) is not None:
            self._reserve()

    def _reserve(self) -> None:
        """Give the oldest task in the queue a reservation, and nobody else."""
        oldest = next(iter(self._queue), None)
        if oldest == self._oldest:
            return
        before, self._oldest = self._reserved, oldest
        claims = () if oldest is None else self._queue[oldest]
        self._reserved = {claim.thing: claim for claim in claims}
        for thing in before:
            self._try_next(self._things[thing])

    def _try_next(self, thing: Thing) -> None:
        """Open the first task that waits for a thing and could have it now."""
        keys = [
            key
            for key in thing.get_candidates()
            if not self._is_reserved(thing, key, thing.waiting[key])
        ]
        oldest = self._oldest
        # It need not be the first of its kind.
        if oldest in thing.waiting and thing.fits(thing.waiting[oldest]):
            keys.append(oldest)
        if keys:
            self._retry(min(keys), thing)

    def _retry(self, key: int, thing: Thing) -> None:
        del thing.waiting[key]
        self._parked -= 1
        self._retried[key] = thing
        heappush(self._opened, key)

    def _retry_hopeless(self, thing: Thing) -> None:
        """Open all who wait for a thing without a place in the queue.

        They have lost it for the sake of abandoned tasks, and join it again unless they
        succeed.
        """
        for key in [key for key in thing.waiting if key not in self._queue]:
            self._retry(key, thing)

    # What abandoned tasks keep

    def keep(self, lease: Lease) -> None:
        """Let a lease keep what its task has claimed."""
        claims = list(_merge(lease.task.claims))
        self._kept[lease.number] = lease, claims
        for claim in claims:
            thing = self._things[claim.thing]
            thing.kept.add(claim)
            for key in [k for k, c in thing.waiting.items() if thing.is_hopeless(c)]:
                self._leave_queue(key)

    def is_kept(self, lease: Lease) -> bool:
        """Tell whether a lease keeps its claims, or those that are left of them."""
        kept = self._kept.get(lease.number)
        return kept is not None and kept[0] is lease

    def let_go(self, lease: Lease) -> None:
        """Give back what a lease has kept."""
        _, claims = self._kept.pop(lease.number)
        for claim in claims:
            self._things[claim.thing].kept.remove(claim)
        self.give_back(tuple(claims))
        for claim in claims:
            self._retry_hopeless(self._things[claim.thing])

    def find_refused(self, claims: tuple[Claim, ...]) -> list[Hashable]:
        """Return the things that could not be had so beside those who have them."""
        return [c.thing for c in _merge(claims) if not self._things[c.thing].fits(c)]

    def overrule(self, names: Iterable[Hashable], *waiting: Task) -> list[Overruled]:
        """Take things from all abandoned leases, which alone may have them.

        :param waiting: who needs them, beside those that are parked.
        """
        overruled = []
        for name in names:
            holders, parked = self._overrule(name)
            tasks = (*waiting, *(self._tasks[key] for key in parked))
            overruled += [
                Overruled(holder=lease.task, thing=name, waiting=tasks)
                for lease in holders
            ]
        return overruled

    def _overrule(self, name: Hashable) -> tuple[list[Lease], list[int]]:
        holders = []
        for lease, claims in self._kept.values():
            left = [claim for claim in claims if claim.thing != name]
            if len(left) < len(claims):
                holders.append(lease)
                claims[:] = left
        thing = self._things[name]
        waiting = list(thing.waiting)
        thing.clear()
        self._retry_hopeless(thing)
        return holders, waiting


def _merge(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Return the claims with one for each thing; its units are those of all."""
    if len(claims) < 2 or len({claim.thing for claim in claims}) == len(claims):
        return claims
    merged: dict[Hashable, Claim] = {}
    for claim in claims:
        if (other := merged.get(claim.thing)) is not None:
            claim = replace(claim, units=claim.units + other.units)
        merged[claim.thing] = claim
    return tuple(merged.values())
