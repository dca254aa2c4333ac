"""While somebody looks at a test in a debugger, no time limit holds."""

from __future__ import annotations

import threading
import time

from ..isolation.debuggers import find_debugger, is_debugged
from .requests import Requests
from .state import Shared


class Debugging:
    """Tells the watchdog when nothing may be stopped; registered as a plugin.

    The hooks are called in the thread that is debugged, ``attend`` in the watchdog's.

    :param always: a debugger was there from the start.
    """

    def __init__(self, shared: Shared, requests: Requests, *, always: bool) -> None:
        self._shared = shared
        self._requests = requests
        self._always = always
        self._inside: set[int] = set()
        self._since: float | None = None

    def pytest_enter_pdb(self) -> None:
        self._inside.add(threading.get_ident())

    def pytest_leave_pdb(self) -> None:
        self._inside.discard(threading.get_ident())

    def pytest_runtest_logfinish(self) -> None:
        # At the end of its input pdb leaves without a word.
        self._inside.discard(threading.get_ident())

    @property
    def is_prompting(self) -> bool:
        """Tell whether a debugger of pytest's may be reading the terminal."""
        return bool(self._inside)

    def attend(self) -> float | None:
        """Keep limits off, and make up for that time afterwards.

        :returns: ``None`` while nothing may be stopped, then how long that was.
        """
        now = time.monotonic()
        is_asked_to_end = self._requests.is_ending or self._requests.interrupted
        if not is_asked_to_end and self._is_on(now):
            if self._since is None:
                self._since = now
            return None
        if self._since is None:
            return 0.0
        held, self._since = now - self._since, None
        with self._shared.changed:
            for lease in self._shared.dispatcher.running:
                lease.postpone(held)
        return held

    def _is_on(self, now: float) -> bool:
        if self._always or self._inside or find_debugger() is not None:
            return True
        with self._shared.changed:
            overdue = self._shared.dispatcher.get_overdue(now)
        guards = map(self._shared.guards.get, overdue)
        return is_debugged(guard.thread for guard in guards if guard is not None)
