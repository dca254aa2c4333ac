"""Exceptions that nobody handled, in threads and in destructors.

Each goes to the test whose thread it came up in, as pytest's own warning about it.
"""

from __future__ import annotations

import functools
import sys
import threading
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


@contextmanager
def routed_exceptions(config: pytest.Config, late: list[Any]) -> Iterator[None]:
    """Keep unhandled exceptions with their tests while tests run beside one another.

    :param late: is given what comes from tests that have ended, as ``(key, what)``.
    """
    with ExitStack() as stack:
        for owner, name, hook, key, _ in _KINDS:
            if key not in config.stash:  # its plugin is switched off
                continue
            keep = functools.partial(_keep, key, config.stash[key], late)
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, functools.partial(hook, append=keep))
        yield


def _keep(key: Any, common: deque[Any], late: list[Any], what: Any) -> None:
    run = owning_run()
    if run is None:
        common.append(what)
    elif run.closed:
        late.append((key, what))
    else:
        run.unhandled.append((key, what))


def give_back(config: pytest.Config, late: list[Any]) -> None:
    """Leave to the end of the session what belongs to tests that have ended."""
    for key, what in late:
        config.stash[key].append(what)
    late.clear()


def warn_of_unhandled(run: ItemRun) -> None:
    """Issue pytest's warnings for what a test has left unhandled so far.

    :raises Warning: filters make an error of it.
    """
    if not run.unhandled:
        return
    kept, run.unhandled = run.unhandled, []
    for _, _, _, key, collect in _KINDS:
        queue = deque(what for kind, what in kept if kind is key)
        if queue:
            collect(SimpleNamespace(stash={key: queue}))
