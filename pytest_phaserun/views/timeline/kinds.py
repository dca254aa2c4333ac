"""The ways in which a test can have ended, as a reader of the timeline tells them."""

from __future__ import annotations

import enum

from ...model import Status
from ...recording.run import Attempt, Outcome, Stage, TestRun


class Kind(enum.Enum):
    """How a test, or one attempt of it, ended; the worst first.

    :ivar label: in words.
    :ivar mark: a sign that tells it without colour.
    :ivar colour: what fills it where style sheets are blocked.
    """

    FAILED = "failed", "✕", "#c2410c"
    TIMEOUT = "timeout", "◷", "#7e3fa8"
    INTERRUPTED = "interrupted", "‖", "#5b6470"
    BLOCKED = "blocked", "⊘", "#87919c"
    NOT_RUN = "not run", "○", "#87919c"
    ALONE = "passed only alone", "↻", "#1d6fb8"
    XPASSED = "xpassed", "!", "#1d6fb8"
    XFAILED = "xfailed", "x", "#8f7325"
    SKIPPED = "skipped", "»", "#8f7325"
    PASSED = "passed", "✓", "#2a7f74"

    def __init__(self, label: str, mark: str, colour: str) -> None:
        self.label = label
        self.mark = mark
        self.colour = colour

    @property
    def css(self) -> str:
        """The class of its elements."""
        return self.name.lower().replace("_", "-")

    @property
    def is_trouble(self) -> bool:
        """Tell whether somebody has to look at it."""
        return self in (Kind.FAILED, Kind.TIMEOUT, Kind.INTERRUPTED)


#: From the worst on: what a picture shows where there is room for one only.
RANK = {kind: rank for rank, kind in enumerate(Kind)}

_OF_OUTCOME = {outcome: Kind[outcome.name] for outcome in Outcome}
_OF_STATUS: dict[Status | None, Kind] = {
    Status.COMPLETED: Kind.PASSED,
    Status.FAILED: Kind.FAILED,
    Status.TIMEOUT: Kind.TIMEOUT,
    Status.SKIPPED: Kind.SKIPPED,
}


def kind_of(test: TestRun) -> Kind:
    """Return how a test ended."""
    return Kind.ALONE if test.passed_only_alone else _OF_OUTCOME[test.outcome]


def kind_of_attempt(test: TestRun, attempt: Attempt) -> Kind:
    """Return how one attempt of a test ended; the last one as the test did."""
    if attempt is test.attempts[-1] and not test.passed_only_alone:
        return kind_of(test)
    return _OF_STATUS.get(attempt.status, Kind.INTERRUPTED)


def is_told(test: TestRun) -> bool:
    """Tell whether a test stands among the failures, with all that was said of it."""
    kind = kind_of(test)
    return kind.is_trouble or kind is Kind.ALONE


def name_stage(stage: Stage) -> str:
    """Return what a stage is called."""
    return stage.when if stage.subtest is None else f"subtest {stage.subtest}"


def name_outcome(stage: Stage) -> str:
    """Return what came of a stage, in pytest's words."""
    if stage.xfail is None:
        return stage.outcome
    return {"skipped": "xfailed", "passed": "xpassed"}.get(stage.outcome, stage.outcome)


#: What the kinds of notes are called.
NOTES = {
    "refuted": "Failed beside others, and not when it was run again alone",
    "changed": "Changed of the process beside others",
    "hung": "Was given up",
}
