"""Find circles in a directed graph given as lists of numbers.

Knows neither tasks nor ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Edges = Sequence[Sequence[int]]


def find_cycles(edges: Edges, among: Iterable[int]) -> list[list[int]]:
    """Return one circle for each group of nodes that can all reach one another.

    :param edges: for each node, the nodes it points to.
    :param among: the nodes to look at; edges that leave them are ignored.
    :returns: circles as lists in which each node points to the next and the last one
        to the first, in the order of their smallest nodes.
    """
    inside = set(among)
    groups = (set(group) for group in _connected_groups(edges, inside))
    return sorted(
        _walk_around(edges, group) for group in groups if _has_circle(edges, group)
    )


def _has_circle(edges: Edges, group: set[int]) -> bool:
    if len(group) > 1:
        return True
    (node,) = group
    return node in edges[node]


def _walk_around(edges: Edges, group: set[int]) -> list[int]:
    """Follow edges inside the group until a node comes up again."""
    node = min(group)
    path: dict[int, None] = {}
    while node not in path:
        path[node] = None
        node = next(target for target in edges[node] if target in group)
    walk = list(path)
    return walk[walk.index(node) :]


def _connected_groups(edges: Edges, inside: set[int]) -> Iterator[list[int]]:
    """Yield the strongly connected components: Tarjan's algorithm without recursion.

    ``order`` is the time at which a node was first seen, ``low`` the earliest node
    that it can reach. A node that reaches nothing earlier closes a component: it and
    all that lies above it on ``stack``.
    """
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for root in sorted(inside - order.keys()):
        if root in order:
            continue
        work = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            unseen = None
            for target in targets:
                if target not in inside:
                    continue
                if target not in order:
                    unseen = target
                    break
                if target in on_stack:
                    low[node] = min(low[node], order[target])
            if unseen is not None:
                order[unseen] = low[unseen] = len(order)
                stack.append(unseen)
                on_stack.add(unseen)
                work.append((unseen, iter(edges[unseen])))
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == order[node]:
                component = []
                while not component or component[-1] != node:
                    component.append(stack.pop())
                    on_stack.discard(component[-1])
                yield component
