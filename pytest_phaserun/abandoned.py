"""Tasks of an event loop that ignore their cancellation, and hold nobody up.

Does not decide when a task is given up; see ``runner``.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import Any

#: A loop refers to its tasks weakly: unless somebody keeps them, they may vanish in the
#: middle. Each is touched by the thread of its loop alone.
_abandoned: set[asyncio.Task[Any]] = set()


def abandon(task: asyncio.Task[Any]) -> None:
    """Let a task go on, and let neither ``asyncio.run`` nor the exit wait for it."""
    _outlive_exit()
    _abandoned.add(task)
    task.add_done_callback(_abandoned.discard)
    # asyncio.run waits for registered tasks without a limit. Documented for extensions.
    asyncio._unregister_task(task)
    # No complaint at exit. asyncio sets this private flag likewise, as in gather.
    with contextlib.suppress(AttributeError):
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # not public


@functools.cache
def _outlive_exit() -> None:
    """Keep what is abandoned from being destroyed when the interpreter exits.

    Python ends a coroutine before it destroys it: it raises ``GeneratorExit`` in it
    and waits. One that swallows every exception, such as

        while True:
            try:
                await asyncio.sleep(1)
            except:
                pass

    would then turn for ever, as without a loop every ``await`` of it fails at once. So
    the set gets a reference that nobody gives back.
    """
    # Where there is no ctypes, or no CPython, such a coroutine may hold the exit.
    with contextlib.suppress(ImportError, AttributeError):
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(_abandoned))
