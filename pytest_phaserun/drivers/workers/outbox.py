"""Messages of a forked worker, most of which nobody has to read at once.

A test says in which stage it is some five times as often as that matters. What is not
urgent waits in memory that both processes share, where the parent finds it if the
worker ends or hangs, and goes with the next message that is. That of the end of a test
has all in it that matters then, and goes alone.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator

from .messages import Done, Entered, Message, pack
from .pipes import write_message

#: The number of the first message that waits, and the bytes that all take.
_HEADER = struct.Struct("=II")
_LENGTH = struct.Struct("=I")

#: Bytes of the memory; what does not fit is sent.
_SIZE = 1 << 16


class Outbox:
    """Made before the fork; the child alone sends, the parent alone peeks."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)
        self._waiting: list[bytes] = []
        self._first = 0
        self._used = 0

    # In the child

    def send(self, fd: int, message: Message) -> bool:
        """Send a message with those that wait, or let it wait as well.

        :returns: whether it was sent.
        :raises OSError: nobody reads.
        """
        data = pack(message)
        if isinstance(message, Done):
            self._first += len(self._waiting)
            self._waiting.clear()
        self._waiting.append(data)
        is_urgent = not isinstance(message, Entered) or message.is_urgent
        if not is_urgent and self._keep(data):
            return False
        self._flush(fd)
        return True

    def _keep(self, data: bytes) -> bool:
        begin = _HEADER.size + self._used
        end = begin + _LENGTH.size + len(data)
        if end > _SIZE:
            return False
        self._memory[begin:end] = _LENGTH.pack(len(data)) + data
        self._used = end - _HEADER.size
        # Last, so that whoever reads finds whole messages.
        self._write_header()
        return True

    def _flush(self, fd: int) -> None:
        write_message(fd, pack((self._first, self._waiting)))
        self._first += len(self._waiting)
        self._waiting.clear()
        self._used = 0
        self._write_header()

    def _write_header(self) -> None:
        _HEADER.pack_into(self._memory, 0, self._first, self._used)

    # In the parent

    def peek(self) -> tuple[int, list[bytes]]:
        """Return the messages that wait, and the number of the first one."""
        first, used = _HEADER.unpack_from(self._memory)
        waiting = list(self._read(used))
        if _HEADER.unpack_from(self._memory)[0] != first:
            return first, []  # they have been sent meanwhile
        return first, waiting

    def _read(self, used: int) -> Iterator[bytes]:
        begin, end = _HEADER.size, _HEADER.size + used
        while begin < end:
            (length,) = _LENGTH.unpack_from(self._memory, begin)
            begin += _LENGTH.size
            yield self._memory[begin : begin + length]
            begin += length

    def close(self) -> None:
        """Give the memory back; in the parent."""
        self._memory.close()
