"""The way out of the process, past threads that would never let it end.

Does nothing where pytest was called by a program that goes on.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from collections.abc import Sequence

from ..errors import SHOWN_IDS
from ..isolation.main_thread import owns_process
from ..isolation.threads import is_idle_worker, starter_of

#: Seconds for the exit functions; one may wait for what never comes.
PATIENCE = 10.0

#: Seconds between two looks whether anything still holds the exit.
_LOOK = 0.02


def leave(threads: Sequence[threading.Thread], grace: float, code: int) -> None:
    """End the process if threads that tests have left would hold its exit.

    The last thing that a run does, in the main thread. Returns if nothing holds the
    exit, or if the process is not pytest's own.

    :param threads: those that tests have started and that are no daemons.
    :param grace: seconds that they have to end by themselves.
    """
    if not threads or not owns_process():
        return
    # Whoever does not want to wait any longer need not.
    with contextlib.suppress(KeyboardInterrupt):
        _wait_for(threads, grace)
    left = _find_holders(threads)
    if left:
        _end_process(left, code)


def _wait_for(threads: Sequence[threading.Thread], grace: float) -> None:
    give_up = time.monotonic() + grace
    while time.monotonic() < give_up and (left := _find_holders(threads)):
        left[0].join(_LOOK)


def _find_holders(threads: Sequence[threading.Thread]) -> list[threading.Thread]:
    return [each for each in threads if each.is_alive() and not is_idle_worker(each)]


def _end_process(left: Sequence[threading.Thread], code: int) -> None:
    """Name the threads, run what is registered for the exit, and end the process."""
    killer = threading.Timer(PATIENCE, os._exit, (code,))
    killer.daemon = True
    killer.start()
    try:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more
            print(_describe(left))
        # Not public; nothing else runs them while other threads hold the exit.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    finally:
        os._exit(code)


def _describe(left: Sequence[threading.Thread]) -> str:
    threads = "1 thread" if len(left) == 1 else f"{len(left)} threads"
    shown = [_name(thread) for thread in left[:SHOWN_IDS]]
    more = ["..."] if len(left) > SHOWN_IDS else []
    return f"phaserun: ended with {threads} still running: {', '.join(shown + more)}"


def _name(thread: threading.Thread) -> str:
    starter = starter_of(thread)
    return f"{thread.name} of {starter}" if starter else thread.name
