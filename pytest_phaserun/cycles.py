"""Find circles in a directed graph given as lists of numbers.

Knows neither tasks nor ids. Nothing here recurses, however long a circle is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence


def find_cycles(
    edges: Sequence[Sequence[int]], among: Iterable[int]
) -> list[list[int]]:
    """Return one circle for each group of nodes that can all reach one another.

    It is the shortest circle through the smallest node of the group; where several
    are equally short, the first in the order of the edges.

    :param edges: for each node, the nodes it points to.
    :param among: the nodes to look at; edges that leave them are ignored.
    :returns: circles, by their smallest nodes; in each a node points to the next one,
        the last one to the first, and the smallest comes first.

    >>> find_cycles([[1], [2, 0], [1], [0, 3]], among=range(4))
    [[0, 1], [3]]
    """
    inside = set(among)
    within = {
        node: [target for target in edges[node] if target in inside]
        for node in sorted(inside)
    }
    circles = (_find_circle(within, group) for group in _connected_groups(within))
    return sorted(circle for circle in circles if circle)


def _find_circle(edges: Mapping[int, Sequence[int]], group: set[int]) -> list[int]:
    """Search breadth first for the way from the group's smallest node to itself.

    :returns: the nodes on it; none if the group is one node that has no such way.
    """
    start = min(group)
    came_from: dict[int, int] = {}
    work = [start]
    for node in work:
        for target in edges[node]:
            if target == start:
                return _retrace(came_from, start, node)
            if target in group and target not in came_from:
                came_from[target] = node
                work.append(target)
    return []


def _retrace(came_from: Mapping[int, int], start: int, end: int) -> list[int]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    way.reverse()
    return way


def _connected_groups(edges: Mapping[int, Sequence[int]]) -> Iterator[set[int]]:
    """Yield the strongly connected components: Kosaraju's algorithm.

    A depth-first search leaves the nodes of a component after all that they lead to.
    So of the nodes not yet in a component, the one left last is only reached, along
    the edges reversed, by its own component.
    """
    backwards: dict[int, list[int]] = {node: [] for node in edges}
    for node, targets in edges.items():
        for target in targets:
            backwards[target].append(node)
    placed: set[int] = set()
    for node in reversed(_sort_by_exit(edges)):
        if node not in placed:
            group = _reach(backwards, node, placed)
            placed |= group
            yield group


def _reach(
    edges: Mapping[int, Sequence[int]], start: int, without: set[int]
) -> set[int]:
    """Return what can be reached from a node, itself included."""
    reached = {start}
    work = [start]
    for node in work:
        for target in edges[node]:
            if target not in reached and target not in without:
                reached.add(target)
                work.append(target)
    return reached


def _sort_by_exit(edges: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the nodes in the order in which a depth-first search leaves them."""
    left: list[int] = []
    entered: set[int] = set()
    # Nodes to enter and, marked by their complement ``~node``, nodes to leave.
    work = list(edges)
    while work:
        node = work.pop()
        if node < 0:
            left.append(~node)
        elif node not in entered:
            entered.add(node)
            work.append(~node)
            work.extend(edges[node])
    return left
