"""Context variables that a wide fixture sets, for every test that uses the fixture.

Every test has a context of its own. What a fixture of a module or session sets there,
as an "application context" does, would be seen by the test alone that made it, and
could not be reset by the one that takes it down.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any

from .current import current_item, owning_run, work_for

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

_UNSET = object()


class FixtureContext:
    """The context in which one value of a fixture is made and taken down.

    Suppose a session fixture sets ``app`` to 1. It is made in a copy of the context of
    ``test_a``, then both have ``app``; ``test_b`` finds the value made and enters: it
    has ``app`` as well. Whoever comes last takes down in the copy, where the token of
    ``app`` is valid.

    Owned by the thread that makes or takes down; in between any thread may enter.
    """

    def __init__(self) -> None:
        self._context = copy_context()
        self._changes: list[tuple[ContextVar[Any], Any]] = []
        self._below: frozenset[FixtureContext] = frozenset()
        self._is_taken_down = False

    def make(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call what makes the value, and note which variables it sets."""
        before = self._context.copy()
        try:
            return self._context.run(function, *args)
        finally:
            self._changes = _changes(before, self._context)
            self._below = self._context.get(_entered, frozenset())

    def enter(self) -> None:
        """Set the variables for the calling test too, unless it had them already.

        It may have changed them since.
        """
        known = _entered.get()
        if self not in known:
            _entered.set(known | self._below | {self})
            for variable, value in self._changes:
                variable.set(value)

    def take_down(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call what takes the value down, on behalf of the calling test."""
        if self._is_taken_down:  # in the middle of that it is asked for again
            return function(*args)
        self._is_taken_down = True
        try:
            return self._context.run(
                _call_for, current_item(), owning_run(), function, *args
            )
        finally:
            self._is_taken_down = False


#: What the current test has entered.
_entered: ContextVar[frozenset[FixtureContext]] = ContextVar(
    "phaserun_entered", default=frozenset()
)


def _changes(before: Context, after: Context) -> list[tuple[ContextVar[Any], Any]]:
    return [
        (variable, value)
        for variable, value in after.items()
        if variable is not _entered and before.get(variable, _UNSET) is not value
    ]


def _call_for(item: Any, run: Any, function: Callable[..., Any], *args: Any) -> Any:
    # The context still belongs to the test that made the value.
    work_for(item, run)
    return function(*args)
