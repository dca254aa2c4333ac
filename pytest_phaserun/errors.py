"""The errors of the library half; each carries its data as attributes.

Nothing here formats more than one line, and nothing here knows pytest.
"""

from __future__ import annotations

from collections.abc import Sequence


class PhaserunError(Exception):
    """Base of every error that a caller's input can cause."""


class DuplicateTaskError(PhaserunError, ValueError):
    """Two tasks of one set have the same id.

    :ivar task_id: the id in question.
    """

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id
        super().__init__(f"duplicate task id {task_id!r}; ids must be unique")


class UnknownDependencyError(PhaserunError, LookupError):
    """A task depends on an id that no task of the set has.

    :ivar task_id: the dependent.
    :ivar dependency: the id that is missing.
    :ivar nearest: known ids that look alike, best first.
    """

    def __init__(
        self, task_id: str, dependency: str, nearest: Sequence[str] = ()
    ) -> None:
        self.task_id = task_id
        self.dependency = dependency
        self.nearest = tuple(nearest)
        hint = f"; did you mean {self.nearest[0]!r}?" if self.nearest else ""
        super().__init__(f"{task_id!r} depends on unknown task {dependency!r}{hint}")


class CycleError(PhaserunError, ValueError):
    """Tasks depend on one another in a circle.

    :ivar cycles: every independent circle found, each a list of ids in which each
        id depends on the next and the last one depends on the first.
    """

    def __init__(self, cycles: Sequence[Sequence[str]]) -> None:
        self.cycles = tuple(tuple(cycle) for cycle in cycles)
        super().__init__("; ".join(format_cycle(cycle) for cycle in self.cycles))

    @property
    def cycle(self) -> tuple[str, ...]:
        """The first circle."""
        return self.cycles[0]


def format_cycle(cycle: Sequence[str]) -> str:
    """Return one line that shows the circle closed.

    >>> format_cycle(["a", "b"])
    'cycle: a -> b -> a'
    """
    return "cycle: " + " -> ".join((*cycle, cycle[0]))
