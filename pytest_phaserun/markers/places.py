"""Where marks stand, how a message names that place, and what its test is given."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

import pytest

from .declared import Node


def location(node: Node) -> str:
    """Return ``file:line`` of a test or class, ``file`` alone of what holds files."""
    if isinstance(node, pytest.Item):
        path, line, _ = node.location
        return f"{path}:{(line or 0) + 1}"
    path = node.nodeid.partition("::")[0]
    if isinstance(node, pytest.Class | pytest.Module):
        return f"{path}:{(node.reportinfo()[1] or 0) + 1}"
    return path


def nearest_first(
    item: pytest.Item, wanted: Container[str]
) -> Iterator[tuple[Node, str, pytest.Mark]]:
    """Yield marks with what they stand on and its node id, the nearest first.

    pytest yields the marks of a function before those of its parameters, which are
    nearer; those of one object in the order of their application.
    """
    callspec = getattr(item, "callspec", None)
    of_parameters = [] if callspec is None else list(callspec.marks)
    function = item.nodeid.partition("[")[0]
    own = [mark for mark in item.own_markers if mark.name in wanted]
    if own:
        near = [m for m in own if any(m is each for each in of_parameters)]
        far = [m for m in own if not any(m is each for each in near)]
        yield from ((item, item.nodeid, mark) for mark in near)
        yield from ((item, function, mark) for mark in far)
    for node, mark in item.iter_markers_with_node():
        if node is not item and mark.name in wanted:
            # Marks stand on nothing else.
            assert isinstance(node, pytest.Item | pytest.Collector)
            yield node, node.nodeid, mark


def find_values(item: pytest.Item) -> Mapping[str, object]:
    """Return the parameters of a test and their values."""
    callspec = getattr(item, "callspec", None)
    return getattr(callspec, "params", {})
