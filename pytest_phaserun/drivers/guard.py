"""The time limit of one item, between the thread that runs it and the watchdog.

Counts nothing itself: deadlines live in the dispatcher.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager

from ..isolation.awaits import is_kept_waiting
from ..isolation.errors import TimeoutInterrupt
from ..isolation.interrupt import (
    interrupt_main,
    take_back,
    throw_into,
)
from ..isolation.shared_loops import SharedLoop
from ..isolation.stages import When
from ..scheduling.lease import Lease
from .clock import LeaseClock
from .ladder import Ladder
from .timed_out import TimedOut

#: Seconds that a teardown has at least; 0 would be no limit.
LEAST = 0.1

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


class Guard:
    """Lets the watchdog stop an item, but only inside one of its stages.

    Made by the slot that runs the item, in the item's own thread, which alone enters
    stages and calls ``limit``; the watchdog calls ``expire``, ``climb``, ``throw`` and
    ``abandon``. The lock guards ``_stage`` and what follows from it.
    """

    def __init__(self, lease: Lease, clock: LeaseClock, *, on_main: bool) -> None:
        self._lease = lease
        self._clock = clock
        self._on_main = on_main
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._stage: When | None = None
        self._began = 0.0
        self._ladder: Ladder | None = None
        self._usual = lease.timeout
        self._is_for_call = False
        self._expired: str | None = None
        self._woken = threading.Event()
        self._has_rested = False
        self._made = time.monotonic()

    def __repr__(self) -> str:
        return f"<Guard {self._lease.task.id}, in {self._stage or 'no stage'}>"

    @property
    def thread(self) -> int:
        """The thread that runs the item."""
        return self._thread

    @property
    def stack(self) -> str:
        """Where the item was when its time was up."""
        return "" if self._ladder is None else self._ladder.where()[1]

    @property
    def has_expired(self) -> bool:
        """Tell whether the run has ended; the item has no more than the grace."""
        return self._expired is not None

    @property
    def is_interrupted(self) -> bool:
        """Tell whether the item was told to stop and has not come out yet."""
        return self._ladder is not None and self._stage is not None

    @property
    def age(self) -> float:
        """Seconds since the item began."""
        return time.monotonic() - self._made

    @property
    def position(self) -> tuple[When, float] | None:
        """The stage that the item is in and the seconds it has been there."""
        when = self._stage
        return None if when is None else (when, time.monotonic() - self._began)

    @contextmanager
    def stage(self, when: When) -> Iterator[None]:
        """Run one stage; the limit of a teardown counts from here anew.

        :raises TimedOut: the stage was interrupted, even if it went on to its end.
        """
        if when == "teardown" or (when == "setup" and self._has_rested):
            self._clock.limit(self._usual)
            self._is_for_call = self._has_rested = False
        self._arm(when)
        try:
            yield
        except TimeoutInterrupt:
            self._disarm()
            raise self.timed_out(when) from None
        except BaseException:
            self._disarm_and_check(when)
            raise
        self._disarm_and_check(when)

    def limit(self, seconds: float, *, call_only: bool, if_shorter: bool) -> None:
        """Change the limit from now on; in the item's thread.

        A limit of the task's own goes before any other.

        :param seconds: 0 for no limit.
        :param call_only: it holds for the call; otherwise for setup and call together,
            and for the teardown anew.
        :param if_shorter: only if it is shorter than the limit in force.
        """
        if self._lease.task.timeout is not None:
            return
        if if_shorter and (self._usual or float("inf")) <= seconds:
            return
        self._clock.limit(seconds)
        self._is_for_call = call_only
        if not call_only:
            self._usual = self._lease.timeout

    def rest(self, seconds: float) -> None:
        """Wait between two attempts of the item, for which no limit holds.

        Cut short when the run ends. The next attempt has the limit anew.
        """
        if self._expired is not None:
            return
        self._has_rested = True
        # An old deadline could still be acted on when the next attempt has begun.
        self._clock.limit(0)
        self._woken.wait(seconds)

    def expire(self, reason: str, grace: float) -> None:
        """Let the item time out because the run does; from the watchdog.

        :param grace: seconds for its teardown.
        """
        self._expired = reason
        self._woken.set()
        grace = max(grace, LEAST)
        self._usual = grace if self._usual is None else min(grace, self._usual)

    def climb(self) -> float | None:
        """Do more about stopping the item; from the watchdog.

        :returns: the share of a grace to wait for it: 0 between stages, where nothing
            can be stopped, ``None`` if nothing more can be done.
        """
        with self._lock:
            if self._stage is None:
                return 0.0
            if self._ladder is None:
                self._ladder = self._make_ladder()
            return self._ladder.climb()

    def _make_ladder(self) -> Ladder:
        def is_wanted() -> bool:
            return self._stage is not None and self._ladder is ladder

        ladder = Ladder(self._thread, self._throw, is_wanted)
        return ladder

    def is_kept_waiting(self, blocked: Container[SharedLoop]) -> bool:
        """Tell whether another item blocks the event loop that this one waits for."""
        return is_kept_waiting(self._thread, blocked)

    def throw(self) -> None:
        """Throw an exception into the item's thread once more; from the watchdog."""
        with self._lock:
            if self.is_interrupted:
                self._throw()

    def abandon(self) -> tuple[When, float] | None:
        """Give up on an item that did not stop; from the watchdog.

        :returns: the stage it hangs in and the seconds it has been there, ``None`` if
            it came out after all.
        """
        with self._lock:
            return self.position

    def timed_out(self, when: When, *, abandoned: bool = False) -> TimedOut:
        """Return the error that the item ends with."""
        limit = self._lease.timeout or 0.0
        is_of_one = when == "teardown" or self._is_for_call
        covers = "" if is_of_one else ", the limit of setup and call together"
        if self._expired is not None:
            limit = round(time.monotonic() - self._made, 1)
            covers = f": {self._expired}"
        lines = [f"Timed out after {limit:g} s in {when}{covers}"]
        if abandoned:
            left = "the run ends here" if self._on_main else "its thread is abandoned"
            lines.append(f"It did not stop when told to; {left}.")
        if self._ladder is not None:
            what, stack = self._ladder.where()
            lines += ["", f"{what} when its time was up:", stack.rstrip()]
        return TimedOut("\n".join(lines), limit)

    def _arm(self, when: When) -> None:
        with self._lock:
            self._stage = when
            self._ladder = None
            self._began = time.monotonic()

    def _disarm_and_check(self, when: When) -> None:
        self._disarm()
        if self._ladder is not None:
            raise self.timed_out(when) from None

    def _disarm(self) -> None:
        """Leave the stage; an interrupt that is on its way must not land later."""
        while self._stage is not None:
            try:
                with self._lock:
                    self._stage = None
                    if self._ladder is not None and not self._on_main:
                        take_back(self._thread)
            except TimeoutInterrupt:
                continue

    def _throw(self) -> None:
        if self._on_main:
            interrupt_main()
        else:
            throw_into(self._thread)


class LeaseGuards:
    """The guards of what runs now, by lease; slots add, the watchdog looks up."""

    def __init__(self) -> None:
        self._guards: dict[int, Guard] = {}
        self._expiry: tuple[str, float] | None = None

    @contextmanager
    def added(self, lease: Lease, make: Callable[[], Guard]) -> Iterator[Guard]:
        """Keep a guard for as long as its item runs."""
        guard = self._guards[lease.number] = make()
        if self._expiry is not None:
            guard.expire(*self._expiry)
        try:
            yield guard
        finally:
            self._guards.pop(lease.number, None)

    def expire(self, reason: str, grace: float) -> None:
        """Let all items time out; from the watchdog. See ``Guard.expire``."""
        self._expiry = reason, grace
        for guard in list(self._guards.values()):
            guard.expire(reason, grace)

    def get(self, lease: Lease) -> Guard | None:
        """Return the guard of a lease whose item runs."""
        return self._guards.get(lease.number)
