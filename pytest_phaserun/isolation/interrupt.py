"""Stop a thread that runs too long, and see what it was doing."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from traceback import FrameSummary
from types import FrameType

from .errors import TimeoutInterrupt

#: Interrupts system calls of the main thread. Ignored by default, so one that comes
#: late does no harm, and hardly ever used by programs. ``None`` where there is none.
_SIGNAL = getattr(signal, "SIGURG", None)

#: Frames of these packages, up to the first other one, only say how a test is called.
_MACHINERY = ("_pytest", "pluggy", "pytest_phaserun")


def throw_into(thread: int) -> None:
    """Throw ``TimeoutInterrupt`` into a thread; seen when it runs Python code again.

    CPython has had this call since 2.3, without a wrapper in Python.
    """
    _set_async_exception(thread, TimeoutInterrupt)


def take_back(thread: int) -> None:
    """Undo ``throw_into`` where the exception has not been seen yet."""
    _set_async_exception(thread, None)


def _set_async_exception(thread: int, kind: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if kind is None else ctypes.py_object(kind)
    )


@contextmanager
def interruptible_main(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Let ``interrupt_main`` stop this thread, which is the main one.

    :param is_wanted: asked in the signal handler whether to raise.
    """
    if _SIGNAL is None or signal.getsignal(_SIGNAL) not in (
        signal.SIG_DFL,
        signal.SIG_IGN,
    ):
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if is_wanted():
            raise TimeoutInterrupt

    previous = signal.signal(_SIGNAL, handle)
    try:
        yield
    finally:
        signal.signal(_SIGNAL, previous)


def interrupt_main() -> None:
    """Raise ``TimeoutInterrupt`` in the main thread, in a system call if need be."""
    thread = threading.main_thread().ident
    assert thread is not None
    handler = None if _SIGNAL is None else signal.getsignal(_SIGNAL)
    if callable(handler) and _SIGNAL is not None:
        signal.pthread_kill(thread, _SIGNAL)
    else:
        throw_into(thread)


def format_thread(thread: int) -> str:
    """Return the stack of a thread as a traceback shows it, from its test on."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return "(the thread has ended)\n"
    # Walked once: the thread goes on meanwhile.
    walked = list(traceback.walk_stack(frame))[::-1]
    stack = traceback.StackSummary.extract(iter(walked))
    modules = [f.f_globals.get("__name__", "") for f, _ in walked]
    packages = [name.partition(".")[0] for name in modules]
    start = _after_callback(modules, stack)
    if not start and "pluggy" in packages:
        start = packages.index("pluggy")
    while start < len(stack) - 1 and packages[start] in _MACHINERY:
        start += 1
    return "".join(traceback.format_list(stack[start:]))


def _after_callback(modules: Sequence[str], stack: Sequence[FrameSummary]) -> int:
    """Return where the code begins that an event loop has called; 0 without a loop."""
    for place in range(len(stack) - 1, -1, -1):
        if modules[place] == "asyncio.events" and stack[place].name == "_run":
            return place + 1
    return 0


def frames_of(thread: int) -> Iterator[FrameType]:
    """Yield the frames of a thread, the innermost first; none once it has ended."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        yield frame
        frame = frame.f_back
