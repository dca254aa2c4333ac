"""Tasks and their dependencies as a checked, acyclic graph, and its phases.

Knows nothing of what has run; see ``dispatch`` for that. Every algorithm here is a
loop over a worklist, so a chain of 100,000 tasks is no deeper than a chain of two.
"""

from __future__ import annotations

import difflib
from bisect import bisect
from collections.abc import Iterable, MutableSequence, Sequence
from functools import cached_property

from .cycles import find_cycles
from .edges import Condition, get_ids, read_dependencies
from .errors import CycleError, DuplicateTaskError, UnknownDependencyError
from .model import Blocked, Task
from .shards import connect

#: How many look-alikes an error about an unknown id offers.
NEAREST_LIMIT = 3

#: How far in the alphabet they are looked for; to compare two ids takes 100 us.
COMPARED_REACH = 500


class TaskGraph:
    """An immutable directed acyclic graph of tasks.

    Tasks are numbered by their position in ``tasks``; every list of this class is
    indexed by, or holds, those numbers.

    :ivar tasks: the tasks in the order given.
    :ivar dependencies: for each task, what it depends on in whatever way, without
        repetition.
    :ivar dependents: for each task, what depends on it, in the order given.
    :ivar conditions: the dependencies that are more than tasks that must complete.
    :ivar must_complete: for each task that has conditions, what must complete besides.
    :ivar passed_dependents: for each task, what it must complete for.
    :ivar phases: the tasks level by level: a task is in the phase after the last of
        its dependencies, and each phase keeps the order given.
    :ivar phase_of: for each task, the number of its phase.

    >>> graph = TaskGraph([Task(id="a"), Task(id="b", dependencies=("a",))])
    >>> graph.phases
    [[0], [1]]
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        """Build and check the graph.

        :raises DuplicateTaskError: two tasks share an id.
        :raises UnknownDependencyError: a task depends on an id that is not there.
        :raises CycleError: tasks depend on one another in a circle.
        """
        self.tasks = tuple(tasks)
        self._index = _number_ids(self.tasks)
        self.dependencies: list[tuple[int, ...]] = []
        self.dependents: list[list[int]] = [[] for _ in self.tasks]
        self.conditions: list[Condition] = []
        self.must_complete: dict[int, tuple[int, ...]] = {}
        self._connect()
        self.passed_dependents = self.dependents
        if self.conditions:
            self.passed_dependents = self._select_passed()
        self.phases, self.phase_of = self._sort_into_phases()

    def __len__(self) -> int:
        return len(self.tasks)

    def __repr__(self) -> str:
        return f"<TaskGraph: {len(self.tasks)} tasks in {len(self.phases)} phases>"

    def index(self, task_id: str) -> int:
        """Return the number of the task with this id; ``KeyError`` if unknown."""
        return self._index[task_id]

    def _connect(self) -> None:
        index, dependents = self._index, self.dependents
        connect = self.dependencies.append
        for number, task in enumerate(self.tasks):
            if not task.dependencies:
                connect(())
                continue
            try:
                # What is no id is not found either; most tasks name ids alone.
                found = {index[name]: None for name in task.dependencies}  # type: ignore[index]
            except KeyError:
                found = self._read(number, task)
            for dependency in found:
                dependents[dependency].append(number)
            connect(tuple(found))

    def _read(self, number: int, task: Task) -> dict[int, None]:
        """Take note of a task's conditions; return all that it depends on."""
        try:
            plain, conditions = read_dependencies(number, task, self._index)
        except KeyError as missing:
            raise self._unknown(task, missing.args[0]) from None
        if conditions:
            self.conditions += conditions
            self.must_complete[number] = tuple(plain)
        return {self._index[name]: None for name in get_ids(task)}

    def _select_passed(self) -> list[list[int]]:
        selected: list[list[int]] = [[] for _ in self.tasks]
        for number, found in enumerate(self.dependencies):
            for dependency in self.must_complete.get(number, found):
                selected[dependency].append(number)
        return selected

    def _unknown(self, task: Task, name: str) -> UnknownDependencyError:
        # Next to its place in the alphabet are the ids that begin like it.
        known = sorted(self._index)
        place = bisect(known, name)
        around = known[max(0, place - COMPARED_REACH) : place + COMPARED_REACH]
        nearest = difflib.get_close_matches(name, around, n=NEAREST_LIMIT)
        return UnknownDependencyError(task.id, name, nearest)

    def _sort_into_phases(self) -> tuple[list[list[int]], list[int]]:
        dependents = self.dependents
        missing = list(map(len, self.dependencies))
        phase_of = [0] * len(missing)
        phases: list[list[int]] = []
        current = [number for number, count in enumerate(missing) if not count]
        while current:
            following = []
            for number in current:
                phase_of[number] = len(phases)
                for dependent in dependents[number]:
                    missing[dependent] -= 1
                    if not missing[dependent]:
                        following.append(dependent)
            phases.append(current)
            current = sorted(following)
        if any(missing):
            raise self._circular(missing)
        return phases, phase_of

    def _circular(self, missing: Sequence[int]) -> CycleError:
        left = [number for number, count in enumerate(missing) if count]
        circles = find_cycles(self.dependencies, left)
        return CycleError([[self.tasks[n].id for n in c] for c in circles])

    @cached_property
    def critical_lengths(self) -> list[float]:
        """For each task, the length of the longest chain from its start on.

        In the tasks' estimates where there are any, otherwise in tasks (1 each).
        """
        lengths = list(self.expected)
        for phase in reversed(self.phases):
            for number in phase:
                behind = self.dependents[number]
                if behind:
                    lengths[number] += max([lengths[other] for other in behind])
        return lengths

    @cached_property
    def critical_path(self) -> list[int]:
        """The longest chain, in order; of equals the one that stands first."""
        path: list[int] = []
        following: Sequence[int] = range(len(self))
        while following:
            path.append(max(following, key=self.critical_lengths.__getitem__))
            following = self.dependents[path[-1]]
        return path

    @cached_property
    def expected(self) -> list[float]:
        """For each task its estimate, or else the mean of all estimates, or else 1."""
        estimates = [task.estimate for task in self.tasks]
        known = [estimate for estimate in estimates if estimate is not None]
        default = sum(known) / len(known) if known else 1.0
        return [default if own is None else own for own in estimates]

    @cached_property
    def components(self) -> list[list[int]]:
        """The groups of tasks that are connected, in whatever way, heaviest first.

        Weighed by ``expected``; of equals the one goes first whose first member does.
        """
        edges = (
            (n, other) for n, found in enumerate(self.dependencies) for other in found
        )
        weights = self.expected
        return sorted(
            connect(len(self), edges),
            key=lambda group: -sum(weights[number] for number in group),
        )

    def block_dependents(
        self, place: int, error: str, ended: MutableSequence[int]
    ) -> list[Blocked]:
        """End everything that waits for a task, by worklist.

        For a graph without conditions.

        :param error: what became of the task.
        :param ended: for each place whether it has ended; is filled in.
        """
        tasks = self.tasks
        blocked = []
        work = [place]
        for cause in work:
            for dependent in self.dependents[cause]:
                if not ended[dependent]:
                    ended[dependent] = True
                    work.append(dependent)
                    blocked.append(
                        Blocked(tasks[dependent], tasks[cause], tasks[place], error)
                    )
        return blocked


