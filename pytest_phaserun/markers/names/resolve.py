"""From the names that tests depend on to the tests they mean.

Order of the rules: an explicit id; a node id, whole or its end, looked for in the
dependent's class, module and folders, nearest first; a template; a glob. A text is
taken literally where it can be.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pytest

from ..declared import Declaration, Node, Reference
from ..dialect import UnclearError, UnresolvedError
from ..places import function_id, location
from .index import Named, NameIndex
from .offers import OFFERS, KnownNames, place_name
from .parameters import ValueIndex, describe_value, own_parameters
from .patterns import (
    compile_blanks,
    compile_glob,
    fill,
    find_blanks,
    is_glob,
    split_template,
)


class _Meaning(NamedTuple):
    """What a name means.

    :ivar is_group: it is the name of more than one function, so it does not mean the
        dependent itself.
    """

    places: Sequence[int]
    is_group: bool = False


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
        for place, declaration in enumerate(declarations):
            for name, owner in declaration.ids:
                self._ids.setdefault(name, {}).setdefault(owner, []).append(place)
        self._gathered: dict[str, _Meaning] = {}
        self._endings: dict[str, dict[str, list[int]]] = {}
        self._index = NameIndex(items)
        self._globs: dict[str, list[int]] = {}
        self._values: dict[tuple[str, int, tuple[str, ...]], ValueIndex] = {}
        self._known: dict[bool, KnownNames] = {}

    def resolve(self, place: int, reference: Reference) -> list[int]:
        """Return the tests that a reference of the test at ``place`` means.

        The test itself is left out where the name is that of a class, file or folder, a
        glob, or an id of a class or file.

        :raises UnresolvedError: none, or it cannot be told which.
        """
        item = self._items[place]
        own = self._index.own_names(item) if reference.owner is item else ()
        means = self._find(reference.name, place, own)
        if means.is_group:
            return [each for each in means.places if each != place]
        return list(means.places)

    def look_up(self, name: str) -> list[int]:
        """Return the tests that a name means wherever it stands.

        :raises UnresolvedError: none, or it cannot be told which.
        """
        return list(self._find(name, None, ()).places)

    def _find(self, name: str, seen_from: int | None, own: Iterable[str]) -> _Meaning:
        found = self._find_literally(name, seen_from)
        if found is not None:
            return found
        if seen_from is not None and (blanks := find_blanks(name)):
            return self._fill_in(name, blanks, seen_from, own)
        if is_glob(name):
            return self._match(name)
        raise UnresolvedError(self._unknown(name, own))

    def _find_literally(self, name: str, seen_from: int | None) -> _Meaning | None:
        return self._find_id(name) or self._find_node(name, seen_from)

    # Ids

    def _find_id(self, name: str) -> _Meaning | None:
        """Find an id, or one with parameters behind it."""
        if name in self._ids:
            return self._gather(name)
        base, bracket, rest = name.partition("[")
        if not bracket or base not in self._ids:
            return None
        endings = self._endings.get(base)
        if endings is None:
            endings = self._endings[base] = {}
            for place in self._gather(base).places:
                endings.setdefault(self._parameters(place), []).append(place)
        same = endings.get(bracket + rest)
        return _Meaning(same) if same else None

    def _gather(self, name: str) -> _Meaning:
        """Return all tests of an id."""
        known = self._gathered.get(name)
        if known is None:
            owners = self._ids[name]
            places = [place for group in owners.values() for place in group]
            functions = {function_id(self._items[place]) for place in places}
            is_group = len(functions) > 1 or not self._are_tests(owners)
            known = self._gathered[name] = _Meaning(places, is_group)
        return known

    def _are_tests(self, owners: Mapping[str, Sequence[int]]) -> bool:
        """Tell whether what was marked are tests or functions, not classes or files."""
        return all(
            owner in (self._items[place].nodeid, function_id(self._items[place]))
            for owner, (place, *_) in owners.items()
        )

    def _parameters(self, place: int) -> str:
        item = self._items[place]
        return item.nodeid[len(function_id(item)) :]

    # Node ids

    def _find_node(self, name: str, seen_from: int | None) -> _Meaning | None:
        item = None if seen_from is None else self._items[seen_from]
        found = self._index.find(name, item)
        if len(found) > 1:
            raise UnclearError(_ambiguous(name, found))
        return _Meaning(found[0].places, found[0].is_group) if found else None

    # Templates

    def _fill_in(
        self, name: str, blanks: list[str], seen_from: int, own: Iterable[str]
    ) -> _Meaning:
        """Find the tests with the dependent's own values, by their text or themselves.

        By themselves, where pytest has another text for them or more parameters.
        """
        item = self._items[seen_from]
        values = own_parameters(item)
        for blank in blanks:
            if blank not in values:
                raise UnclearError(_no_parameter(name, blank, item))
        texts = {blank: describe_value(values[blank]) for blank in blanks}
        shown = {
            blank: repr(values[blank]) if text is None else text
            for blank, text in texts.items()
        }
        filled = fill(name, shown)
        found = None
        if all(text is not None for text in texts.values()):
            found = self._find_literally(filled, seen_from)
        if found is None:
            found = self._find_by_value(name, blanks, shown, seen_from)
        if found is None:
            raise UnresolvedError(self._unknown(filled, own, written=name))
        return found

    def _find_by_value(
        self, name: str, blanks: list[str], texts: dict[str, str], seen_from: int
    ) -> _Meaning | None:
        base, brackets = split_template(name)
        base = fill(base, texts)
        found = self._find_literally(base, seen_from) if brackets else None
        if found is None:
            return None
        # One name may mean another function elsewhere, never one with the same test.
        key = base, found.places[0], tuple(blanks)
        index = self._values.get(key)
        if index is None:
            index = ValueIndex(self._items, found.places, blanks)
            self._values[key] = index
        own = own_parameters(self._items[seen_from])
        matches = compile_blanks(brackets).fullmatch
        same = index.find(tuple(own[blank] for blank in blanks))
        places = [each for each in same if matches(self._parameters(each))]
        return _Meaning(places, found.is_group) if places else None

    # Globs

    def _match(self, name: str) -> _Meaning:
        """Find all that matches: ids, tests and classes; if none, files and folders."""
        known = self._globs.get(name)
        if known is None:
            glob = compile_glob(name)
            places = [
                place
                for each in self._ids
                if glob.match_parent is None and glob.match_name(each)
                for place in self._gather(each).places
            ]
            nodes = self._index.match(glob)
            inner = [node for node in nodes if not node.is_path]
            for node in inner or ([] if places else nodes):
                places.extend(node.places)
            known = self._globs[name] = sorted(set(places))
        if not known:
            raise UnresolvedError(f"{name!r}, which matches no test")
        return _Meaning(known, is_group=True)

    # Problems

    def _unknown(self, name: str, own: Iterable[str], written: str = "") -> str:
        """Say that nothing has a name, and what is alike.

        :param own: names of the dependent, which are not worth an offer.
        :param written: the template that the name was made from.
        """
        # A look-alike may be written as an id, as a bare name or as a node id.
        is_long = "/" in name or "::" in name
        known = self._known.get(is_long)
        if known is None:
            nodes = self._index.nodes if is_long else ()
            names = (*self._ids, *self._index.names, *nodes)
            known = self._known[is_long] = KnownNames(names)
        alike = known.find_alike(name, without=own)
        hint = " or ".join(self._offer(each) for each in alike)
        origin = f" (from {written!r})" if written else ""
        question = f"; did you mean {hint}?" if hint else ""
        return f"unknown test {name!r}{origin}{question}"

    def _offer(self, name: str) -> str:
        if name in self._ids:
            firsts = [group[0] for group in self._ids[name].values()]
            nodes: list[Node] = [self._items[place] for place in firsts]
        else:
            nodes = [named.node for named in self._index.get(name)]
        where = dict.fromkeys(map(location, nodes))
        return place_name(repr(name), [each for each in where if each != name])


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
            marked = (_find_marked(items[p], owner) for owner, p in owners.items())
            places = ", ".join(map(location, marked))
            yield f"task id {name!r} is used more than once: {places}"


def _find_marked(item: pytest.Item, owner: str) -> Node:
    """Return what bears an id: a test, or its class or file."""
    for node in item.listchain():
        if node.nodeid == owner and isinstance(node, pytest.Item | pytest.Collector):
            return node
    return item


def _ambiguous(name: str, nodes: Sequence[Named]) -> str:
    some = ", ".join(_show(node) for node in nodes[:OFFERS])
    more = ", ..." if len(nodes) > OFFERS else ""
    return f"{name!r}, which may mean any of {some}{more}; give more of its node id"


def _show(node: Named) -> str:
    where = location(node.node)
    return place_name(node.id, [where] if where != node.id else [])


def _no_parameter(name: str, blank: str, item: pytest.Item) -> str:
    function = function_id(item).rpartition("::")[2]
    own = " and ".join(map(repr, own_parameters(item)))
    has = f"its parameters are {own}" if own else "it has none"
    return f"{name!r}, but {function} has no parameter {blank!r}; {has}"
