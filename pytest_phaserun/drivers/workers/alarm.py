"""Wakes a thread that waits for what other processes say."""

from __future__ import annotations

import os
from contextlib import suppress


class Alarm:
    """A pipe, to be waited for with the others; any thread or signal handler may ring.

    :ivar descriptors: what it has open.
    """

    def __init__(self) -> None:
        self._read, self._write = self.descriptors = os.pipe()
        for descriptor in self.descriptors:
            os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        """Return what can be read once it has rung."""
        return self._read

    def ring(self) -> None:
        """Wake whoever waits."""
        # If it is full it has rung often enough.
        with suppress(BlockingIOError):
            os.write(self._write, b".")

    def stop(self) -> None:
        """Let the next one wait until it rings again."""
        with suppress(BlockingIOError):
            os.read(self._read, 1 << 10)

    def close(self) -> None:
        """Give the pipe back."""
        for descriptor in self.descriptors:
            os.close(descriptor)
