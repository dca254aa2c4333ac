"""The signals that end a run or ask what it does, for as long as it takes.

Only those are taken that nobody else handles, and only in the main thread.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .requests import Requests

#: Signals with the handler that they must have to be taken.
ENDS = {"SIGINT": signal.default_int_handler, "SIGTERM": signal.SIG_DFL}
QUESTIONS = {"SIGUSR1": signal.SIG_DFL, "SIGQUIT": signal.SIG_DFL}


class Signals:
    """Handles signals by passing them on to the requests; the main thread alone calls.

    A forked child gets back what was there before: it is no run.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        #: What is there now and what was before, by signal.
        self._taken: dict[int, tuple[Any, Any]] = {}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take the signals; nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._take(ENDS, self._end)
        self._take(QUESTIONS, self._answer)
        _active.append(self)
        try:
            yield
        finally:
            _active.remove(self)
            self.put_back()

    @contextmanager
    def keyboard_as_before(self) -> Iterator[None]:
        """Leave Ctrl-C to Python while a test runs in the main thread.

        It raises there, as ever, and libraries that handle it themselves, such as
        ``asyncio``, do so only where they find the usual handler.
        """
        ours, before = self._taken.get(signal.SIGINT, (None, None))
        if ours is None or signal.getsignal(signal.SIGINT) is not ours:
            yield
            return
        signal.signal(signal.SIGINT, before)
        try:
            yield
        finally:
            if signal.getsignal(signal.SIGINT) is before:
                signal.signal(signal.SIGINT, ours)

    def put_back(self) -> None:
        """Put back what was there before, but for what others have set meanwhile."""
        for number, (ours, before) in self._taken.items():
            if signal.getsignal(number) is ours:
                signal.signal(number, before)
        self._taken.clear()

    def _take(
        self, names: dict[str, Any], handler: Callable[[int, FrameType | None], None]
    ) -> None:
        for name, usual in names.items():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is usual:
                self._taken[number] = handler, usual
                signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._requests.interrupt(signal.Signals(number).name)

    def _answer(self, number: int, frame: FrameType | None) -> None:
        self._requests.ask()


#: Those that are installed; runs nest where a test runs pytest.
_active: list[Signals] = []


def _put_all_back() -> None:
    while _active:
        _active.pop().put_back()


# A handler in Python would come too late for a child that computes in C.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_put_all_back)
