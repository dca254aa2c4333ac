"""Messages of any length over a pair of pipes."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

_LENGTH = struct.Struct("!I")

#: Bytes that are read at a time.
_CHUNK = 1 << 18


def write_message(fd: int, data: bytes) -> None:
    """Write a whole message.

    :raises OSError: nobody reads.
    """
    rest = memoryview(_LENGTH.pack(len(data)) + data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def read_message(fd: int) -> bytes | None:
    """Wait for a message; ``None`` if there will be no more."""
    header = _read(fd, _LENGTH.size)
    return header and _read(fd, _LENGTH.unpack(header)[0])


def _read(fd: int, size: int) -> bytes | None:
    parts = []
    while size:
        part = os.read(fd, min(size, _CHUNK))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class MessageBuffer:
    """Puts messages together from what a pipe has now, without waiting.

    :param fd: does not block.
    :ivar has_ended: nobody writes any more.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._data = bytearray()
        self.has_ended = False

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have come whole."""
        while not self.has_ended:
            try:
                chunk = os.read(self._fd, _CHUNK)
            except BlockingIOError:
                break
            self.has_ended = not chunk
            self._data += chunk
            if len(chunk) < _CHUNK:
                break
        yield from self._split()

    def _split(self) -> Iterator[bytes]:
        begin = 0
        while len(self._data) - begin >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data, begin)
            end = begin + _LENGTH.size + length
            if len(self._data) < end:
                break
            yield bytes(self._data[begin + _LENGTH.size : end])
            begin = end
        del self._data[:begin]
