"""Which tests a run needs: those selected and, by worklist, those they depend on.

Nothing is judged that the selection does not need: a mistake in a test that neither
runs nor is depended on stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import pytest

from ..model import Require, When
from ..options import Deselected, Missing
from .declared import Declaration, Need, Node, Reference
from .dialect import Dialect, Lookup, UnclearError, UnresolvedError
from .names.resolve import find_duplicates
from .places import function_id, location
from .reading import Reader
from .sought import Sought, seek_others, seek_unknown


class Edge(NamedTuple):
    """Tests that one test depends on, and how."""

    items: tuple[pytest.Item, ...]
    when: When
    require: Require


class Rules(NamedTuple):
    """What becomes of tests that depend on others that are not there to be run.

    :ivar deselected: the others were not selected.
    :ivar missing: the others are not known.
    :ivar refused: how the node ids of tests begin that are never pulled in.
    """

    deselected: Deselected = Deselected.RUN
    missing: Missing = Missing.ERROR
    refused: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Selection:
    """The tests to run and what each depends on.

    :ivar items: the prerequisites pulled in, then the tests selected.
    :ivar declarations: what the marks of each of ``items`` say.
    :ivar edges: for each of ``items``, the tests it depends on.
    :ivar unresolved: tests with a name that means nothing, and what to say of it.
    :ivar skipped: tests that depend on others that were not selected, and what to say
        of it.
    :ivar sought: what files that were not collected may know of the names.
    :ivar problems: one line for each mistake in the marks.
    """

    items: list[pytest.Item] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    unresolved: list[tuple[pytest.Item, str]] = field(default_factory=list)
    skipped: dict[pytest.Item, str] = field(default_factory=dict)
    sought: dict[Sought, None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def arrange(self, places: Sequence[int]) -> None:
        """Keep the tests at some places, in the order of those."""
        self.items = [self.items[place] for place in places]
        self.declarations = [self.declarations[place] for place in places]
        self.edges = [self.edges[place] for place in places]


DEFAULT_RULES = Rules()


def select(
    collected: Sequence[pytest.Item],
    wanted: Sequence[pytest.Item],
    reader: Reader,
    rules: Rules = DEFAULT_RULES,
) -> Selection:
    """Close the selection under dependencies.

    :param collected: every test that names may mean.
    :param wanted: the tests to run, in their order; all of them were collected.
    """
    selection = Selection()
    unread: dict[pytest.Item, list[str]] = {}
    declared = {}
    for item in collected:
        declared[item] = reader.read(item, unread.setdefault(item, []))
    declarations = [declared[item] for item in collected]
    chosen = set(wanted)
    edges = _Edges(collected, declarations, selection, reader.dialects)
    edges.follow(wanted, _Filter(chosen, rules))
    pulled_in = [i for i in collected if i in edges.found and i not in chosen]
    selection.items = [*pulled_in, *wanted]
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

    def follow(self, wanted: Iterable[pytest.Item], only: _Filter) -> None:
        work = list(wanted)
        for item in work:
            if item not in self.found:
                edges = self.found[item] = self._find(item, only)
                work.extend(other for edge in edges for other in edge.items)
        self._connect_found()
        needed = {self._place[item] for item in self.found}
        duplicates = find_duplicates(self._collected, self._declarations, needed)
        self._selection.problems.extend(duplicates)

    def _find(self, item: pytest.Item, only: _Filter) -> list[Edge]:
        """Return what a test depends on; nothing if it will be skipped."""
        place = self._place[item]
        known = len(self._selection.unresolved)
        edges = []
        for need in self._declarations[place].needs:
            if not need.pulls_in:
                continue
            edge, reason = only.apply(_edge(self._find_tests(place, need), need))
            if reason is not None:
                self._selection.skipped.setdefault(item, reason)
            if edge.items:
                edges.append(edge)
        is_unknown = len(self._selection.unresolved) > known
        is_skipped = item in self._selection.skipped
        return [] if is_skipped or (is_unknown and only.skips_unknown) else edges

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
            if not reference.is_optional:
                self._note_unresolved(item, reference, verb, error)
            return []
        others = seek_others(item, reference.name, (self._collected[i] for i in means))
        if others is not None:
            self._selection.sought[others] = None
        if owner is item and reference.source is None and len(means) == 1:
            return means
        # A name that covers several tests, or that a class hands down, may cover the
        # dependent as well; it does not mean that test itself.
        return [each for each in means if each != place]

    def _note_unresolved(
        self,
        item: pytest.Item,
        reference: Reference,
        verb: str,
        error: UnresolvedError,
    ) -> None:
        owner = reference.owner
        where = reference.source or f"{location(owner)}: {_name(owner)}"
        text = f"{where} {verb} {error}"
        self._selection.sought[seek_unknown(reference.name)] = None
        if isinstance(error, UnclearError):
            self._selection.problems.append(text)
        else:
            self._selection.unresolved.append((item, text))

    def _look_up(self, dialect: str) -> Lookup:
        """Return who knows the names of a dialect; they are learnt when first asked."""
        lookup = self._lookups.get(dialect)
        if lookup is None:
            make = self._dialects[dialect].make_lookup
            lookup = self._lookups[dialect] = make(self._collected, self._declarations)
        return lookup


class _Filter:
    """Leaves out of edges the tests that are not to be run.

    :param chosen: the tests that were selected.
    """

    def __init__(self, chosen: set[pytest.Item], rules: Rules) -> None:
        self._chosen = chosen
        self._rules = rules
        self.skips_unknown = rules.missing is Missing.SKIP

    def apply(self, edge: Edge) -> tuple[Edge, str | None]:
        """Return what is left of an edge, and why its dependent is to be skipped."""
        left = tuple(item for item in edge.items if self._may_run(item))
        if len(left) == len(edge.items):
            return edge, None
        reason = None
        is_enough = edge.require is Require.ANY and left
        is_order = edge.when is When.FINISHED
        if not (is_enough or is_order or self._is_ignoring):
            out = next(item for item in edge.items if not self._may_run(item))
            how = (
                "deselected by --deselect" if self._is_refused(out) else "not selected"
            )
            reason = f"depends on {out.nodeid}, which was {how}"
        return edge._replace(items=left), reason

    @property
    def _is_ignoring(self) -> bool:
        return self._rules.deselected is Deselected.IGNORE

    def _may_run(self, item: pytest.Item) -> bool:
        if item in self._chosen:
            return True
        pulls_in = self._rules.deselected is Deselected.RUN
        return pulls_in and not self._is_refused(item)

    def _is_refused(self, item: pytest.Item) -> bool:
        return item.nodeid.startswith(self._rules.refused)


def _edge(items: Iterable[pytest.Item], need: Need) -> Edge:
    return Edge(items=tuple(items), when=need.when, require=need.require)


def _name(owner: Node) -> str:
    """Return what a mark stands on, without its file and parameters."""
    base = function_id(owner) if isinstance(owner, pytest.Item) else owner.nodeid
    return base.partition("::")[2] or base
