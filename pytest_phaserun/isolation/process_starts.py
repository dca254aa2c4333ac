"""Processes that tests start: one start at a time.

uvloop starts a process by ``fork``. From shortly before it until shortly after it a
handler of the whole interpreter waits for the child, and takes that of any other thread
for its own, whose program then never runs. Two of its loops that start at once are an
error to it.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


@contextmanager
def one_start_at_a_time() -> Iterator[None]:
    """While active, threads wait for one another to start processes.

    Once started, processes run side by side as ever. There is no public hook around
    a start: those of ``os`` are called too late.
    """
    uvloop = sys.modules.get("uvloop")
    if uvloop is None:
        yield
        return
    # A process may be started while another one is: by a handler of `os.fork`.
    lock = threading.RLock()
    with ExitStack() as stack:
        for owner, name in ((subprocess.Popen, "__init__"), (os, "fork")):
            original = vars(owner)[name]
            setattr(owner, name, _start_alone(original, lock))
            stack.callback(setattr, owner, name, original)
        for name in ("subprocess_exec", "subprocess_shell"):
            # Inherited, so that what is set is taken away again.
            original = getattr(uvloop.Loop, name)
            setattr(uvloop.Loop, name, _step_alone(original, lock))
            stack.callback(delattr, uvloop.Loop, name)
        yield


def _start_alone(start: Callable[..., Any], lock: threading.RLock) -> Any:
    @functools.wraps(start)
    def alone(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return start(*args, **kwargs)

    return alone


def _step_alone(start: Callable[..., Any], lock: threading.RLock) -> Any:
    async def alone(*args: Any, **kwargs: Any) -> Any:
        return await _Steps(start(*args, **kwargs), lock)

    return alone


class _Steps:
    """A coroutine that runs under a lock, and waits without it."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], lock: threading.RLock):
        self._coroutine = coroutine
        self._lock = lock

    def __await__(self) -> Generator[Any, Any, Any]:
        resume = functools.partial(self._coroutine.send, None)
        while True:
            try:
                with self._lock:
                    awaited = resume()
            except StopIteration as end:
                return end.value
            try:
                resume = functools.partial(self._coroutine.send, (yield awaited))
            except BaseException as error:
                resume = functools.partial(self._coroutine.throw, error)
