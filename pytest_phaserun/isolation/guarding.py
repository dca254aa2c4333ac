"""The guard of the item that a context runs, and what is said of a hang in it.

What a guard does is the driver's business.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Literal, Protocol

from .current import current_item

When = Literal["setup", "call", "teardown"]


class StageGuard(Protocol):
    """Limits the time of one item's stages."""

    @property
    def stack(self) -> str: ...

    @property
    def has_expired(self) -> bool: ...

    @property
    def is_interrupted(self) -> bool: ...

    def stage(self, when: When) -> AbstractContextManager[None]: ...

    def rest(self, seconds: float) -> None: ...

    def limit(self, seconds: float, *, call_only: bool, if_shorter: bool) -> None: ...


#: The guard of the item that this context runs.
stage_guard: ContextVar[StageGuard | None] = ContextVar("phaserun_guard", default=None)


def describe_timeout() -> str:
    """Return what others are told of what this context makes, if it timed out in it."""
    guard, item = stage_guard.get(), current_item()
    if guard is None or item is None or not guard.is_interrupted:
        return ""
    return describe_hang(item.nodeid, guard.stack)


def describe_hang(test: str, stack: str, *, given_up: bool = False) -> str:
    """Return what is said to those who wait for what a test was making.

    :param stack: where it was when its time was up.
    """
    end = " and was given up" if given_up else ""
    title = "Stack of that test when its time was up:"
    return f"timed out in {test}{end}\n\n{title}\n{stack.rstrip()}"
