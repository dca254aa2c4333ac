"""The values that travel through the library: tasks, their results, the closed sets.

They check what they are given; what to do with them is decided elsewhere.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable
from dataclasses import dataclass


class Status(enum.Enum):
    """How a task ended; see ``When`` for what that means to its dependents."""

    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    #: It chose not to run, as a skipped test does.
    SKIPPED = "skipped"
    #: It never ran because a task that it depends on did not end as it has to.
    BLOCKED = "blocked"
    #: The run was stopped before its turn came.
    NOT_RUN = "not run"


class When(enum.Enum):
    """Which end of a task satisfies a dependency on it.

    ``PASSED`` takes ``Status.COMPLETED``, ``FAILED`` takes ``Status.FAILED`` and
    ``Status.TIMEOUT``, ``FINISHED`` every end, also of a task that never ran.
    """

    PASSED = "passed"
    FINISHED = "finished"
    FAILED = "failed"


class Require(enum.Enum):
    """How many of the tasks that a dependency names have to satisfy it."""

    ALL = "all"
    ANY = "any"


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
    that claim it in the same state may, as long as the units that they claim together
    stay within the capacity of the thing, which is 1 unless the dispatcher is told.

    >>> write = Claim(thing="table", state="write", units=1)
    >>> read = Claim(thing="table", state="read")

    :ivar units: how much of the thing is used; 0 does not count.
    :raises ValueError: the units are negative.
    """

    thing: Hashable
    state: Hashable
    units: int = 0

    def __post_init__(self) -> None:
        if self.units < 0:
            raise ValueError(
                f"units of {self.thing!r} must be at least 0, not {self.units}"
            )


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that tasks claim by its name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """What has to become of other tasks before a task starts.

    :ivar ids: the other tasks, at least one.
    :ivar when: which end of them is waited for.
    :ivar require: whether all of them have to end so, or any one.
    :raises TypeError: the ids are a string, or ``when`` or ``require`` is no member.
    :raises ValueError: there are no ids.
    """

    ids: tuple[str, ...]
    when: When = When.PASSED
    require: Require = Require.ALL

    def __post_init__(self) -> None:
        # A bare string would be read letter by letter.
        if isinstance(self.ids, str):
            raise TypeError(
                f"ids of a dependency must be a tuple, not the string {self.ids!r}"
            )
        if not self.ids:
            raise ValueError("a dependency must name at least one id")
        if not isinstance(self.when, When):
            raise TypeError(f"when must be a When, not {self.when!r}")
        if not isinstance(self.require, Require):
            raise TypeError(f"require must be a Require, not {self.require!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A unit of work.

    :ivar id: unique among the tasks of a set.
    :ivar dependencies: what must become of other tasks before this one starts; an id
        stands for a task that must complete.
    :ivar timeout: seconds; ``None`` takes the runner's, ``0`` means no limit.
    :ivar exclusive: runs only while nothing else does.
    :ivar claims: shared things that must stay in one state while it runs.
    :ivar group: tasks for which something is kept up that others do not need; its
        exclusive tasks run once none of its others is left.
    :ivar estimate: expected seconds, where known; it shapes the order alone.
    :ivar priority: of two open tasks the one with the lower number goes first.
    :raises TypeError: the dependencies are a string.
    :raises ValueError: the timeout is negative, or a thing is claimed in two states.
    """

    id: str
    dependencies: tuple[str | Dependency, ...] = ()
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
    """A task that ended without a run.

    :ivar cause: the dependency that did not end as it has to; for a task that was
        refused itself, that task.
    :ivar root: the task that did run, or was refused, and is to blame; often the same.
    :ivar error: what became of the root, in words.
    :ivar text: the reason, where there is more to say than that a task had to complete
        and did not.
    :ivar needless: it was to run only if others fail, or depends on one that was, and
        they passed: nothing has gone wrong.
    """

    task: Task
    cause: Task
    root: Task
    error: str
    text: str | None = None
    needless: bool = False

    @property
    def reason(self) -> str:
        """One line that names the direct and the root cause."""
        if self.text is not None:
            return self.text
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


#: The share of a test's time limit after which it is slow.
SHARE = 3


def find_limit(task: Task, timeout: float) -> float:
    """Return the seconds that a task may take; 0 for no limit.

    :param timeout: of tasks without a limit of their own.
    """
    return timeout if task.timeout is None else task.timeout


def slow_after(limit: float | None, timeout: float | None) -> float | None:
    """Return after how many seconds a test is slow, ``None`` for never.

    :param limit: what is set for all tests; ``None`` for a share of the test's time
        limit, 0 for never.
    :param timeout: that time limit; ``None`` or 0 if there is none.
    """
    return ((timeout or 0.0) / SHARE if limit is None else limit) or None


def check_limits(concurrency: int, timeout: float) -> None:
    """Check what a run is given.

    :raises ValueError: it is out of range.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, not {concurrency}")
    # The other way round NaN would pass.
    if not timeout >= 0:
        raise ValueError(f"timeout must be at least 0 seconds, not {timeout}")
