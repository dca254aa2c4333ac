"""What is asked of a run from outside: to end, or to tell what it does.

Answers nothing itself.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable


class Requests:
    """Asked by signal handlers and by the reader of keys, answered by the driver.

    A handler may come up anywhere in the main thread: nothing here takes a lock.

    :param wake: lets the main thread look at the requests.
    :param is_testing: tells whether a test runs in the main thread.
    :ivar interrupted: what ends the run, if it was asked to end.
    :ivar is_ending: the main thread has seen to it that the run ends.
    :ivar at_once: it was asked again: nothing is waited for any more.
    """

    def __init__(
        self, wake: Callable[[], None], is_testing: Callable[[], bool]
    ) -> None:
        self._wake = wake
        self._is_testing = is_testing
        self._looks: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._interrupted_at = 0.0
        self.interrupted: KeyboardInterrupt | None = None
        self.is_ending = False
        self.at_once = False

    def ask(self) -> None:
        """Ask what runs; from any thread, and in signal handlers."""
        self._looks.put(time.monotonic())
        self._wake()

    def interrupt(self, name: str) -> None:
        """Ask the run to end; in a signal handler, which is in the main thread.

        :param name: of the signal.
        :raises KeyboardInterrupt: a test runs here, or the run was asked before.
        """
        error = KeyboardInterrupt(*([] if name == "SIGINT" else [name]))
        if self.interrupted is not None:
            self.at_once = True
            raise error
        self._interrupted_at = time.monotonic()
        self.interrupted = error
        self._wake()
        if self._is_testing():
            raise error

    def raise_interrupt(self) -> None:
        """End the run if it was asked to; in the main thread.

        :raises KeyboardInterrupt: it was.
        """
        if self.interrupted is not None:
            raise self.interrupted

    def take_question(self, min_age: float = 0.0) -> bool:
        """Tell whether somebody asks what runs, and count it as answered.

        :param min_age: seconds that the question must have waited for its answer.
        """
        try:
            asked = self._looks.get_nowait()
        except queue.Empty:
            return False
        if time.monotonic() - asked < min_age:
            self._looks.put(asked)
            return False
        return True

    def is_ignored(self, seconds: float) -> bool:
        """Tell whether the run was asked to end so long ago and does not."""
        if self.interrupted is None or self.is_ending:
            return False
        return time.monotonic() - self._interrupted_at >= seconds
