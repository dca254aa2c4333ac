"""What is left of a graph to be opened, part by part.

Data for rule 5 of ``dispatch``, which says what is done with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappush
from itertools import islice

from ..graph import TaskGraph
from .exclusive import ExclusiveQueue


class Backlog:
    """Gives out ranks: of one phase after the other, a slice at a time.

    :param rank: of each place.
    :param size: of a slice; ``None`` for the whole phase.
    :ivar _missing: for each place how many things that it waits for, a task that must
        complete or a condition, have not come true.
    """

    def __init__(self, graph: TaskGraph, rank: Sequence[int], size: int | None) -> None:
        self._graph = graph
        self._rank = rank
        self._size = size
        self._left: Iterator[int] = iter(())
        self._phases = iter(graph.phases)
        self._loaded = 0
        # Those before their phase; when that is loaded, they have ended.
        self._pulled = set[int]()
        self._missing = list(map(len, graph.dependencies))
        for place, dependencies in graph.must_complete.items():
            self._missing[place] = len(dependencies)
        for condition in graph.conditions:
            self._missing[condition.dependent] += 1

    def take_slice(self) -> list[int]:
        """Take the next slice of the phase; sorted, so that it is a heap."""
        return list(islice(self._left, self._size))

    def load_phase(self, ended: Sequence[int], exclusive: ExclusiveQueue) -> bool:
        """Make the next phase the backlog; tell whether there was one.

        :param ended: what is blocked is left out.
        :param exclusive: is given what runs alone.
        """
        phase = next(self._phases, None)
        if phase is None:
            return False
        self._loaded += 1
        tasks, rank = self._graph.tasks, self._rank
        shared = []
        for place in phase:
            if ended[place]:
                continue
            if tasks[place].exclusive:
                exclusive.push(rank[place], tasks[place].group)
            else:
                shared.append(rank[place])
        self._left = iter(sorted(shared))
        return True

    def pull(self, place: int, opened: list[int]) -> None:
        """Open a task before its turn, if it is not open yet.

        :param place: of a task that may run beside others and waits for nothing.
        :param opened: a heap, which is given its rank.
        """
        rank = self._rank[place]
        if self._graph.phase_of[place] < self._loaded:
            left = list(self._left)
            is_here = rank in left
            self._left = iter([each for each in left if each != rank])
        else:
            # Whoever opens tasks by their dependencies has done so with this one.
            is_here = self._missing[place] > 0 and place not in self._pulled
            self._pulled.add(place)
        if is_here:
            heappush(opened, rank)

    def release(
        self, satisfied: Iterable[int], opened: list[int], exclusive: ExclusiveQueue
    ) -> None:
        """Open what waits for nothing any more.

        :param satisfied: the places for which one thing has come true.
        :param opened: a heap, which is given the ranks of what may run beside others.
        :param exclusive: is given what runs alone.
        """
        tasks, rank, missing = self._graph.tasks, self._rank, self._missing
        for place in satisfied:
            missing[place] = left = missing[place] - 1
            if not left and tasks[place].exclusive:
                exclusive.push(rank[place], tasks[place].group)
            elif not left:
                heappush(opened, rank[place])
