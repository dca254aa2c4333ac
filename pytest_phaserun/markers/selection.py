"""Which tests a run needs: those selected and, by worklist, those they depend on.

Nothing is judged that the selection does not need: a mistake in a test that neither
runs nor is depended on stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import pytest

from ..model import Require, When
from .declared import Declaration, Need, Node, Reference
from .dialect import Dialect, Lookup, UnresolvedError
from .places import function_id, location
from .reading import Reader
from .resolve import find_duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Tests that one test depends on, and how."""

    items: tuple[pytest.Item, ...]
    when: When
    require: Require


@dataclass(slots=True, kw_only=True)
class Selection:
    """The tests to run and what each depends on.

    :ivar items: the prerequisites pulled in, then the tests selected.
    :ivar pulled_in: how many of ``items`` were not selected.
    :ivar declarations: what the marks of each of ``items`` say.
    :ivar edges: for each of ``items``, the tests it depends on.
    :ivar unresolved: tests with a name that could not be resolved, and why.
    :ivar problems: one line for each mistake in the marks.
    """

    items: list[pytest.Item] = field(default_factory=list)
    pulled_in: int = 0
    declarations: list[Declaration] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    unresolved: list[tuple[pytest.Item, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def select(
    collected: Sequence[pytest.Item],
    wanted: Sequence[pytest.Item],
    dialects: Sequence[Dialect],
) -> Selection:
    """Close the selection under dependencies.

    :param collected: every test that names may mean.
    :param wanted: the tests to run, in their order; all of them were collected.
    :param dialects: who reads the marks.
    """
    selection = Selection()
    unread: dict[pytest.Item, list[str]] = {}
    declared = {}
    read = Reader(dialects).read
    for item in collected:
        declared[item] = read(item, unread.setdefault(item, []))
    declarations = [declared[item] for item in collected]
    edges = _Edges(collected, declarations, selection, dialects)
    edges.follow(wanted)
    chosen = set(wanted)
    pulled_in = [i for i in collected if i in edges.found and i not in chosen]
    selection.items = [*pulled_in, *wanted]
    selection.pulled_in = len(pulled_in)
    selection.declarations = [declared[item] for item in selection.items]
    selection.edges = [edges.found[item] for item in selection.items]
    for item in selection.items:
        selection.problems.extend(unread[item])
    return selection


class _Edges:
    """Resolves the needs of one test after another; fills ``found``."""

    def __init__(
        self,
        collected: Sequence[pytest.Item],
        declarations: Sequence[Declaration],
        selection: Selection,
        dialects: Sequence[Dialect],
    ) -> None:
        self._collected = collected
        self._declarations = declarations
        self._selection = selection
        self._place = {item: place for place, item in enumerate(collected)}
        self._dialects = {each.name: each for each in dialects}
        self._lookups: dict[str, Lookup] = {}
        self.found: dict[pytest.Item, list[Edge]] = {}

    def follow(self, wanted: Iterable[pytest.Item]) -> None:
        work = list(wanted)
        for item in work:
            if item not in self.found:
                edges = self.found[item] = list(self._find(item))
                work.extend(other for edge in edges for other in edge.items)
        self._connect_found()
        needed = {self._place[item] for item in self.found}
        duplicates = find_duplicates(self._collected, self._declarations, needed)
        self._selection.problems.extend(duplicates)

    def _find(self, item: pytest.Item) -> Iterator[Edge]:
        place = self._place[item]
        for need in self._declarations[place].needs:
            if need.pulls_in:
                found = self._find_tests(place, need)
                if found:
                    yield _edge(found, need)

    def _connect_found(self) -> None:
        """Add what counts only among tests that run anyway."""
        for item in list(self.found):
            place = self._place[item]
            for need in self._declarations[place].needs:
                if need.pulls_in:
                    continue
                found = [i for i in self._find_tests(place, need) if i in self.found]
                if need.is_reversed:
                    for other in found:
                        self.found[other].append(_edge([item], need))
                elif found:
                    self.found[item].append(_edge(found, need))

    def _find_tests(self, place: int, need: Need) -> list[pytest.Item]:
        verb = "comes before" if need.is_reversed else "depends on"
        means = (self._resolve(place, each, verb) for each in need.references)
        return [self._collected[i] for i in dict.fromkeys(chain.from_iterable(means))]

    def _resolve(self, place: int, reference: Reference, verb: str) -> list[int]:
        item, owner = self._collected[place], reference.owner
        try:
            means = self._look_up(reference.dialect).resolve(place, reference)
        except UnresolvedError as error:
            if reference.is_optional:
                return []
            text = f"{location(owner)}: {_name(owner)} {verb} {error}"
            self._selection.unresolved.append((item, text))
            return []
        if owner is item and len(means) == 1:
            return means
        # A name that covers several tests, or that a class hands down, may cover the
        # dependent as well; it does not mean that test itself.
        return [each for each in means if each != place]

    def _look_up(self, dialect: str) -> Lookup:
        """Return who knows the names of a dialect; they are learnt when first asked."""
        lookup = self._lookups.get(dialect)
        if lookup is None:
            make = self._dialects[dialect].make_lookup
            lookup = self._lookups[dialect] = make(self._collected, self._declarations)
        return lookup


def _edge(items: Iterable[pytest.Item], need: Need) -> Edge:
    return Edge(items=tuple(items), when=need.when, require=need.require)


def _name(owner: Node) -> str:
    """Return what a mark stands on, without its file and parameters."""
    base = function_id(owner) if isinstance(owner, pytest.Item) else owner.nodeid
    return base.partition("::")[2] or base
