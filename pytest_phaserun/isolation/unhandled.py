"""Exceptions that nobody handled, in threads and in destructors.

Each goes to the test whose thread it came up in, as pytest's own warning about it. What
the garbage collector finds may be of any test: it is left to the end of the session.
"""

from __future__ import annotations

import functools
import gc
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

# Private, in 8.4 to 9.2: the hooks that keep such exceptions in one queue for the whole
# process, the key of that queue, and the functions that empty it into warnings.
from _pytest import threadexception, unraisableexception

from .current import ItemRun, owning_run

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: Where the interpreter looks for its hook, its name, pytest's hook, the key of
#: pytest's queue, and what makes warnings of the queue.
_KINDS: tuple[tuple[Any, str, Any, Any, Callable[[Any], None]], ...] = (
    (
        threading,
        "excepthook",
        threadexception.thread_exception_hook,
        threadexception.thread_exceptions,
        threadexception.collect_thread_exception,
    ),
    (
        sys,
        "unraisablehook",
        unraisableexception.unraisable_hook,
        unraisableexception.unraisable_exceptions,
        unraisableexception.collect_unraisable,
    ),
)


class _Collector(threading.local):
    """Whether the garbage collector runs, in the thread that asks."""

    is_running = False

    def note(self, phase: str, info: object) -> None:
        """Take note of a start or an end, in the thread that collects."""
        self.is_running = phase == "start"


_collector = _Collector()


@contextmanager
def routed_exceptions(config: pytest.Config, late: list[Any]) -> Iterator[None]:
    """Keep unhandled exceptions with their tests while tests run beside one another.

    :param late: is given what comes from tests that have ended, or from nobody knows
        which, as ``(key, what, whether it is garbage)``.
    """
    with ExitStack() as stack:
        # A bound method is another object each time.
        note = _collector.note
        gc.callbacks.append(note)
        stack.callback(gc.callbacks.remove, note)
        for owner, name, hook, key, _ in _KINDS:
            if key not in config.stash:  # its plugin is switched off
                continue
            keep = functools.partial(_keep, key, config.stash[key], late)
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, functools.partial(hook, append=keep))
        yield


def _keep(key: Any, common: deque[Any], late: list[Any], what: Any) -> None:
    run = owning_run()
    if _collector.is_running or (run is not None and run.closed):
        late.append((key, what, _collector.is_running))
    elif run is None:
        common.append(what)
    else:
        run.unhandled.append((key, what))


def give_back(config: pytest.Config, late: list[Any]) -> None:
    """Leave what belongs to no test that runs to the end of the session.

    What came from a test that has ended goes to pytest's own queue. Of what the garbage
    collector found nobody can say whose it was: that is a warning, whatever the filters
    make of such things, as an error would end the session.
    """
    found = [(key, what) for key, what, is_garbage in late if is_garbage]
    for key, what, is_garbage in late:
        if not is_garbage:
            config.stash[key].append(what)
    late.clear()
    with warnings.catch_warnings(record=True) as recorded:
        warnings.simplefilter("always")
        _collect(found)
    for message in recorded:
        told = {"warning_message": message, "when": "runtest", "nodeid": ""}
        config.hook.pytest_warning_recorded.call_historic(
            kwargs={**told, "location": None}
        )


def warn_of_unhandled(run: ItemRun) -> None:
    """Issue pytest's warnings for what a test has left unhandled so far.

    :raises Warning: filters make an error of it.
    """
    if not run.unhandled:
        return
    kept, run.unhandled = run.unhandled, []
    _collect(kept)


def _collect(kept: list[tuple[Any, Any]]) -> None:
    """Make pytest's warnings of what was kept, with its queues."""
    for _, _, _, key, collect in _KINDS:
        queue = deque(what for kind, what in kept if kind is key)
        if queue:
            collect(SimpleNamespace(stash={key: queue}))
