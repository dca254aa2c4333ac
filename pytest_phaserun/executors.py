"""What runs a task: an async callable, or a plain one that is given a thread.

Knows no limits; see ``runner``.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import Callable
from typing import Any

from .model import Task

#: Runs one task.
Executor = Callable[[Task], object]

#: What an executor returned, and what it raised.
_Outcome = tuple[object, BaseException | None]


def as_async(executor: Executor) -> Callable[[Task], Any]:
    """Return an executor whose calls can be awaited.

    :raises TypeError: it cannot be called.
    """
    if not callable(executor):
        raise TypeError(f"the executor must be callable, not {executor!r}")
    if any(map(inspect.iscoroutinefunction, (executor, type(executor).__call__))):
        return executor
    return lambda task: _call_in_thread(executor, task)


async def _call_in_thread(executor: Executor, task: Task) -> None:
    """Call a plain executor in a thread; await what it returns, if it can be."""
    ended: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
    context, work = contextvars.copy_context(), (_work, executor, task, ended)
    # No hung task may keep the interpreter from its exit, where the threads of a
    # ThreadPoolExecutor are joined.
    threading.Thread(target=context.run, args=work, daemon=True).start()
    try:
        await asyncio.wait({ended})
    except asyncio.CancelledError:
        # The thread goes on, and may until this task is abandoned.
        await asyncio.wait({ended})
        if inspect.iscoroutine(late := ended.result()[0]):
            late.close()
        raise
    value, error = ended.result()
    if error is not None:
        raise error
    if inspect.isawaitable(value):
        await value


def _work(executor: Executor, task: Task, ended: asyncio.Future[_Outcome]) -> None:
    """Run in the thread: call the executor and tell the loop."""
    try:
        outcome: _Outcome = executor(task), None
    except BaseException as error:
        outcome = None, error
    # Where the loop is closed by now, nobody waits any more.
    with contextlib.suppress(RuntimeError):
        ended.get_loop().call_soon_threadsafe(ended.set_result, outcome)
