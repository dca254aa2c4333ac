"""What one test writes to stdout and stderr: a stack of buffers for each stream.

Knows nothing of ``sys.stdout``; see ``streams`` for who writes here.
"""

from __future__ import annotations

from typing import TextIO

# The buffer behind pytest's own captured streams: text on top, ``.buffer`` below.
# In every pytest since 3.x; there is no public equivalent that decodes both.
from _pytest.capture import CaptureIO

#: The streams of a process by file descriptor.
STDOUT, STDERR = 1, 2


class Output:
    """The stacks of buffers of one test; made on first use.

    The lowest buffer is the test's report; ``capsys`` and kin put theirs above it.
    Owned by the test: its own thread pushes and pops, its child threads write.
    """

    __slots__ = ("_stacks",)

    def __init__(self) -> None:
        self._stacks: dict[int, list[TextIO]] = {}

    def stream(self, fd: int) -> TextIO:
        """Return the buffer on top."""
        return self._stack(fd)[-1]

    def is_taken(self, fd: int) -> bool:
        """Tell whether a buffer stands above the report's."""
        return len(self._stacks.get(fd, ())) > 1

    def push(self, fd: int, stream: TextIO) -> None:
        """Send what is written from now on to ``stream``."""
        self._stack(fd).append(stream)

    def remove(self, fd: int, stream: TextIO) -> None:
        """Take ``stream`` out, wherever it stands; nothing if it does not."""
        stack = self._stack(fd)
        if stream in stack:
            stack.remove(stream)

    def write_below(self, fd: int, stream: TextIO, text: str) -> None:
        """Write to the buffer under ``stream``, or to the lowest one."""
        stack = self._stack(fd)
        place = stack.index(stream) if stream in stack else 0
        stack[max(0, place - 1)].write(text)

    def take(self, fd: int) -> str:
        """Return what the report's buffer holds and empty it."""
        stack = self._stacks.get(fd)
        if not stack:
            return ""
        buffer = stack[0]
        assert isinstance(buffer, CaptureIO)
        return drain(buffer)

    def _stack(self, fd: int) -> list[TextIO]:
        stack = self._stacks.get(fd)
        if stack is None:
            # Two threads of a test may come here at once; one list wins.
            stack = self._stacks.setdefault(fd, [CaptureIO()])
        return stack


def drain(buffer: CaptureIO) -> str:
    """Return the text of a buffer and empty it."""
    text = buffer.getvalue()
    if text:
        buffer.seek(0)
        buffer.truncate()
    return text
