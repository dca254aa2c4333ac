"""From the names that tests depend on to the tests they mean.

Order of the rules: an explicit id; the name of a test or class, looked for in the
dependent's class, module and folders, nearest first; a node id, whole or its end.
"""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterator, Sequence

import pytest

from .declared import Declaration, Reference
from .dialect import AmbiguousError, UnresolvedError
from .places import location

#: How many look-alikes or candidates an error offers.
OFFERS = 3


class Names:
    """All names of a run and the tests they mean, as numbers of items.

    :param items: every test that was collected.
    :param declarations: what the marks of each say.
    """

    def __init__(
        self, items: Sequence[pytest.Item], declarations: Sequence[Declaration]
    ) -> None:
        self._items = items
        self._ids: dict[str, dict[str, list[int]]] = {}
        #: Node id -> tests under it; functions stand without their parameters too.
        self._nodes: dict[str, list[int]] = {}
        #: Folder, module or class, and a name below it -> node ids of that name.
        self._below: dict[tuple[str, str], dict[str, None]] = {}
        for place, item in enumerate(items):
            for name, owner in declarations[place].ids:
                self._ids.setdefault(name, {}).setdefault(owner, []).append(place)
            self._add(place, item)

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the tests that a reference of the test at ``place`` means.

        :raises UnresolvedError: none, or it cannot be told which.
        """
        name = reference.name
        if name not in self._ids:
            node = self._find_nearby(place, name)
            if node is not None:
                return self._nodes[node]
        return self.look_up(name)

    def look_up(self, name: str) -> list[int]:
        """Return the tests that a name means wherever it stands.

        :raises UnresolvedError: none, or it cannot be told which.
        """
        owners = self._ids.get(name)
        if owners is not None:
            return [found for group in owners.values() for found in group]
        node = self._find_node(name)
        if node is None:
            raise UnresolvedError(self._unknown(name))
        return self._nodes[node]

    def _add(self, place: int, item: pytest.Item) -> None:
        own = [item.nodeid]
        function = item.nodeid.partition("[")[0]
        if function != item.nodeid:
            own.append(function)
        chain = item.listchain()
        scopes = [node.nodeid for node in chain[:-1]]
        for node in own:
            self._nodes.setdefault(node, []).append(place)
            self._add_below(scopes, node)
        for depth, scope in enumerate(scopes):
            if isinstance(chain[depth], pytest.Session):
                continue
            known = self._nodes.setdefault(scope, [])
            if not known:
                self._add_below(scopes[:depth], scope)
            known.append(place)

    def _add_below(self, scopes: Sequence[str], node: str) -> None:
        name = _last_part(node)
        for scope in scopes:
            self._below.setdefault((scope, name), {})[node] = None

    def _find_nearby(self, place: int, name: str) -> str | None:
        """Look in the test's class, then its module, then its folders outwards."""
        for scope in reversed(self._items[place].listchain()[:-1]):
            found = list(self._below.get((scope.nodeid, name), ()))
            # What stands directly in the scope is nearer than what stands deeper.
            direct = [node for node in found if _parent(node) == scope.nodeid]
            if direct or found:
                return _only(name, direct or found)
        return None

    def _find_node(self, name: str) -> str | None:
        if name in self._nodes:
            return name
        root = self._items[0].session.nodeid
        same_end = self._below.get((root, _last_part(name)), ())
        return _only(name, [node for node in same_end if _ends_with(node, name)])

    def _unknown(self, name: str) -> str:
        # A look-alike may be written as an id, as a bare name or as a node id.
        known = dict.fromkeys(self._ids)
        known.update(dict.fromkeys(_last_part(node) for node in self._nodes))
        if "/" in name or "::" in name:
            known.update(dict.fromkeys(self._nodes))
        nearest = difflib.get_close_matches(name, known, n=OFFERS)
        hint = " or ".join(map(repr, nearest))
        return f"unknown test {name!r}" + (f"; did you mean {hint}?" if hint else "")


def find_duplicates(
    items: Sequence[pytest.Item],
    declarations: Sequence[Declaration],
    needed: Container[int],
) -> Iterator[str]:
    """Yield one line for each explicit id that two objects claim.

    :param needed: the tests that matter; ids of none of them are left out.
    """
    claimed: dict[str, dict[str, int]] = {}
    matter = set()
    for place, declaration in enumerate(declarations):
        for name, owner in declaration.ids:
            claimed.setdefault(name, {}).setdefault(owner, place)
            if place in needed:
                matter.add(name)
    for name, owners in claimed.items():
        if len(owners) > 1 and name in matter:
            places = ", ".join(location(items[place]) for place in owners.values())
            yield f"task id {name!r} is used more than once: {places}"


def _only(name: str, nodes: Sequence[str]) -> str | None:
    """Return the one node there is.

    :raises AmbiguousError: there are several.
    """
    if len(nodes) > 1:
        some = ", ".join(nodes[:OFFERS]) + (", ..." if len(nodes) > OFFERS else "")
        raise AmbiguousError(
            f"{name!r}, which may mean any of {some}; give more of its node id"
        )
    return nodes[0] if nodes else None


def _split(node: str) -> tuple[str, str, str]:
    """Split a node id before its last part; parameters may hold anything."""
    base, bracket, parameters = node.partition("[")
    for mark in ("::", "/"):
        parent, found, last = base.rpartition(mark)
        if found:
            return parent, found, last + bracket + parameters
    return "", "", node


def _last_part(node: str) -> str:
    return _split(node)[2]


def _parent(node: str) -> str:
    return _split(node)[0]


def _ends_with(node: str, end: str) -> bool:
    if not node.endswith(end):
        return False
    before = node[: len(node) - len(end)]
    return not before or before.endswith(("::", "/"))
