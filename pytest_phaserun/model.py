"""The values that travel through the library: tasks, their results, the closed sets.

They check what they are given; what to do with them is decided elsewhere.
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
class Reason:
    """Why a task runs alone.

    :ivar cause: in a word or two, the same for tasks of the same kind.
    :ivar text: what there is to say of this task.
    """

    cause: str
    text: str


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
    :ivar group: tasks for which something is kept up that others do not need; its
        exclusive tasks run once none of its others is left.
    :ivar priority: of two open tasks the one with the lower number goes first.
    :ivar estimate: expected seconds, where known; it shapes priorities alone.
    :raises TypeError: the dependencies are a string.
    :raises ValueError: the timeout is negative, or a thing is claimed in two states.
    """

    id: str
    dependencies: tuple[str, ...] = ()
    timeout: float | None = None
    exclusive: bool = False
    claims: tuple[Claim, ...] = ()
    group: Hashable = None
    estimate: float | None = None
    priority: int = 0

    def __post_init__(self) -> None:
        # A bare string would be read letter by letter.
        if isinstance(self.dependencies, str):
            raise TypeError(
                f"task {self.id!r}: dependencies must be a tuple of ids, "
                f"not the string {self.dependencies!r}"
            )
        # The other way round NaN would pass.
        if self.timeout is not None and not self.timeout >= 0:
            raise ValueError(
                f"task {self.id!r}: timeout must be at least 0 seconds, "
                f"not {self.timeout}"
            )
        if self.claims:
            self._check_claims()

    def _check_claims(self) -> None:
        states: dict[Hashable, Hashable] = {}
        for claim in self.claims:
            if states.setdefault(claim.thing, claim.state) != claim.state:
                raise ValueError(
                    f"task {self.id!r} claims {claim.thing!r} in two states, "
                    f"{states[claim.thing]!r} and {claim.state!r}"
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


@dataclass(frozen=True, slots=True)
class Blocked:
    """A task that ended without a start.

    :ivar cause: the dependency that did not complete.
    :ivar root: the task that did run and did not complete; often the same.
    :ivar error: what became of the root, in words.
    """

    task: Task
    cause: Task
    root: Task
    error: str

    @property
    def reason(self) -> str:
        """One line that names the direct and the root cause."""
        if self.cause is self.root:
            return f"depends on {self.cause.id} ({self.error})"
        return f"depends on {self.cause.id}, blocked by {self.root.id} ({self.error})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """An abandoned task that others did not wait for, though it had what they need.

    :ivar thing: what it had.
    """

    holder: Task
    thing: Hashable
    waiting: tuple[Task, ...]


def check_limits(concurrency: int, timeout: float) -> None:
    """Check what a run is given.

    :raises ValueError: it is out of range.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, not {concurrency}")
    # The other way round NaN would pass.
    if not timeout >= 0:
        raise ValueError(f"timeout must be at least 0 seconds, not {timeout}")
