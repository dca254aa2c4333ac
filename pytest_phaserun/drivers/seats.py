"""What is known of one worker of pytest-xdist, and how its process is ended."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from subprocess import TimeoutExpired
from typing import Any

from ..scheduling.lease import Lease
from .timed_out import TimedOut
from .workers.line import Die, Told
from .workers.losses import describe_code
from .workers.messages import pack

#: Seconds after the end of a process's output in which its exit code is known.
_WAIT = 1.0

#: Runs in the gateway through which a worker was started, on the worker's machine.
_KILL_THERE = "import os, signal; os.kill({}, getattr(signal, 'SIGKILL', 15))"


@dataclass(slots=True, eq=False)
class Seat:
    """Owned by the driver; the main thread alone may look.

    :ivar node: xdist's name for a worker.
    :ivar slot: its number; who replaces it has it too.
    :ivar channel: between the two ends of this package.
    :ivar pid: of its process, once it is known.
    :ivar is_added: xdist knows that it has started.
    :ivar is_up: it has collected what the others have.
    :ivar is_retired: it took too long to end in order.
    :ivar dying: the lease whose time is up.
    :ivar kill_at: when it is ended though it has not told where it is.
    :ivar reason: why the time was up before the test's own limit.
    :ivar error: what it was ended for.
    """

    node: Any
    slot: int
    channel: Any
    pid: int | None = None
    is_added: bool = False
    is_up: bool = False
    is_retired: bool = False
    dying: Lease | None = None
    kill_at: float | None = None
    reason: str = ""
    error: TimedOut | None = None

    @property
    def name(self) -> str:
        """What xdist calls it, such as ``gw0``."""
        return str(self.node.gateway.id)

    @property
    def is_ready(self) -> bool:
        """Tell whether it may be given tests, once it runs none."""
        return self.is_up and self.dying is None

    @property
    def has_finished(self) -> bool:
        """Tell whether it has ended in order."""
        return hasattr(self.node, "workeroutput")

    def send(self, message: Told) -> None:
        """Tell the worker something, if it is still there."""
        # That it is not will be told by xdist.
        with suppress(OSError):
            self.channel.send(pack(message))

    def spare(self) -> None:
        """Take note that the test whose time was up has ended before its worker."""
        self.dying = self.kill_at = None
        self.reason = ""

    def kill(self) -> None:
        """End the process."""
        self.kill_at = None
        spec = self.node.gateway.spec
        if spec.via:
            hub = self.node.nodemanager.group[spec.via]
            hub.remote_exec(_KILL_THERE.format(self.pid))
        elif spec.popen and self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        else:
            self.send(Die())

    def describe_end(self) -> str:
        """Say what became of the process, which has ended."""
        # `Popen2IOMaster.popen` of execnet, in 2.0 and 2.1; without it nobody knows.
        process = getattr(getattr(self.node.gateway, "_io", None), "popen", None)
        if process is not None and self.node.gateway.spec.popen:
            with suppress(TimeoutExpired):
                return describe_code(process.wait(_WAIT))
        return "crashed"
