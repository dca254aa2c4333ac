"""Where marks stand, and how a message names that place."""

from __future__ import annotations

from collections.abc import Container, Iterator

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


def function_id(item: pytest.Item) -> str:
    """Return the node id of a test without its parameters.

    Folders may have brackets in their names as well.
    """
    base, bracket, _ = item.name.partition("[")
    if base and bracket and item.nodeid.endswith(item.name):
        return item.nodeid[: len(base) - len(item.name)]
    return item.nodeid


def nearest_first(
    item: pytest.Item, wanted: Container[str]
) -> Iterator[tuple[Node, str, pytest.Mark]]:
    """Yield marks with what they stand on and its node id, the nearest first.

    pytest yields the marks of a function before those of its parameters, which are
    nearer; those of one object in the order of their application.
    """
    callspec = getattr(item, "callspec", None)
    of_parameters = [] if callspec is None else list(callspec.marks)
    function = function_id(item)
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


def find_origin(node: Node, node_id: str, mark: pytest.Mark) -> str:
    """Return what was marked: of what a class has inherited, that in its base class.

    :param node_id: of the node, or of its function.
    """
    if isinstance(node, pytest.Class):
        classes = [c for c in node.obj.__mro__ if _bears(c, mark)]
        inherited = bool(classes) and classes[0] is not node.obj
        return _qualify(classes[0]) if inherited else node_id
    of_class = getattr(node, "cls", None)
    if of_class is None:
        return node_id
    name = getattr(node, "originalname", node.name)
    classes = [c for c in of_class.__mro__ if name in vars(c)]
    if not classes or classes[0] is of_class:
        return node_id
    return f"{_qualify(classes[0])}::{node_id.rpartition('::')[2]}"


def _bears(of_class: type, mark: pytest.Mark) -> bool:
    """Tell whether a mark stands on a class itself, not on one it inherits from."""
    marks = vars(of_class).get("pytestmark", ())
    marks = marks if isinstance(marks, list | tuple) else [marks]
    return any(getattr(each, "mark", each) is mark for each in marks)


def _qualify(of_class: type) -> str:
    return f"{of_class.__module__}.{of_class.__qualname__}"
