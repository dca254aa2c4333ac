"""The exclusive tasks that are open, and which of them is next.

Data for rule 3 of ``dispatch``, which says what is done with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from heapq import heappop, heappush

from ..model import Task


class ExclusiveQueue:
    """Gives out ranks: first those that are due, then the lowest one.

    A task is due when its group has no other task left that may run beside others:
    what the group keeps up, it then keeps up for its exclusive tasks alone.

    :param tasks: all tasks of a run.
    :ivar due: the ranks that are due, a heap.
    :ivar _left: how many others each group has, for groups with exclusive tasks.
    :ivar _waiting: the ranks that are open; those taken may still stand elsewhere.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        grouped = [task for task in tasks if task.group is not None]
        waited_for = {task.group for task in grouped if task.exclusive}
        self._left = Counter(
            task.group
            for task in grouped
            if not task.exclusive and task.group in waited_for
        )
        self.due: list[int] = []
        self._open: list[int] = []
        self._waiting: set[int] = set()
        self._of_group: defaultdict[Hashable, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, rank: int, group: Hashable) -> None:
        """Add a task that was opened."""
        self._waiting.add(rank)
        heappush(self._open, rank)
        if group in self._left:
            if self._left[group]:
                self._of_group[group].append(rank)
            else:
                heappush(self.due, rank)

    def pop(self) -> int:
        """Take the next task out."""
        rank = heappop(self.due or self._open)
        while rank not in self._waiting:
            rank = heappop(self._open)
        self._waiting.discard(rank)
        return rank

    def leave(self, group: Hashable) -> None:
        """Take note that a task of a group will not run beside others any more."""
        if group not in self._left:
            return
        self._left[group] -= 1
        if not self._left[group]:
            for rank in self._of_group.pop(group, ()):
                if rank in self._waiting:
                    heappush(self.due, rank)
