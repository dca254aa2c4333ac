"""A worker that is a fork of the process that has collected the tests."""

from __future__ import annotations

import faulthandler
import functools
import os
import re
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, NoReturn, cast

from .messages import Answer, Message, Order, pack, unpack
from .outbox import Outbox
from .pipes import MessageBuffer, read_message, write_message
from .policy import expected_threads

#: Lets a worker write its stack, even while it computes in C. One that tests hardly use
#: themselves, where there is one.
DUMP_SIGNAL = getattr(signal, "SIGRTMAX", signal.SIGUSR1 + 1) - 1

#: Seconds that writing a stack may take.
DUMP_TIME = 0.1

#: Which thread is which is of no use, with one that runs the test.
_ADDRESS = re.compile(r"(?<=hread) 0x[0-9a-f]+( \[.*\])?")

#: A ticket in its pipe; see ``Order.needs_ticket``.
_TICKET = b"t"

#: How lines begin that say nothing of the test.
_NOISE = "Extension modules:"

#: Parts of the paths of who calls tests and fixtures.
_OUTER = ("/_pytest/", "/pluggy/", "/pytest_phaserun/")

#: The last line of a stack that the main thread writes.
_BOTTOM = b"<module>"

#: Bytes of a stack, or of captured output, that are read of a killed worker.
_MOST = 1 << 20

#: What a child is for: it is given its fork, what it is told, and how to answer.
Work = Callable[["Fork", Iterator[Order | Answer], Callable[[Message], bool]], None]


