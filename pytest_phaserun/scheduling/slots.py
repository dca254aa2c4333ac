"""Which slots tasks are bound to, and the open tasks that each of these may start.

Data for rule 15 of ``dispatch``, which says what is done with it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from heapq import heappop, heappush

from ..graph import TaskGraph


class Slots(list[int]):
    """A heap of the keys of open tasks, and one for each slot; true if any holds some.

    Whatever is opened is pushed to the heap that is this list. What is bound moves to
    the heap of its slot once it has come to the top, so that it is looked at by nobody
    else again.

    :param by_rank: the places by the keys.
    :ivar _component_of: by place, for those that are connected with others.
    :ivar _slot_of: by component, once it is bound.
    :ivar _own: by slot the heap of what is bound to it.
    """

    def __init__(self, graph: TaskGraph, by_rank: Sequence[int]) -> None:
        super().__init__()
        self._by_rank = by_rank
        self._component_of: dict[int, int] = {}
        for number, places in enumerate(graph.components):
            if len(places) > 1:
                self._component_of.update(dict.fromkeys(places, number))
        self._slot_of: dict[int, int] = {}
        self._own: dict[int, list[int]] = {}

    def __bool__(self) -> bool:
        return len(self) > 0 or any(self._own.values())

    def slot_of(self, place: int) -> int | None:
        """Return the slot that a task is bound to, if it is."""
        component = self._component_of.get(place)
        return None if component is None else self._slot_of.get(component)

    def would_bind(self, place: int) -> bool:
        """Tell whether a task that starts binds others with it."""
        component = self._component_of.get(place)
        return component is not None and component not in self._slot_of

    def bind(self, place: int, slot: int) -> int:
        """Bind a task with all that it is connected with, unless they are bound.

        :returns: the slot that it is to run on.
        """
        component = self._component_of.get(place)
        return slot if component is None else self._slot_of.setdefault(component, slot)

    def unbind(self, slot: int) -> None:
        """Bind nothing to a slot any more."""
        bound = self._slot_of.items()
        self._slot_of = {number: other for number, other in bound if other != slot}
        for key in self._own.pop(slot, ()):
            heappush(self, key)

    def move_first(self) -> int | None:
        """Move the first key to the heap of its slot; ``None`` if it is not bound."""
        if not len(self) or (slot := self.slot_of(self._by_rank[self[0]])) is None:
            return None
        key = heappop(self)
        heappush(self._own.setdefault(slot, []), key)
        return key

    # Once nothing bound comes first

    def has_for(self, slot: int) -> bool:
        """Tell whether there is a task that a slot may start."""
        return bool(len(self) or self._own.get(slot))

    def count_for_all(self, busy: Container[int | None]) -> int:
        """Return how many tasks all slots but the busy ones may start, at the most."""
        idle = (own for slot, own in self._own.items() if slot not in busy)
        return len(self) + sum(map(bool, idle))

    def first_for(self, slot: int) -> int | None:
        """Return the first key that a slot may start."""
        return min([*self[:1], *self._own.get(slot, [])[:1]], default=None)

    def take_for(self, slot: int) -> int | None:
        """Take out the first key that a slot may start."""
        own = self._own.get(slot)
        if own and (not len(self) or own[0] < self[0]):
            return heappop(own)
        return heappop(self) if len(self) else None
