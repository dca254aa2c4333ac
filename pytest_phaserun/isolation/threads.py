"""Threads that a test starts, and those of a pool that it gives work to.

What they print, log and warn of belongs to the test, as it would if it ran alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from .current import THREAD_ATTRIBUTE, ItemRun, current_run, working_for
from .native_filters import carry_filters

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


@contextmanager
def threads_inherit_runs() -> Iterator[None]:
    """While active, a thread belongs to the run of the code that starts it.

    A thread of a pool outlives its work: it belongs to the run that started it, and
    while it works to the one whose work it does. Neither ``Thread.start`` nor
    ``ThreadPoolExecutor.submit`` has a public hook, and before 3.14 a new thread starts
    with an empty context.
    """
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    def start_for_run(self: threading.Thread) -> None:
        setattr(self, THREAD_ATTRIBUTE, current_run())
        start(self)

    def submit_for_run(
        self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Any:
        return submit(self, _Work(fn, current_run()), *args, **kwargs)

    threading.Thread.start = start_for_run  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = submit_for_run  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]


class _Work:
    """A function that works for the run it was submitted by, on whichever thread."""

    def __init__(self, function: Callable[..., Any], run: ItemRun | None) -> None:
        self._function = function
        self._run = run
        self._filters = carry_filters()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with working_for(self._run), self._filters():
            return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._function)
