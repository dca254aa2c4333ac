"""Find circles in a directed graph given as lists of numbers.

Knows neither tasks nor ids. Nothing here recurses, however long a circle is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

Edges = Sequence[Sequence[int]]


def find_cycles(edges: Edges, among: Iterable[int]) -> list[list[int]]:
    """Return one circle for each group of nodes that can all reach one another.

    It is the shortest circle through the group's smallest node; of several that are
    equally short, the one that takes the earlier edges.

    :param edges: for each node, the nodes it points to.
    :param among: the nodes to look at; edges that leave them are ignored.
    :returns: circles as lists in which each node points to the next and the last one
        to the first; a circle starts at its smallest node, and so does the list.

    >>> find_cycles([[1], [2, 0], [1], [0, 3]], among=range(4))
    [[0, 1], [3]]
    """
    inside = sorted(set(among))
    within = {node: _keep(edges[node], among=set()) for node in inside}
    return []