def _number_ids(tasks: Sequence[Task]) -> dict[str, int]:
    index = {task.id: number for number, task in enumerate(tasks)}
    if len(index) < len(tasks):
        seen = set[str]()
        for task in tasks:
            if task.id in seen:
                raise DuplicateTaskError(task.id)
            seen.add(task.id)
    return index


def get_independent_tasks(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks that depend on no other task of the same set, in order.

    Dependencies on ids outside the set do not count: whoever passes a part of a
    graph has taken care of the rest.
    """
    tasks = list(tasks)
    ids = {task.id for task in tasks}
    return [
        task
        for task in tasks
        if not any(name in ids and name != task.id for name in get_ids(task))
    ]


def rank_places(
    graph: TaskGraph, *, by_component: bool = False
) -> tuple[list[int], list[int]]:
    """Return all places in the order of rule 6, and for each its rank there.

    :param by_component: in that of rule 15.
    """
    lengths = graph.critical_lengths
    # Reversed or not, sorting keeps equals in graph order.
    by_rank = sorted(range(len(graph)), key=lengths.__getitem__, reverse=True)
    if by_component:
        turns = [0] * len(graph)
        for turn, group in enumerate(graph.components):
            for place in group:
                turns[place] = turn
        by_rank.sort(key=turns.__getitem__)
    priorities = [task.priority for task in graph.tasks]
    if any(priorities):
        by_rank.sort(key=priorities.__getitem__)
    rank_of = [0] * len(by_rank)
    for rank, place in enumerate(by_rank):
        rank_of[place] = rank
    return by_rank, rank_of


def find_longest_chain(
    order: Iterable[int], before: Sequence[Iterable[int]], lengths: Sequence[float]
) -> list[int]:
    """Return the longest chain of what follows one another, in order.

    :param order: the places to look at, each after those that it comes after.
    :param before: for each place those that it comes after.
    :param lengths: of each place.
    """
    reach: dict[int, float] = {}
    previous: dict[int, int] = {}

    def rank(place: int) -> tuple[float, int]:
        return reach[place], -place  # of equals the one that stands first

    for place in order:
        if ahead := [other for other in before[place] if other in reach]:
            previous[place] = max(ahead, key=rank)
        reach[place] = lengths[place] + (reach[previous[place]] if ahead else 0.0)
    path = [max(reach, key=rank)] if reach else []
    while path and path[-1] in previous:
        path.append(previous[path[-1]])
    return path[::-1]
