"""Whether this process may be forked, and why not."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...isolation.reruns import find_server

#: What the system knows of this process's threads, those of libraries in C included.
_THREADS = Path("/proc/self/task")


def find_obstacle() -> str | None:
    """Return why this process cannot be forked safely, ``None`` if it can.

    A child has only the thread that forks; a lock that another one holds at that moment
    is never released there.
    """
    if not sys.platform.startswith("linux"):
        return f"forking is not safe on {sys.platform}"
    try:
        number = len(list(_THREADS.iterdir()))
    except OSError:
        number = threading.active_count()
    idle = find_server()
    if number == 1 + (idle is not None):
        return None
    own = (threading.current_thread().ident, idle)
    names = [each.name for each in threading.enumerate() if each.ident not in own]
    number -= idle is not None
    known = ", ".join(names) or "started outside Python"
    threads = "1 more thread runs" if number == 2 else f"{number - 1} more threads run"
    return f"{threads} in this process ({known})"


@contextmanager
def expected_threads() -> Iterator[None]:
    """Fork without a warning, if the one more thread is known to hold no lock.

    Python warns of any thread, from 3.12 on.
    """
    with warnings.catch_warnings():
        if find_server() is not None and find_obstacle() is None:
            warnings.simplefilter("ignore", DeprecationWarning)
        yield
