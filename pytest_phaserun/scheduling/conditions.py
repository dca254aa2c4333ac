"""What the end of a task means to those that wait for it under conditions.

Data for rules 1 and 7 of ``dispatch``, which says what is done with it. A graph of
tasks that all must complete needs none of this; see ``TaskGraph.block_dependents``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import MutableSequence
from typing import NamedTuple

from ..edges import Condition
from ..graph import TaskGraph
from ..model import Blocked, Require, Status, When

#: The ends that satisfy a condition.
_SATISFYING = {
    When.PASSED: {Status.COMPLETED},
    When.FAILED: {Status.FAILED, Status.TIMEOUT},
    When.FINISHED: set(Status),
}

#: So many tasks of a condition are named in a reason.
_NAMED = 2


class _Fate(NamedTuple):
    """How a task ended.

    :ivar root: the place of the task that is to blame for it, often its own.
    :ivar error: what became of the root, in words.
    :ivar is_innocent: it passed, or it was not needed since others passed.
    """

    status: Status
    root: int
    error: str
    is_innocent: bool


class Conditions:
    """Belongs to one run, as does the dispatcher that owns it.

    :param ended: for each place whether it has ended; is filled in.
    :ivar _left: for each condition how many ends could still decide it, 0 once it has
        been decided.
    :ivar _watching: by place, the numbers of the conditions that look at it.
    """

    def __init__(self, graph: TaskGraph, ended: MutableSequence[int]) -> None:
        self._graph = graph
        self._ended = ended
        self._left = [len(condition.places) for condition in graph.conditions]
        self._watching: defaultdict[int, list[int]] = defaultdict(list)
        for number, condition in enumerate(graph.conditions):
            for place in condition.places:
                self._watching[place].append(number)
        self._fates: dict[int, _Fate] = {}

    def spread(
        self, place: int, status: Status, error: str
    ) -> tuple[list[Blocked], list[int]]:
        """Take note of an end and, by worklist, of those that it brings about.

        :returns: the tasks that are blocked, and the places of those for which one
            thing that they wait for has come true, once for each thing.
        """
        completed = status is Status.COMPLETED
        text = "passed" if completed else error
        self._fates[place] = _Fate(status, place, text, completed)
        blocked: list[Blocked] = []
        satisfied: list[int] = []
        work = [place]
        for cause in work:
            found = self._decide(cause, satisfied)
            for dependent, condition in found:
                if not self._ended[dependent]:
                    work.append(dependent)
                    blocked.append(self._block(dependent, cause, condition))
        return blocked, satisfied

    def _decide(
        self, place: int, satisfied: list[int]
    ) -> list[tuple[int, Condition | None]]:
        """Return whom an end blocks and by which condition, if by one."""
        status = self._fates[place].status
        broken: list[tuple[int, Condition | None]] = []
        plain = self._graph.passed_dependents[place]
        if status is Status.COMPLETED:
            satisfied += plain
        else:
            broken += [(dependent, None) for dependent in plain]
        for number in self._watching.pop(place, ()):
            condition = self._graph.conditions[number]
            if not (left := self._left[number]):
                continue
            is_good = status in _SATISFYING[condition.when]
            # One good end is enough for any, one bad end too much for all.
            is_decisive = is_good is (condition.require is Require.ANY)
            self._left[number] = left = 0 if is_decisive else left - 1
            if not left and is_good:
                satisfied.append(condition.dependent)
            elif not left:
                broken.append((condition.dependent, condition))
        return broken

    def _block(
        self, dependent: int, cause: int, condition: Condition | None
    ) -> Blocked:
        if condition is not None and condition.require is Require.ANY:
            cause = self._find_cause(condition)
        fate = self._fates[cause]
        self._ended[dependent] = True
        self._fates[dependent] = _Fate(
            Status.BLOCKED, fate.root, fate.error, fate.is_innocent
        )
        tasks = self._graph.tasks
        return Blocked(
            tasks[dependent],
            tasks[cause],
            tasks[fate.root],
            fate.error,
            self._explain(cause, condition),
            fate.is_innocent,
        )

    def _find_cause(self, condition: Condition) -> int:
        """Return the first task for which nothing has gone wrong only if all are so."""
        for place in condition.places:
            if not self._fates[place].is_innocent:
                return place
        return condition.places[0]

    # Reasons

    def _explain(self, cause: int, condition: Condition | None) -> str | None:
        """Return the reason, unless a blocked task can tell it itself."""
        if condition is not None and condition.require is Require.ANY:
            return self._explain_any(condition)
        name, fate = self._name(cause), self._fates[cause]
        if condition is not None:
            return f"runs only if {name} fails, and it {self._tell(cause)}"
        if fate.is_innocent:
            return f"depends on {name}, not needed since {self._name(fate.root)} passed"
        return None

    def _tell(self, place: int) -> str:
        fate = self._fates[place]
        root = self._name(fate.root)
        if fate.status is Status.COMPLETED:
            return "passed"
        if fate.root == place:
            return f"did not ({fate.error})"
        if fate.is_innocent:
            return f"was not needed since {root} passed"
        return f"was blocked by {root} ({fate.error})"

    def _explain_any(self, condition: Condition) -> str:
        named = condition.places[:_NAMED]
        more = len(condition.places) - len(named)
        names = [self._name(place) for place in named]
        names.append(f"{more} more" if more else names.pop())
        among = f"{', '.join(names[:-1])} and {names[-1]}"
        ends = ", ".join(map(self._tell_end, named)) + (", ..." if more else "")
        if condition.when is When.FAILED:
            return f"runs only if any of {among} fails; none did: {ends}"
        return f"depends on any of {among}; none passed: {ends}"

    def _tell_end(self, place: int) -> str:
        fate = self._fates[place]
        text = fate.error
        if fate.root != place:
            root = self._name(fate.root)
            text = "not needed" if fate.is_innocent else f"blocked by {root}"
        return f"{self._name(place)} ({text})"

    def _name(self, place: int) -> str:
        return self._graph.tasks[place].id