class Fork:
    """Owned by the driver in the parent; its main thread alone may call.

    :param work: in the child.
    :param close: in the child: descriptors of the parent's that are to be closed, so
        that a worker learns at once when the parent has ended.
    :ivar stacks: what faulthandler writes of the child.
    :ivar is_retired: it was told that there are no more orders.
    :ivar outputs: what the child captures, by stream; the parent keeps them.
    """

    def __init__(
        self,
        work: Work,
        close: Iterable[int],
    ) -> None:
        orders, self._orders = os.pipe()
        self._messages, messages = os.pipe()
        # Whoever reads a ticket has it: the child to run a test, the parent not to.
        self._tickets, self._ticket_office = os.pipe()
        os.set_blocking(self._tickets, False)
        self.stacks, out, err = (_make_file() for _ in range(3))
        self.outputs = {"stdout": out, "stderr": err}
        self._outbox = Outbox()
        sys.stdout.flush()
        sys.stderr.flush()
        with expected_threads():
            self.pid = os.fork()
        if not self.pid:
            _live(lambda: self._begin(work, orders, messages, close))
        with suppress(OSError):
            os.setpgid(self.pid, self.pid)
        os.close(orders)
        os.close(messages)
        os.set_blocking(self._messages, False)
        self._buffer = MessageBuffer(self._messages)
        self._status: int | None = None
        self._heard = 0
        self._dumped = 0
        self._end = _open_end(self.pid)
        self.is_retired = False

    def __repr__(self) -> str:
        return f"<Fork {self.pid}>"

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the parent has open of the pipes."""
        return self._messages, self._orders, self._ticket_office, self._tickets

    @property
    def watched(self) -> list[int]:
        """What to wait for: something was said, or the child has ended.

        Its messages alone would not do, where what it has forked lives on.
        """
        return [self._messages, *([] if self._end is None else [self._end])]

    def has_ended(self) -> bool:
        """Tell whether the child has; what it said may be yet to come."""
        if self._status is None and not self._buffer.has_ended:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None or self._buffer.has_ended

    def send(self, said: Order | Answer | None) -> None:
        """Say something to the child; ``None`` that there are no more orders."""
        self.is_retired = said is None
        # Of a child that has just ended, the end of its messages tells.
        with suppress(BrokenPipeError):
            if isinstance(said, Order) and said.needs_ticket:
                os.write(self._ticket_office, _TICKET)
            write_message(self._orders, pack(said))

    def take_ticket(self) -> bool:
        """Take a ticket, if there is one that was not taken; in both processes."""
        with suppress(BlockingIOError):
            return bool(os.read(self._tickets, len(_TICKET)))
        return False

    def receive(self) -> Iterator[Message]:
        """Yield what the child has said since it was last asked."""
        for data in self._buffer.read():
            yield from self._hear(*unpack(data))

    def peek(self) -> Iterator[Message]:
        """Yield what the child will say with its next message, if it can."""
        yield from self._hear(*self._outbox.peek())

    def _hear(self, first: int, messages: Sequence[bytes]) -> Iterator[Message]:
        self._heard = max(self._heard, first)
        for data in messages[self._heard - first :]:
            self._heard += 1
            yield unpack(data)

    def interrupt(self) -> None:
        """Let the child's test stop as on Ctrl-C."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def dump(self) -> str:
        """Return the stacks of the child's threads as they are now."""
        begin = os.fstat(self.stacks.fileno()).st_size
        with suppress(ProcessLookupError):
            os.kill(self.pid, DUMP_SIGNAL)
        give_up = time.monotonic() + DUMP_TIME
        written = b""
        while _BOTTOM not in written and time.monotonic() < give_up:
            time.sleep(0.002)
            written = os.pread(self.stacks.fileno(), _MOST, begin)
        self._dumped = begin + len(written)
        return _trim(written)

    def kill(self) -> None:
        """End the child with all that it has started, and wait for its end."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """Return how the child ended: a negative signal or an exit code."""
        if self._status is None:
            _, status = os.waitpid(self.pid, 0)
            self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def read_stacks(self) -> str:
        """Return what faulthandler has written without being asked."""
        return _trim(os.pread(self.stacks.fileno(), _MOST, self._dumped))

    def read_output(self) -> dict[str, str]:
        """Return what the child has captured and not read itself."""
        texts = {
            name: os.pread(file.fileno(), _MOST, 0).decode(errors="replace")
            for name, file in self.outputs.items()
        }
        return {name: text for name, text in texts.items() if text}

    def close(self) -> None:
        """Close what is the parent's."""
        for fd in self.descriptors:
            os.close(fd)
        if self._end is not None:
            os.close(self._end)
        self._outbox.close()
        for file in (self.stacks, *self.outputs.values()):
            file.close()

    def _begin(
        self,
        work: Work,
        orders: int,
        messages: int,
        close: Iterable[int],
    ) -> None:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # The tickets are read by both.
        ours = self._messages, self._orders, self._ticket_office
        for fd in (*ours, *close):
            os.close(fd)
        faulthandler.enable(self.stacks)
        faulthandler.register(DUMP_SIGNAL, self.stacks)
        received = iter(lambda: read_message(orders), None)
        known = iter(lambda: unpack(next(received, pack(None))), None)
        work(self, known, functools.partial(self._outbox.send, messages))


def _open_end(pid: int) -> int | None:
    """Open what can be read once a process has ended, where the system has that."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _make_file() -> BinaryIO:
    """Open a file that lives as long as the fork."""
    return cast("BinaryIO", tempfile.TemporaryFile())


def _trim(stacks: bytes) -> str:
    """Return stacks without what calls every test, which says nothing of this one."""
    kept = []
    has_frames = is_outer = False
    for line in stacks.decode(errors="replace").splitlines():
        if not line.startswith("  File "):
            has_frames = is_outer = False
        elif has_frames and any(each in line for each in _OUTER):
            is_outer = True
        else:
            has_frames = True
        if not is_outer and not line.startswith(_NOISE):
            kept.append(_ADDRESS.sub("", line))
    return "\n".join(kept)


def _live(action: Callable[[], None]) -> NoReturn:
    """Do what a child is for, and end it: nothing of the parent's may be run there."""
    code = 1
    try:
        action()
        code = 0
    except (KeyboardInterrupt, BrokenPipeError):
        code = 0  # the parent has ended the run, or has ended itself
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
