"""What a controller knows of one worker."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...isolation.current import ItemRun
from ...scheduling.lease import Lease
from ..guard import TimedOut


@dataclass(slots=True)
class Desk:
    """Owned by the controller; the main thread alone may look.

    :ivar slot: the number of the worker; who takes the place of a lost one has it too.
    :ivar lease: of the test that the worker runs.
    :ivar run: what that test has reported so far.
    :ivar began: when it was ordered, in seconds on the monotonic clock.
    :ivar stage: where in the test the worker is.
    :ivar entered: since when.
    :ivar usual: seconds for setup and call together, and for a teardown.
    :ivar is_for_call: the limit in force is one of the call alone.
    :ivar done: the places of the tests that this process has run to their end.
    :ivar told: how many of the ends of all tests it has heard of.
    :ivar last: the place of the test that ended last here.
    """

    slot: int
    lease: Lease | None = None
    run: ItemRun | None = None
    began: float = 0.0
    stage: str = "setup"
    entered: float = 0.0
    usual: float | None = None
    is_for_call: bool = False
    has_rested: bool = False
    is_slow: bool = False
    done: set[int] = field(default_factory=set)
    told: int = 0
    last: int | None = None

    def start(self, lease: Lease, run: ItemRun, now: float) -> None:
        """Give the worker a test."""
        self.lease, self.run = lease, run
        self.began = self.entered = now
        self.stage, self.usual = "setup", lease.timeout
        self.is_for_call = self.has_rested = self.is_slow = False

    def end(self) -> tuple[Lease, ItemRun]:
        """Take the test away that the worker has run."""
        assert self.lease is not None
        assert self.run is not None
        ended = self.lease, self.run
        self.last = self.lease.place
        self.done.add(self.last)
        self.lease = self.run = None
        return ended

    def renew(self) -> None:
        """Take note that the process is another one from now on."""
        self.done.clear()
        self.told = 0
        self.last = None

    def enter(self, stage: str, now: float) -> None:
        """Take note that its test has entered a stage; see ``Guard.stage``."""
        lease = self.lease
        assert lease is not None
        if stage == "rest":
            # No limit holds between two attempts.
            self._limit(None, now)
        elif stage == "teardown" or (stage == "setup" and self.has_rested):
            self._limit(self.usual, now)
            self.is_for_call = False
        self.has_rested = stage == "rest"
        self.stage, self.entered, self.is_slow = stage, now, False

    def limit(
        self, seconds: float, now: float, *, call_only: bool, if_shorter: bool
    ) -> None:
        """Give its test another limit from now on; see ``Guard.limit``."""
        lease = self.lease
        if lease is None or lease.task.timeout is not None:
            return
        if if_shorter and (self.usual or float("inf")) <= seconds:
            return
        self._limit(seconds, now)
        self.is_for_call = call_only
        if not call_only:
            self.usual = lease.timeout

    def timed_out(self, stack: str) -> TimedOut:
        """Return the error that a test ends with whose process was killed."""
        assert self.lease is not None
        limit, stage = self.lease.timeout or 0.0, self.stage
        is_of_one = stage == "teardown" or self.is_for_call
        covers = "" if is_of_one else ", the limit of setup and call together"
        lines = [f"Timed out after {limit:g} s in {stage}{covers}"]
        if stack:
            lines += ["", "Stack of its process when its time was up:", stack.rstrip()]
        return TimedOut("\n".join(lines), limit)

    def describe(self, now: float) -> str:
        """Return a line about the test that the worker runs."""
        assert self.lease is not None
        return (
            f"{self.lease.task.id}: for {now - self.began:.2f} s, in {self.stage} "
            f"for {now - self.entered:.2f} s"
        )

    def _limit(self, seconds: float | None, now: float) -> None:
        assert self.lease is not None
        self.lease.timeout = seconds or None
        self.lease.restart_clock(now)
