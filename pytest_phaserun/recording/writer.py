"""A file of events: every line whole, and on the disk's way at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from .events import Event

#: To ASCII alone, so that text which is no Unicode does not matter.
_encode = json.JSONEncoder(default=str).encode


class EventFile:
    """Writes events to a file; its owner lets one thread at a time do so.

    :param appends: keep what stands in the file, but for a torn last line.
    :ivar error: why nothing is written any more, ``None`` while all is well.
    :raises OSError: the file cannot be written.
    """

    def __init__(self, path: Path, *, appends: bool = False) -> None:
        # Unbuffered: what was written outlives the process.
        self._file = path.open("r+b" if appends else "wb", buffering=0)
        if appends:
            whole = path.read_bytes().rfind(b"\n") + 1
            self._file.truncate(whole)
            self._file.seek(whole)
        self.error: OSError | None = None

    def write(self, events: Iterable[Event]) -> None:
        """Write a line for each event; nothing once a line could not be written.

        What came after a line that is torn would be damage.
        """
        if self.error is not None:
            return
        data = "".join([f"{_encode(event)}\n" for event in events]).encode()
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            self.error = error

    def close(self) -> None:
        """Write no more."""
        self._file.close()
