"""What a worker tells its controller of the stages of a test.

Limits nothing itself: the controller ends the process of a test that takes too long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ...isolation.guarding import When
from .messages import REST, Entered, Limited, Message, WireCall


class RemoteGuard:
    """A ``StageGuard`` of one run of a test; in the thread that runs it.

    :param send: sends a message to the controller.
    :param is_near: the controller is on the same machine.
    :param take_calls: returns what was reported since it was last asked.
    """

    stack = ""
    has_expired = False
    is_interrupted = False

    def __init__(
        self,
        place: int,
        send: Callable[[Message], None],
        take_calls: Callable[[], Sequence[WireCall]],
        *,
        is_near: bool,
    ) -> None:
        self._place = place
        self._send = send
        self._take_calls = take_calls
        self._is_near = is_near

    @contextmanager
    def stage(self, when: When) -> Iterator[None]:
        """Run one stage."""
        self._enter(when)
        yield

    def _enter(self, stage: str) -> None:
        at = time.monotonic() if self._is_near else None
        self._send(Entered(self._place, stage, self._take_calls(), at))

    def rest(self, seconds: float) -> None:
        """Wait between two attempts, for which no limit holds."""
        self._enter(REST)
        time.sleep(seconds)

    def limit(self, seconds: float, *, call_only: bool, if_shorter: bool) -> None:
        """Change the limit from now on; see ``Guard.limit``."""
        self._send(Limited(seconds, call_only, if_shorter))
