"""Threads that a test starts, and those of a pool that it gives work to.

What they print, log and warn of belongs to the test, as it would if it ran alone.
"""

from __future__ import annotations

import concurrent.futures.thread
import sys
import threading
from collections.abc import Callable, Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from .current import (
    THREAD_ATTRIBUTE,
    ItemRun,
    current_run,
    owning_run,
    working_for,
)
from .native_filters import carry_filters

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


#: Where a thread remembers the node id of the test that started it, ``None`` for a
#: thread that code of no test has started.
STARTER = "_phaserun_starter"


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
        starter = owning_run()
        setattr(self, STARTER, None if starter is None else starter.item.nodeid)
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


@contextmanager
def threads_started_by(item: pytest.Item) -> Iterator[None]:
    """Mark the threads that begin while an item runs alone as its own."""
    before = set(threading.enumerate())
    try:
        yield
    finally:
        for thread in threading.enumerate():
            if thread not in before and not hasattr(thread, STARTER):
                setattr(thread, STARTER, item.nodeid)


def find_left_threads(before: Container[threading.Thread]) -> list[threading.Thread]:
    """Return the threads of tests that would hold the interpreter from its exit.

    Threads of pools do, daemons or not: ``concurrent.futures`` joins those that it
    keeps in a private dictionary (3.9 to 3.14; without it only daemons are missed).

    :param before: those that were there before the run.
    """
    pooled = getattr(concurrent.futures.thread, "_threads_queues", ())
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before
        and thread is not threading.main_thread()
        and (not thread.daemon or thread in pooled)
        and getattr(thread, STARTER, "unknown") is not None
    ]


def starter_of(thread: threading.Thread) -> str | None:
    """Return the node id of the test that started a thread, where it is known."""
    starter: str | None = getattr(thread, STARTER, None)
    return starter


def is_idle_worker(thread: threading.Thread) -> bool:
    """Tell whether a thread of a pool waits for work: at exit such a one ends."""
    frame = sys._current_frames().get(thread.ident or 0)
    return (
        frame is not None
        and frame.f_globals.get("__name__") == "concurrent.futures.thread"
        and frame.f_code.co_name == "_worker"
    )


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
