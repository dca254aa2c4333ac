"""A terminal that a run can be started on, and what it shows."""

from __future__ import annotations

import os
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from .live import PATIENCE

#: Seconds between two looks at the screen while something is waited for.
LOOK = 0.01


class Terminal:
    """An emulated terminal; POSIX only.

    Its thread reads what arrives; ``_lock`` guards the emulation.

    :ivar end: the end of the pseudo-terminal that the run has.
    """

    def __init__(self, columns: int, rows: int = 24) -> None:
        import pyte

        self._ours, self.end = os.openpty()
        self._screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._read = b""
        self.resize(columns, rows)
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def resize(self, columns: int, rows: int = 24) -> None:
        """Change the size."""
        import fcntl
        import termios

        with self._lock:
            self._screen.resize(rows, columns)
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, size)

    def _pump(self) -> None:
        while True:
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # nobody has the other end any more
                return
            if not data:
                return
            with self._lock:
                self._read += data
                self._stream.feed(data)

    @property
    def read(self) -> bytes:
        """All that has arrived."""
        with self._lock:
            return self._read

    @property
    def shown(self) -> list[str]:
        """The rows on the screen."""
        with self._lock:
            return [row.rstrip() for row in self._screen.display]

    @property
    def rows(self) -> list[str]:
        """All rows, also those that have scrolled away."""
        with self._lock:
            screen: Any = self._screen
            past = [
                "".join(row[column].data for column in range(screen.columns))
                for row in screen.history.top
            ]
            return [row.rstrip() for row in (*past, *screen.display)]

    def wait_for(self, is_shown: Callable[[list[str]], bool]) -> list[str]:
        """Wait until the screen shows something; return its rows."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            rows = self.shown
            if is_shown(rows):
                return rows
            time.sleep(LOOK)
        raise AssertionError("\n".join(self.rows))

    def finish(self) -> list[str]:
        """Wait for the end of the output; return all rows.

        Whoever writes has to have ended.
        """
        os.close(self.end)
        self._thread.join(PATIENCE)
        os.close(self._ours)
        return self.rows
