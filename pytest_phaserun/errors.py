"""The errors of the library half; each carries its data as attributes.

Nothing here formats more than one line, and nothing here knows pytest. An error's
arguments are its data and its text is made when it is asked for, so that errors can
be pickled.
"""

from __future__ import annotations

from collections.abc import Sequence

#: How many ids of a circle, and how many circles, a message shows.
SHOWN_IDS = 10
SHOWN_CYCLES = 10


class PhaserunError(Exception):
    """Base of every error that a caller's input can cause."""


class DuplicateTaskError(PhaserunError, ValueError):
    """Two tasks of one set have the same id.

    :ivar task_id: the id in question.
    """

    def __init__(self, task_id: str) -> None:
        super().__init__(task_id)
        self.task_id = task_id

    def __str__(self) -> str:
        return f"duplicate task id {self.task_id!r}; ids must be unique"


class UnknownDependencyError(PhaserunError, LookupError):
    """A task depends on an id that no task of the set has.

    :ivar task_id: the dependent.
    :ivar dependency: the id that is missing.
    :ivar nearest: known ids that look alike, best first.
    """

    def __init__(
        self, task_id: str, dependency: str, nearest: Sequence[str] = ()
    ) -> None:
        super().__init__(task_id, dependency, nearest)
        self.task_id = task_id
        self.dependency = dependency
        self.nearest = tuple(nearest)

    def __str__(self) -> str:
        hint = f"; did you mean {self.nearest[0]!r}?" if self.nearest else ""
        return f"{self.task_id!r} depends on unknown task {self.dependency!r}{hint}"


class CycleError(PhaserunError, ValueError):
    """Tasks depend on one another in a circle.

    :ivar cycles: every independent circle found, each a list of ids in which each
        id depends on the next and the last one depends on the first.
    """

    def __init__(self, cycles: Sequence[Sequence[str]]) -> None:
        super().__init__(cycles)
        self.cycles = tuple(tuple(cycle) for cycle in cycles)

    def __str__(self) -> str:
        shown = [format_cycle(cycle) for cycle in self.cycles[:SHOWN_CYCLES]]
        if more := len(self.cycles) - len(shown):
            shown.append(f"{more} more")
        return "; ".join(shown)

    @property
    def cycle(self) -> tuple[str, ...]:
        """The first circle."""
        return self.cycles[0]


def format_cycle(cycle: Sequence[str]) -> str:
    """Return one line that shows the circle closed, and a long one without its middle.

    >>> format_cycle(["a", "b"])
    'cycle: a -> b -> a'
    """
    ids = list(cycle)
    if hidden := max(0, len(ids) - SHOWN_IDS):
        half = SHOWN_IDS // 2
        ids[half:-half] = [f"... {hidden} more ..."]
    return "cycle: " + " -> ".join([*ids, cycle[0]])
