"""From selected tests to tasks: which of them run alone, and what they share.

Says nothing of who runs them, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from .errors import SHOWN_IDS, CycleError, format_cycle
from .markers.declared import Declaration, Use
from .markers.elsewhere.configured import find_entry
from .markers.places import location
from .markers.selection import Edge, Selection
from .markers.timeout import read_timeout
from .memory import Memory
from .model import Claim, Dependency, Reason, Require, Resource, Task, When
from .options import EXCLUSIVE
from .settings import Settings


class Planner:
    """Makes the tasks of one run.

    :param memory: what earlier runs have shown.
    :param keeps_order: of tests that may start, the one that stands first goes first.
    :ivar alone: why tests run alone, by their place.
    """

    def __init__(
        self, settings: Settings, memory: Memory, *, keeps_order: bool = False
    ) -> None:
        self._settings = settings
        self._keeps_order = keeps_order
        self._remembered = memory.recall_alone()
        self._history = memory.durations
        self.alone: dict[int, Reason] = {}

    def make_serial_tasks(self, selection: Selection) -> list[Task]:
        """Return tasks that run one at a time."""
        return self._make_tasks(selection, lambda place: {"exclusive": True})

    def make_separate_tasks(self, selection: Selection) -> list[Task]:
        """Return tasks each of which has a process for itself while it runs."""
        for place, item in enumerate(selection.items):
            reason = self._why_alone(item, selection.declarations[place])
            if reason is not None:
                self.alone[place] = reason
        return self._make_tasks(
            selection,
            lambda place: {
                "exclusive": place in self.alone,
                "claims": tuple(map(_claim, selection.declarations[place].uses)),
            },
        )

    def make_tasks(self, selection: Selection) -> list[Task]:
        """Return tasks that run beside one another as far as that is safe."""
        # Imported only where tests run beside one another: it needs pytest's privates.
        from .isolation.fixtures import shares_below_session, wide_claims
        from .isolation.random_state import seeds_every_test
        from .isolation.safety import Safety

        items = selection.items
        is_seeded = bool(items) and seeds_every_test(items[0].config)
        safety = Safety(is_seeded=is_seeded) if self._settings.detect else None
        for place, item in enumerate(items):
            reason = self._why_alone(item, selection.declarations[place])
            if reason is None and safety is not None:
                found = safety.why_alone(item)
                reason = found and Reason(cause=found.cause, text=found.text)
            if reason is not None:
                self.alone[place] = reason
        groups = self._find_groups(items, shares_below_session)
        claimed = wide_claims(items)

        def describe(place: int) -> dict[str, Any]:
            of_fixtures = (
                Claim(thing=thing, state=state)
                for thing, state in claimed[place].items()
            )
            of_marks = map(_claim, selection.declarations[place].uses)
            return {
                "exclusive": place in self.alone,
                "claims": (*of_marks, *of_fixtures),
                "group": groups.get(place),
            }

        return self._make_tasks(selection, describe)

    def _why_alone(self, item: pytest.Item, declared: Declaration) -> Reason | None:
        """Return what the user or an earlier run says, ``None`` if it is nothing."""
        if declared.alone:
            marked = f"marked {declared.alone}"
            return Reason(cause=marked, text=marked)
        entry = find_entry(item, self._settings.exclusive)
        if entry is not None:
            return Reason(cause=EXCLUSIVE.key, text=f"{EXCLUSIVE.key} has {entry!r}")
        remembered = self._remembered.get(item.nodeid)
        if remembered is not None:
            return Reason(cause="an earlier run", text=remembered)
        return None

    def _make_tasks(
        self, selection: Selection, describe: Callable[[int], dict[str, Any]]
    ) -> list[Task]:
        """Make a task for each test.

        :param describe: returns what else is known of the test at a place.
        """
        ids = _unique_ids(selection.items)
        priorities = self._find_priorities(selection)
        return [
            Task(
                id=ids[item],
                dependencies=tuple(_depend(selection.edges[place], ids)),
                priority=priorities[place],
                timeout=_find_timeout(item, selection.declarations[place]),
                estimate=self._history.get(ids[item]),
                **describe(place),
            )
            for place, item in enumerate(selection.items)
        ]

    def _find_priorities(self, selection: Selection) -> list[int]:
        """Return the priority of each test; all are different in a random order."""
        places = range(len(selection.items))
        declared = [_find_priority(selection, place) for place in places]
        if not self._keeps_order:
            return declared
        found = [0] * len(declared)
        # Sorting keeps equals in the random order.
        for rank, place in enumerate(sorted(places, key=declared.__getitem__)):
            found[place] = rank
        return found

    def _find_groups(
        self, items: Sequence[pytest.Item], shares: Callable[[pytest.Item], bool]
    ) -> dict[int, str]:
        """Return the file of each test for which one of its fixtures is kept up.

        Only of files that have tests of both kinds, beside others and alone.
        """
        modules: dict[int, str] = {}
        for place, item in enumerate(items):
            module = item.getparent(pytest.Module)
            if module is not None:
                modules[place] = module.nodeid
        mixed = {modules[place] for place in self.alone if place in modules}
        return {
            place: module
            for place, module in modules.items()
            if module in mixed and shares(items[place])
        }


def _depend(
    edges: Iterable[Edge], ids: Mapping[pytest.Item, str]
) -> Iterator[str | Dependency]:
    for edge in edges:
        named = tuple(ids[item] for item in edge.items)
        if edge.when is When.PASSED and edge.require is Require.ALL:
            yield from named
        else:
            yield Dependency(ids=named, when=edge.when, require=edge.require)


def _find_priority(selection: Selection, place: int) -> int:
    declared = selection.declarations[place]
    if declared.priority or not declared.keeps_order:
        return declared.priority
    return place - len(selection.items)


def _claim(use: Use) -> Claim:
    """Return the claim to a resource; those that share it take none of its units."""
    thing = Resource(use.resource)
    if use.is_shared:
        return Claim(thing=thing, state="read")
    return Claim(thing=thing, state="write", units=use.units)


def find_too_large(
    selection: Selection, capacities: Mapping[str, int]
) -> Iterator[str]:
    """Yield one line for each test that wants more of a resource than there is."""
    for item, declared in zip(selection.items, selection.declarations, strict=True):
        for use in declared.uses:
            capacity = capacities.get(use.resource, 1)
            if not use.is_shared and use.units > capacity:
                yield (
                    f"{location(item)}: {item.name} wants {use.units} units of the "
                    f"resource {use.resource!r}, which has {capacity}; say how many "
                    "there are in the table 'resources' of [tool.phaserun]"
                )


def _find_timeout(item: pytest.Item, declared: Declaration) -> float | None:
    """Return the limit that marks give to setup and call together, in seconds."""
    if declared.timeout is not None:
        return declared.timeout
    found = read_timeout(item)
    return None if found is None or found.call_only else found.seconds


def _unique_ids(items: Sequence[pytest.Item]) -> dict[pytest.Item, str]:
    """Number the node ids that come up more than once (``--keep-duplicates``)."""
    seen: dict[str, int] = {}
    ids = {}
    for item in items:
        number = seen[item.nodeid] = seen.get(item.nodeid, 0) + 1
        ids[item] = item.nodeid if number == 1 else f"{item.nodeid} #{number}"
    return ids


def describe_cycles(
    error: CycleError, tasks: Iterable[Task], items: Iterable[pytest.Item]
) -> Iterator[str]:
    """Yield one line for each circle, with the places of its tests.

    :param items: the tests of the tasks.
    """
    where = {task.id: item for task, item in zip(tasks, items, strict=True)}
    for cycle in error.cycles:
        places = [*dict.fromkeys(location(where[name]) for name in cycle[:SHOWN_IDS])]
        if len(cycle) > SHOWN_IDS:
            places.append("...")
        text = f"{format_cycle(cycle)} ({', '.join(places)})"
        yield f"{text}; remove one of these dependencies"
