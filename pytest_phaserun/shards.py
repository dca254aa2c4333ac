"""Split tasks into parts that can run in places of their own.

Tasks that are connected, by whatever edges, stay together, so that no part needs
anything of another. The same input gives the same parts on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heapreplace


def split(
    weights: Sequence[float], edges: Iterable[tuple[int, int]], parts: int
) -> list[int]:
    """Return the part of each task, from 0 on.

    The groups of connected tasks are dealt out heaviest first, each to the part that is
    lightest then: longest processing time first, by R. L. Graham ("Bounds on
    Multiprocessing Timing Anomalies", 1969), so the heaviest part is at most a
    third heavier than that of the best possible split.

    :param weights: how long each task takes, in any unit.
    :param edges: pairs of places that must not be parted.
    :param parts: how many there are, at least 1; some may stay empty.

    >>> split([3.0, 1.0, 1.0, 2.0], [(1, 2)], parts=2)
    [0, 1, 1, 1]
    """
    part_of = [0] * len(weights)
    groups = connect(len(weights), edges)
    heavy = sorted(groups, key=lambda group: -sum(weights[place] for place in group))
    loads = [(0.0, part) for part in range(parts)]
    heapify(loads)
    for group in heavy:
        load, part = loads[0]
        heapreplace(loads, (load + sum(weights[place] for place in group), part))
        for place in group:
            part_of[place] = part
    return part_of


def connect(count: int, edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the groups of connected tasks, each in order, by their first members.

    A union-find forest.

    >>> connect(4, [(3, 1)])
    [[0], [1, 3], [2]]
    """
    parent = list(range(count))

    def find(place: int) -> int:
        while parent[place] != place:
            # Halving the path keeps the forest flat.
            parent[place] = place = parent[parent[place]]
        return place

    for one, other in edges:
        first, second = sorted((find(one), find(other)))
        parent[second] = first
    groups: dict[int, list[int]] = {}
    for place in range(count):
        groups.setdefault(find(place), []).append(place)
    return list(groups.values())
