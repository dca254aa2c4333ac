"""What a worker tells its controller of the stages of a test.

Limits nothing itself: the controller ends the process of a test that takes too long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ...isolation.guarding import When
from .messages import Entered, Limited, Message, WireCall


class RemoteGuard:
    """A ``StageGuard`` of one run of a test; in the thread that runs it.

    :param send: sends a message to the controller.
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
    ) -> None:
        self._place = place
        self._send = send
        self._take_calls = take_calls

    @contextmanager
    def stage(self, when: When) -> Iterator[None]:
        """Run one stage."""
        self._send(Entered(self._place, when, self._take_calls()))
        yield

    def rest(self, seconds: float) -> None:
        """Wait between two attempts, for which no limit holds."""
        self._send(Entered(self._place, "rest", self._take_calls()))
        time.sleep(seconds)

    def limit(self, seconds: float, *, call_only: bool, if_shorter: bool) -> None:
        """Change the limit from now on; see ``Guard.limit``."""
        self._send(Limited(seconds, call_only, if_shorter))
