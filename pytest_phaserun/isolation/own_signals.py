"""Handlers of signals that the code under test sets: for its own test.

They are the process's, and its main thread alone may set them. Tests that name signals
run alone. Others come to them unawares, through a server or a supervisor that takes
signals while it runs: beside others such code sets handlers that nobody else sees.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .current import ItemRun, current_run
from .threads import starter_of

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: Where a test keeps the file that a signal is written to.
_WAKEUP = 0

#: Nobody can handle these.
_DEADLY = {getattr(signal, name, None) for name in ("SIGKILL", "SIGSTOP")}


@contextmanager
def own_signal_handlers() -> Iterator[None]:
    """While active, tests may set handlers of signals, which are called for them alone.

    A signal that comes from elsewhere is the run's. There is no public hook; who has
    imported these functions by name is told that the thread is not the main one.
    """
    with ExitStack() as stack:
        for owner, name, make in (
            (signal, "signal", _setter),
            (signal, "getsignal", _getter),
            (signal, "set_wakeup_fd", _wakeup_setter),
            (signal, "raise_signal", _raiser),
            (os, "kill", _killer),
        ):
            original = getattr(owner, name)
            setattr(owner, name, make(original))
            stack.callback(setattr, owner, name, original)
        yield


def _run_of_main_thread() -> ItemRun | None:
    """Return the run that the calling thread stands in for the main thread of."""
    thread = threading.current_thread()
    is_own = starter_of(thread) is None and thread is not threading.main_thread()
    return current_run() if is_own else None


def _setter(original: Any) -> Callable[..., Any]:
    def set_for_run(signalnum: int, handler: Any, /) -> Any:
        run = _run_of_main_thread()
        if run is None:
            return original(signalnum, handler)
        if not callable(handler) and handler not in (signal.SIG_DFL, signal.SIG_IGN):
            raise TypeError(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, "
                "or a callable object"
            )
        if signalnum in _DEADLY:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        before = signal.getsignal(signalnum)
        run.signals[signalnum] = handler
        return before

    return set_for_run


def _getter(original: Any) -> Callable[..., Any]:
    def get_for_run(signalnum: int, /) -> Any:
        run = _run_of_main_thread()
        known = original(signalnum)
        return known if run is None else run.signals.get(signalnum, known)

    return get_for_run


def _wakeup_setter(original: Any) -> Callable[..., Any]:
    def set_for_run(fd: int, /, **options: Any) -> Any:
        run = _run_of_main_thread()
        if run is None:
            return original(fd, **options)
        before = run.signals.get(_WAKEUP, -1)
        run.signals[_WAKEUP] = fd
        return before

    return set_for_run


def _raiser(original: Any) -> Callable[..., Any]:
    def raise_for_run(signalnum: int, /) -> None:
        if not _deliver(signalnum):
            original(signalnum)

    return raise_for_run


def _killer(original: Any) -> Callable[..., Any]:
    def kill_for_run(pid: int, signalnum: int, /) -> None:
        if pid != os.getpid() or not _deliver(signalnum):
            original(pid, signalnum)

    return kill_for_run


def _deliver(signalnum: int) -> bool:
    """Call the handler that the test has set, if it has one."""
    run = current_run()
    if not signalnum:
        return False  # no signal; who sends it asks whether a process is there
    handler = None if run is None else run.signals.get(signalnum)
    if run is None or handler in (None, signal.SIG_DFL):
        return False
    if callable(handler):
        handler(signalnum, sys._getframe(1))
    if (fd := run.signals.get(_WAKEUP, -1)) != -1:
        os.write(fd, bytes([signalnum]))
    return True
