"""The nodes of a run by their names: tests, functions, classes, files and folders."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pytest

from ..declared import Node
from ..places import function_id
from .patterns import Glob

_SEPARATORS = ("::", "/")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Named:
    """Something with a node id, and the tests in it.

    :ivar id: of a function with parameters also without them.
    :ivar node: the node, or the first of a function.
    :ivar places: its tests, by their numbers.
    """

    id: str
    name: str
    node: Node
    places: list[int] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Whether it holds tests of several functions."""
        return not isinstance(self.node, pytest.Item)

    @property
    def is_path(self) -> bool:
        """Whether it is a file or a folder."""
        return isinstance(self.node, pytest.File | pytest.Directory)


class NameIndex:
    """Finds nodes by their ids, by the ends of these, and by globs.

    :param items: all tests of a run.
    :ivar nodes: all nodes by their ids.
    """

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self.nodes: dict[str, Named] = {}
        #: Folder, file or class, and a name below it -> the nodes of that name.
        self._below: dict[tuple[str, str], list[Named]] = {}
        self._by_name: dict[str, list[Named]] = {}
        #: What is around the tests that a node holds.
        self._holders: dict[pytest.Collector | None, list[Named]] = {}
        for place, item in enumerate(items):
            self._add(place, item)

    @property
    def names(self) -> Mapping[str, Sequence[Named]]:
        """The nodes by the last parts of their ids."""
        return self._by_name

    def get(self, text: str) -> Sequence[Named]:
        """Return the nodes with this name or id."""
        if text in self._by_name:
            return self._by_name[text]
        return [self.nodes[text]]

    def own_names(self, item: pytest.Item) -> Iterator[str]:
        """Yield the names that mean a test or its function, and nothing else."""
        for nodeid in (item.nodeid, function_id(item)):
            yield nodeid
            name = self.nodes[nodeid].name
            if len(self._by_name[name]) == 1:
                yield name

    def find(self, text: str, seen_from: pytest.Item | None) -> list[Named]:
        """Return the nearest nodes whose id is or ends with a text; several or none.

        :param seen_from: where to begin: in its class, then its file, then its folders
            outwards. What stands directly in one of these goes before what is deeper.
        """
        if text in self.nodes and any(each in text for each in _SEPARATORS):
            return [self.nodes[text]]
        if seen_from is not None:
            for scope in reversed(seen_from.listchain()[1:-1]):
                found = list(self._ending(text, scope.nodeid))
                if found:
                    starts = [f"{scope.nodeid}{each}{text}" for each in _SEPARATORS]
                    return [node for node in found if node.id in starts] or found
        if text in self.nodes:
            return [self.nodes[text]]
        return list(self._ending(text, None))

    def match(self, glob: Glob) -> list[Named]:
        """Return the nodes that match a glob."""
        found = []
        for name in self._starting(glob.prefix):
            if glob.match_name(name):
                for node in self._by_name[name]:
                    before = node.id[: len(node.id) - len(name)]
                    if glob.match_parent is None or glob.match_parent(before):
                        found.append(node)
        return found

    def _add(self, place: int, item: pytest.Item) -> None:
        holders = self._holders.get(item.parent)
        if holders is None:
            holders = self._holders[item.parent] = self._enter_holders(item)
        scopes = [holder.id for holder in holders]
        function = function_id(item)
        if function != item.nodeid:
            holders = [*holders, self._enter(function, item, scopes)]
        for named in (self._enter(item.nodeid, item, scopes), *holders):
            named.places.append(place)

    def _enter_holders(self, item: pytest.Item) -> list[Named]:
        """Return the folders, the file and the classes around a test."""
        holders: list[Named] = []
        for node in item.listchain()[1:-1]:
            # What holds files belongs to no file, so files may be collected twice.
            assert isinstance(node, pytest.Collector)
            scopes = [holder.id for holder in holders]
            holders.append(self._enter(node.nodeid, node, scopes))
        return holders

    def _enter(self, nodeid: str, node: Node, scopes: Sequence[str]) -> Named:
        named = self.nodes.get(nodeid)
        if named is None:
            name = _last_part(nodeid, node)
            named = self.nodes[nodeid] = Named(id=nodeid, name=name, node=node)
            self._by_name.setdefault(name, []).append(named)
            for scope in scopes:
                self._below.setdefault((scope, name), []).append(named)
        return named

    def _ending(self, text: str, scope: str | None) -> Iterator[Named]:
        """Yield the nodes whose id ends with a text that begins at a part.

        :param scope: only those below it.
        """
        ends = tuple(each + text for each in _SEPARATORS)
        for name in _tails(text):
            if scope is None:
                nodes = self._by_name.get(name, ())
            else:
                nodes = self._below.get((scope, name), ())
            for node in nodes:
                if node.name == text or node.id == text or node.id.endswith(ends):
                    yield node

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._by_name)

    def _starting(self, prefix: str) -> Iterator[str]:
        names = self._sorted
        for place in range(bisect_left(names, prefix), len(names)):
            if not names[place].startswith(prefix):
                return
            yield names[place]


def _last_part(nodeid: str, node: Node) -> str:
    """Return the end of a node id that is its own; names may hold anything."""
    if isinstance(node, pytest.Item | pytest.Class):
        parent = node.parent
        before = "" if parent is None else f"{parent.nodeid}::"
        if nodeid.startswith(before):
            return nodeid[len(before) :]
    base = nodeid.partition("[")[0] if "::" in nodeid else nodeid
    start = max(base.rfind("/") + 1, base.rfind("::") + 2 if "::" in base else 0)
    return nodeid[start:]


def _tails(text: str) -> Iterator[str]:
    """Yield a text whole, and what is left of it after each separator."""
    yield text
    for separator in _SEPARATORS:
        start = text.find(separator)
        while start >= 0:
            yield text[start + len(separator) :]
            start = text.find(separator, start + 1)
