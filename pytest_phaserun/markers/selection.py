"""Which tests a run needs: those selected and, by worklist, those they depend on.

Nothing is judged that the selection does not need: a mistake in a test that neither
runs nor is depended on stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from .own import Declaration, Node, Reference, location, read_marks
from .resolve import Names, UnresolvedError


@dataclass(slots=True, kw_only=True)
class Selection:
    """The tests to run and what each depends on.

    :ivar items: the prerequisites pulled in, then the tests selected.
    :ivar pulled_in: how many of ``items`` were not selected.
    :ivar declarations: what the marks of each of ``items`` say.
    :ivar dependencies: for each of ``items``, the tests it depends on.
    :ivar unresolved: tests with a name that could not be resolved, and why.
    :ivar problems: one line for each mistake in the marks.
    """

    items: list[pytest.Item] = field(default_factory=list)
    pulled_in: int = 0
    declarations: list[Declaration] = field(default_factory=list)
    dependencies: list[list[pytest.Item]] = field(default_factory=list)
    unresolved: list[tuple[pytest.Item, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def select(
    collected: Sequence[pytest.Item], wanted: Sequence[pytest.Item]
) -> Selection:
    """Close the selection under dependencies.

    :param collected: every test that names may mean.
    :param wanted: the tests to run, in their order; all of them were collected.
    """
    selection = Selection()
    unread: dict[pytest.Item, list[str]] = {}
    declared = {}
    for item in collected:
        declared[item] = read_marks(item, unread.setdefault(item, []))
    edges = _Edges(collected, [declared[item] for item in collected], selection)
    edges.follow(wanted)
    chosen = set(wanted)
    pulled_in = [i for i in collected if i in edges.found and i not in chosen]
    selection.items = [*pulled_in, *wanted]
    selection.pulled_in = len(pulled_in)
    selection.declarations = [declared[item] for item in selection.items]
    selection.dependencies = [edges.found[item] for item in selection.items]
    for item in selection.items:
        selection.problems.extend(unread[item])
    return selection


class _Edges:
    """Resolves the references of one test after another; fills ``found``."""

    def __init__(
        self,
        collected: Sequence[pytest.Item],
        declarations: Sequence[Declaration],
        selection: Selection,
    ) -> None:
        self._collected = collected
        self._declarations = declarations
        self._selection = selection
        self._place = {item: place for place, item in enumerate(collected)}
        self._names: Names | None = None
        self.found: dict[pytest.Item, list[pytest.Item]] = {}
        if any(each.ids or each.references for each in declarations):
            self._names = Names(collected, declarations)

    def follow(self, wanted: Iterable[pytest.Item]) -> None:
        work = list(wanted)
        for item in work:
            if item in self.found:
                continue
            self.found[item] = self._dependencies(item)
            work.extend(self.found[item])
        if self._names is not None:
            needed = {self._place[item] for item in self.found}
            self._selection.problems.extend(self._names.find_duplicates(needed))

    def _dependencies(self, item: pytest.Item) -> list[pytest.Item]:
        place = self._place[item]
        found: dict[int, None] = {}
        for reference in self._declarations[place].references:
            found.update(dict.fromkeys(self._resolve(place, reference)))
        return [self._collected[each] for each in found]

    def _resolve(self, place: int, reference: Reference) -> list[int]:
        assert self._names is not None
        item, owner = self._collected[place], reference.owner
        try:
            means = self._names.resolve(place, reference)
        except UnresolvedError as error:
            text = f"{location(owner)}: {_name(owner)} depends on {error}"
            self._selection.unresolved.append((item, text))
            return []
        if owner is item and len(means) == 1:
            return means
        # A name that covers several tests, or that a class hands down, may cover the
        # dependent as well; it does not mean that test itself.
        return [each for each in means if each != place]


def _name(owner: Node) -> str:
    """Return what a mark stands on, without its file and parameters."""
    base = owner.nodeid.partition("[")[0]
    return base.partition("::")[2] or base
