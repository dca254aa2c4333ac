"""What a controller knows of one worker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...isolation.current import ItemRun
from ...model import slow_after
from ...scheduling.lease import Lease
from ..timed_out import TimedOut
from .messages import REST

#: The stage of a test before its setup while those run again that it depends on.
REPLAY = "what it depends on"

#: The stages that the limit of setup and call together does not cover.
FREE = (REST, REPLAY)


@dataclass(slots=True, eq=False)
class Desk:
    """Owned by the controller; the main thread alone may look.

    :ivar slot: the number of the worker; who takes the place of a lost one has it too.
    :ivar lease: of the test that the worker runs.
    :ivar ahead: of the test that the worker has been told to run next.
    :ivar was_told_next: it is told that no more before its test has ended.
    :ivar was_taken_back: what it was to run after its test was taken back.
    :ivar run: what that test has reported so far.
    :ivar reported: how many calls of reporting hooks have come with that.
    :ivar began: when it was ordered, or had the one before it ended if it was at hand;
        in seconds on the monotonic clock.
    :ivar stage: where in the test the worker is.
    :ivar entered: since when.
    :ivar is_slow: it was told that its test takes long.
    :ivar counted: since when its time counts, with that of the other stages.
    :ivar replay: the tests that run again before it.
    :ivar loss: what became of the process before this one, if there was one.
    :ivar usual: seconds for setup and call together, and for a teardown.
    :ivar is_for_call: the limit in force is one of the call alone.
    :ivar done: the places of the tests that this process has run to their end.
    :ivar told: how many of the ends of all tests it has heard of.
    :ivar last: the place of the test that ended last here.
    """

    slot: int
    lease: Lease | None = None
    ahead: Lease | None = None
    was_told_next: bool = False
    was_taken_back: bool = False
    run: ItemRun | None = None
    reported: int = 0
    began: float = 0.0
    stage: str = "setup"
    entered: float = 0.0
    usual: float | None = None
    is_for_call: bool = False
    is_slow: bool = False
    counted: float = 0.0
    loss: str | None = None
    replay: Sequence[int] = ()
    done: set[int] = field(default_factory=set)
    told: int = 0
    last: int | None = None

    def start(
        self, lease: Lease, run: ItemRun, now: float, replay: Sequence[int]
    ) -> None:
        """Give the worker a test, and others that it is to run again before it."""
        self.lease, self.run, self.replay = lease, run, replay
        self.began = self.entered = self.counted = now
        self.stage, self.usual = REPLAY if replay else "setup", lease.timeout
        self.is_for_call = self.is_slow = False
        # It may not have skipped that yet; see ``ahead``.
        self.was_told_next, self.was_taken_back = self.was_taken_back, False
        self.reported = 0

    def give_back(self) -> tuple[Lease, ItemRun]:
        """Take the test away, which the worker has not run."""
        assert self.lease is not None
        assert self.run is not None
        given = self.lease, self.run
        self.lease = self.run = None
        return given

    def end(self) -> tuple[Lease, ItemRun]:
        """Take the test away that the worker has run."""
        ended = self.give_back()
        self.last = ended[0].place
        self.done.update([self.last, *self.replay])
        return ended

    def renew(self, loss: str) -> None:
        """Take note that the process is another one from now on.

        :param loss: what became of the last one.
        """
        self.done.clear()
        self.told = 0
        self.was_taken_back = False
        self.last = None
        self.loss = loss

    def find_slow_at(self, limit: float | None) -> float | None:
        """Return when its test becomes slow, ``None`` if never or if that was told.

        :param limit: for setup and call, or for the teardown; see ``slow_after``.
        """
        if self.lease is None or self.is_slow:
            return None
        after = slow_after(limit, self.lease.timeout)
        return None if after is None else self.counted + after

    def enter(self, stage: str, now: float) -> None:
        """Take note that its test has entered a stage; see ``Guard.stage``."""
        lease = self.lease
        assert lease is not None
        if stage == REST:
            # No limit holds between two attempts.
            self._limit(None, now)
        elif stage == "teardown" or (stage == "setup" and self.stage in FREE):
            self._limit(self.usual, now)
            self.is_for_call, self.is_slow, self.counted = False, False, now
        self.stage, self.entered = stage, now

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

    def timed_out(self, stack: str, reason: str = "") -> TimedOut:
        """Return the error that a test ends with whose process was killed.

        :param reason: why its time was up before its own limit.
        """
        assert self.lease is not None
        limit, stage = self.lease.timeout or 0.0, self.stage
        is_of_one = stage in ("teardown", REPLAY) or self.is_for_call
        covers = "" if is_of_one else ", the limit of setup and call together"
        if reason:
            limit, covers = round(time.monotonic() - self.began, 1), f": {reason}"
        lines = [f"Timed out after {limit:g} s in {stage}{covers}"]
        if stack:
            lines += ["", "Stack of its process when its time was up:", stack.rstrip()]
        return TimedOut("\n".join(lines), limit)

    def describe_slow(self, now: float) -> str:
        """Return a line about its test, which takes long."""
        assert self.lease is not None
        part = "teardown" if self.stage == "teardown" else "setup and call"
        spent = f"{now - self.counted:.2f} s in {part} so far"
        return f"phaserun: slow: {self.lease.task.id}, {spent}"

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
