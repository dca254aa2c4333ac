"""The values that travel through the library: tasks, their results, the closed sets.

No behaviour lives here.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable
from dataclasses import dataclass


class Status(enum.Enum):
    """How a task ended. Only ``COMPLETED`` satisfies a dependency."""

    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    #: It chose not to run, as a skipped test does.
    SKIPPED = "skipped"
    #: It never ran because a task that it depends on did not complete.
    BLOCKED = "blocked"
    #: The run was stopped before its turn came.
    NOT_RUN = "not run"


class Schedule(enum.Enum):
    """How far ahead work is opened.

    ``BATCH`` opens slices of ``concurrency`` tasks, ``PHASE`` one phase at a time,
    ``GRAPH`` every task whose own dependencies have ended.
    """

    BATCH = "batch"
    PHASE = "phase"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A wish to use a shared thing in one particular state.

    Tasks that claim the same ``thing`` in different states never run at once; tasks
    that claim it in the same state may.
    """

    thing: Hashable
    state: Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A unit of work.

    :ivar id: unique among the tasks of a set.
    :ivar dependencies: ids of the tasks that must complete before this one starts.
    :ivar timeout: seconds; ``None`` takes the runner's, ``0`` means no limit.
    :ivar exclusive: runs only while nothing else does.
    :ivar claims: shared things that must stay in one state while it runs.
    :ivar estimate: expected seconds, where known; it shapes priorities alone.
    """

    id: str
    dependencies: tuple[str, ...] = ()
    timeout: float | None = None
    exclusive: bool = False
    claims: tuple[Claim, ...] = ()
    estimate: float | None = None

    def __post_init__(self) -> None:
        # A bare string would be read letter by letter.
        if isinstance(self.dependencies, str):
            raise TypeError(
                f"task {self.id!r}: dependencies must be a tuple of ids, "
                f"not the string {self.dependencies!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """How one task ended.

    :ivar error: a text for every status but ``COMPLETED``.
    :ivar duration: seconds between start and end; 0 for a task that never ran.
    """

    task_id: str
    status: Status
    error: str | None = None
    duration: float = 0.0
