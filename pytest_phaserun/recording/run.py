"""A run as it can be read from its events: what views are made of.

Values alone; ``reading`` makes them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..model import Status

#: The slot of what runs in the main thread, where tests run alone.
MAIN_SLOT = -1


class Outcome(enum.Enum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    #: It never ran because of a test that it depends on.
    BLOCKED = "blocked"
    #: It had started when the run was interrupted or killed.
    INTERRUPTED = "interrupted"
    #: It had not started when the run ended.
    NOT_RUN = "not run"

    @property
    def is_good(self) -> bool:
        """Tell whether there is nothing to do again."""
        return self in _GOOD


_GOOD = (Outcome.PASSED, Outcome.SKIPPED, Outcome.XFAILED, Outcome.XPASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What was reported of one stage of a test.

    :ivar when: ``setup``, ``call`` or ``teardown``.
    :ivar outcome: ``passed``, ``failed``, ``skipped``, ``timeout``, or a word of
        another plugin, such as ``rerun`` for an attempt that does not count.
    :ivar start: in seconds since the epoch.
    :ivar duration: in seconds.
    :ivar text: the traceback of a failure, or the reason of a skip.
    :ivar xfail: the reason why a failure was expected, ``None`` if none was.
    :ivar subtest: what a subtest says of itself, ``None`` for the test itself. Subtests
        lie inside its call.
    :ivar output: pairs of a title and what was printed or logged.
    """

    when: str
    outcome: str
    start: float
    duration: float
    text: str = ""
    xfail: str | None = None
    subtest: str | None = None
    output: tuple[tuple[str, str], ...] = ()

    @property
    def has_failed(self) -> bool:
        """Tell whether it counts as a failure."""
        return self.outcome in ("failed", "timeout") and self.xfail is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One start of a test.

    :ivar slot: where it ran: from 0 on beside others, ``MAIN_SLOT`` alone.
    :ivar start: in seconds since the epoch.
    :ivar end: the same; ``None`` if the end is not known.
    :ivar status: ``None`` if the end is not known.
    :ivar is_provisional: it failed beside others, and another attempt, alone, counts.
    """

    slot: int
    start: float
    end: float | None = None
    status: Status | None = None
    is_provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedBy:
    """Why a test never ran.

    :ivar cause: the place of the test that it depends on; it may be blocked itself.
    :ivar root: the place of the test that did run and is to blame; often the same.
    :ivar reason: in one line.
    :ivar is_needless: nothing has gone wrong: it was to run only if others fail.
    """

    cause: int
    root: int
    reason: str
    is_needless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What else there is to say of a test.

    :ivar kind: ``refuted`` with the failure that did not come again alone, ``changed``
        with what it changed of the process beside others, ``hung`` with where it was
        when it was given up.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """A test of the run.

    :ivar place: its number, and its index in ``Run.tests``.
    :ivar id: unique in the run.
    :ivar nodeid: of pytest; the same but where a test is in the run more than once.
    :ivar phase: from 1 on.
    :ivar after: the places of the tests that it depends on.
    :ivar file: relative to the root of the run.
    :ivar line: from 1 on; 0 if it is not known.
    :ivar alone: why it runs alone, ``None`` if it does not.
    :ivar timeout: limit in seconds, ``None`` for none.
    :ivar expected: seconds that it took in earlier runs, ``None`` if not known.
    :ivar attempts: its starts, in order.
    :ivar stages: what was reported of it, in order.
    """

    __test__: ClassVar[bool] = False

    place: int
    id: str
    nodeid: str
    phase: int
    after: tuple[int, ...] = ()
    file: str = ""
    line: int = 0
    alone: str | None = None
    timeout: float | None = None
    expected: float | None = None
    attempts: tuple[Attempt, ...] = ()
    stages: tuple[Stage, ...] = ()
    blocked: BlockedBy | None = None
    notes: tuple[Note, ...] = ()

    @property
    def where(self) -> str:
        """Its file, with the line if that is known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if self.blocked is not None:
            needless = self.blocked.is_needless
            return Outcome.SKIPPED if needless else Outcome.BLOCKED
        if not self.attempts:
            return Outcome.NOT_RUN
        status, counting = self.attempts[-1].status, self.counting_stages
        if status in (None, Status.COMPLETED):
            failures = [stage.outcome for stage in counting if stage.has_failed]
            if failures:  # before the run was lost, or in what was torn down later
                return Outcome.TIMEOUT if "timeout" in failures else Outcome.FAILED
        if status is None or self.attempts[-1].is_provisional:
            return Outcome.INTERRUPTED
        was_expected = any(stage.xfail is not None for stage in counting)
        return (_EXPECTED if was_expected else _PLAIN).get(status, _PLAIN[status])

    @property
    def counting_stages(self) -> Sequence[Stage]:
        """The stages after those that a plugin has run again."""
        for number in range(len(self.stages) - 1, -1, -1):
            if self.stages[number].outcome == "rerun":
                return self.stages[number + 1 :]
        return self.stages

    @property
    def passed_only_alone(self) -> bool:
        """Tell whether it failed beside others and passed alone."""
        is_doubtful = any(attempt.is_provisional for attempt in self.attempts)
        return is_doubtful and self.outcome is Outcome.PASSED

    def stages_of(self, attempt: Attempt) -> list[Stage]:
        """Return the stages that lie in an attempt.

        What was reported of a test may come from several of its attempts.
        """
        later = [each.start for each in self.attempts if each.start > attempt.start]
        until = min(later, default=float("inf"))
        since = attempt.start if attempt is not self.attempts[0] else float("-inf")
        return [stage for stage in self.stages if since <= stage.start < until]


_PLAIN = {
    Status.COMPLETED: Outcome.PASSED,
    Status.SKIPPED: Outcome.SKIPPED,
    Status.FAILED: Outcome.FAILED,
    Status.TIMEOUT: Outcome.TIMEOUT,
}
_EXPECTED = {
    Status.COMPLETED: Outcome.XPASSED,
    Status.SKIPPED: Outcome.XFAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run, as far as it has come.

    :ivar began: in seconds since the epoch.
    :ivar ended: the same; ``None`` if it was killed, or goes on.
    :ivar exit_code: of pytest; ``None`` as well.
    :ivar concurrency: how many tests run at once.
    :ivar schedule: ``batch``, ``phase`` or ``graph``.
    :ivar executor: what runs the tests, such as ``threads``.
    :ivar root: the folder that files are relative to.
    :ivar pytest: its version.
    :ivar python: its version.
    :ivar shard: which part of how many it is, ``None`` if it is the whole suite.
    :ivar planned: how many tests its plan has; more than ``tests`` where it was killed
        while that was written.
    :ivar tests: in the order of the plan.
    """

    began: float
    ended: float | None = None
    exit_code: int | None = None
    concurrency: int
    schedule: str
    executor: str
    root: str
    pytest: str
    python: str
    shard: tuple[int, int] | None = None
    planned: int = 0
    tests: tuple[TestRun, ...] = ()

    @property
    def last(self) -> float:
        """When the last thing happened that is known; for runs that were killed."""
        if self.ended is not None:
            return self.ended
        known = [self.began]
        for test in self.tests:
            known += (each.end or each.start for each in test.attempts)
            known += (stage.start + stage.duration for stage in test.stages)
        return max(known)


def order_of(tests: Iterable[TestRun]) -> list[int]:
    """Return the places of tests, each after those of the tests that it depends on."""
    return [test.place for test in sorted(tests, key=lambda test: test.phase)]
