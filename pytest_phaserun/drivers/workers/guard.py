"""What a worker tells its controller of a test that it runs.

Limits nothing itself: the controller ends the process of a test that takes too long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from ...isolation.current import HookCall
from ...isolation.guarding import When
from .messages import REST, Done, Entered, Escape, Limited, Message, WireCall
from .wire import INTERACT, encode


class RemoteGuard:
    """A ``StageGuard`` of one run of a test; in the thread that runs it.

    :param calls: those of reporting hooks, which become more as the test runs.
    :param send: sends a message to the controller, or keeps it; tells whether it went.
    :param is_near: the controller is on the same machine.
    """

    stack = ""
    has_expired = False
    is_interrupted = False

    def __init__(
        self,
        place: int,
        config: pytest.Config,
        calls: Sequence[HookCall],
        send: Callable[[Message], bool],
        *,
        is_near: bool,
    ) -> None:
        self._place = place
        self._config = config
        self._calls = calls
        self._seen = 0
        self._encoded: list[WireCall] = []
        self._sent = 0
        self._send = send
        self._is_near = is_near

    @contextmanager
    def stage(self, when: When) -> Iterator[None]:
        """Run one stage."""
        self._enter(when)
        yield

    def rest(self, seconds: float) -> None:
        """Wait between two attempts, for which no limit holds."""
        self._enter(REST)
        time.sleep(seconds)

    def limit(self, seconds: float, *, call_only: bool, if_shorter: bool) -> None:
        """Change the limit from now on; see ``Guard.limit``."""
        self._tell(Limited(seconds, call_only, if_shorter))

    def end(self, escape: Escape | None, took: float, computed: float) -> None:
        """Tell that the test has ended, with all that was not sent; see ``Done``."""
        self._encode()
        calls, sent = self._encoded[self._sent :], self._sent
        at = self._look_at_clock()
        self._tell(Done(self._place, calls, sent, escape, took, computed, at))

    def _enter(self, stage: str) -> None:
        at = self._look_at_clock()
        before = len(self._encoded)
        self._encode()
        calls = self._encoded[before:]
        self._tell(Entered(self._place, stage, at, calls, before))

    def _look_at_clock(self) -> float | None:
        """Return what time it is, if that tells the controller anything."""
        return time.monotonic() if self._is_near else None

    def _encode(self) -> None:
        """Encode what was reported since the last time."""
        fresh = self._calls[self._seen :]
        self._seen += len(fresh)
        wanted = (call for call in fresh if call[0] != INTERACT)
        self._encoded += encode(self._config, wanted)

    def _tell(self, message: Message) -> None:
        if self._send(message):
            self._sent = len(self._encoded)
