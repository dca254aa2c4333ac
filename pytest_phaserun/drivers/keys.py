"""Keys typed on the terminal while tests run: ``t`` and Enter ask what runs.

Reads the terminal itself, since pytest's capture stands in place of stdin.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

TERMINAL = "/dev/tty"

#: Seconds between two looks whether to stop.
_LOOK = 0.1


class Keys:
    """Owned by the driver; a daemon thread reads.

    :param ask: called in that thread.
    :param is_paused: tells whether somebody else reads the terminal, as a debugger.
    """

    def __init__(self, ask: Callable[[], None], is_paused: Callable[[], bool]) -> None:
        self._ask = ask
        self._is_paused = is_paused
        self._closing = threading.Event()

    def start(self) -> None:
        """Begin to read; nothing without a terminal."""
        try:
            terminal = os.open(TERMINAL, os.O_RDONLY)
        except OSError:
            return
        threading.Thread(
            target=self._read, args=(terminal,), name="phaserun-keys", daemon=True
        ).start()

    def close(self) -> None:
        """Stop reading."""
        self._closing.set()

    def _read(self, terminal: int) -> None:
        try:
            while not self._closing.is_set():
                if not select.select([terminal], [], [], _LOOK)[0]:
                    continue
                if self._is_paused() or not _is_in_foreground(terminal):
                    self._closing.wait(_LOOK)
                    continue
                line = os.read(terminal, 1024)
                if not line:
                    return
                if line.strip() == b"t":
                    self._ask()
        except OSError:  # the terminal was closed
            return
        finally:
            os.close(terminal)


def _is_in_foreground(terminal: int) -> bool:
    """Tell whether this process may read: in the background that would stop it."""
    return os.tcgetpgrp(terminal) == os.getpgrp()
