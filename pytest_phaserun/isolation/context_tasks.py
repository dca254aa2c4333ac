"""Tasks of asyncio whose steps run in a given context, not in a copy of it.

What a fixture sets in its context is to be found there afterwards.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

if sys.version_info >= (3, 11):

    def create_task(
        loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], context: Context
    ) -> asyncio.Task[Any]:
        """Create a task of a loop, in its thread, that runs in this very context."""
        return loop.create_task(coroutine, context=context)

else:
    # There a task always copies the context. Only the tasks written in Python, private,
    # keep theirs in an attribute.
    class _TaskInContext(asyncio.tasks._PyTask):  # type: ignore[name-defined,misc]
        """A task in the context that it is given."""

        def __init__(self, coro: Any, *, loop: Any, context: Context) -> None:
            self._given = context
            super().__init__(coro, loop=loop)

        @property
        def _context(self) -> Context:
            return self._given

        @_context.setter
        def _context(self, copy: Context) -> None:
            """Leave the copy alone that the base class makes."""

    def create_task(
        loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], context: Context
    ) -> asyncio.Task[Any]:
        """Create a task of a loop, in its thread, that runs in this very context."""
        return _TaskInContext(coroutine, loop=loop, context=context)
