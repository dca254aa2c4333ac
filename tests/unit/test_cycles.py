from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_phaserun.cycles import find_cycles

MANY = 100_000


def test_graph_without_circles_has_none() -> None:
    assert find_cycles([[1, 2], [2], []], among=range(3)) == []


def test_no_nodes_have_no_circles() -> None:
    assert find_cycles([[0]], among=[]) == []


def test_node_that_points_to_itself_is_a_circle() -> None:
    assert find_cycles([[1], [1]], among=range(2)) == [[1]]


def test_circle_starts_at_its_smallest_node_and_follows_the_edges() -> None:
    assert find_cycles([[2], [0], [1]], among=[2, 1, 0]) == [[0, 2, 1]]


def test_nodes_on_the_way_to_or_from_a_circle_are_not_part_of_it() -> None:
    edges = [[1], [2], [1, 3], []]

    assert find_cycles(edges, among=range(4)) == [[1, 2]]


def test_circles_come_in_the_order_of_their_smallest_nodes() -> None:
    edges = [[3], [2], [1], [0], [4]]

    assert find_cycles(edges, among=range(5)) == [[0, 3], [1, 2], [4]]


def test_circles_linked_one_way_stay_apart() -> None:
    edges = [[1], [0, 2], [3], [2]]

    assert find_cycles(edges, among=range(4)) == [[0, 1], [2, 3]]


def test_group_with_several_circles_yields_one() -> None:
    edges = [[1], [2, 0], [1]]

    assert find_cycles(edges, among=range(3)) == [[0, 1]]


def test_shortest_circle_through_the_smallest_node_is_chosen() -> None:
    edges = [[1, 3], [2], [0], [0]]

    assert find_cycles(edges, among=range(4)) == [[0, 3]]


def test_first_of_equally_short_circles_is_chosen() -> None:
    assert find_cycles([[2, 1], [0], [0]], among=range(3)) == [[0, 2]]


def test_edges_that_leave_the_nodes_looked_at_are_ignored() -> None:
    edges = [[1], [2], [0], [3]]

    assert find_cycles(edges, among=[0, 1]) == []


def test_edge_given_twice_changes_nothing() -> None:
    assert find_cycles([[1, 1], [0, 0]], among=range(2)) == [[0, 1]]


def test_circle_of_many_nodes_is_found() -> None:
    edges = [[number + 1] for number in range(MANY - 1)]
    edges.append([0])

    assert find_cycles(edges, among=range(MANY)) == [list(range(MANY))]


def test_many_linked_circles_are_found() -> None:
    # Pairs that point to one another, each to the next pair as well.
    edges = [[number ^ 1, min(number + 2, MANY - 1)] for number in range(MANY)]
    edges[-2:] = [[MANY - 1], [MANY - 2]]

    circles = find_cycles(edges, among=range(MANY))

    assert circles == [[number, number + 1] for number in range(0, MANY, 2)]


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    size = draw(st.integers(1, 8))
    nodes = st.integers(0, size - 1)
    return draw(st.lists(st.lists(nodes, max_size=4), min_size=size, max_size=size))


@settings(max_examples=200, deadline=None)
@given(edges=graphs(), data=st.data())
def test_every_group_yields_one_real_circle(
    edges: list[list[int]], data: st.DataObject
) -> None:
    among = data.draw(st.sets(st.sampled_from(range(len(edges)))))

    circles = find_cycles(edges, among)

    reach = {node: _reach(edges, among, node) for node in among}
    groups = {
        frozenset(other for other in reach[node] if node in reach[other])
        for node in among
        if node in reach[node]
    }
    assert [circle[0] for circle in circles] == sorted(map(min, groups))
    for circle in circles:
        assert len(set(circle)) == len(circle)
        assert set(circle) <= among
        for node, target in zip(circle, circle[1:] + circle[:1], strict=True):
            assert target in edges[node]


def _reach(edges: list[list[int]], among: set[int], start: int) -> set[int]:
    """Return what can be reached from a node in one step or more."""
    reached: set[int] = set()
    work = [start]
    for node in work:
        new = (set(edges[node]) & among) - reached
        reached |= new
        work.extend(new)
    return reached
