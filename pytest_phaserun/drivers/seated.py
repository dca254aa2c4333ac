"""A run on workers of pytest-xdist: which of them does what, and for how long it may.

Knows nothing of xdist but what a ``Seat`` says. All of it runs in the main thread, in
xdist's loop: whoever has something to say calls ``turn`` through the loop's queue.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from ..dispatch import Dispatcher
from ..record import RunRecord
from ..scheduling.lease import Lease
from ..settings import Settings
from .alarm import Alarm
from .notices import Notices
from .seats import Seat
from .workers.controller import Controller
from .workers.limits import RunLimits
from .workers.line import ShowStack
from .workers.losses import Crashed, Loss, hung_at_end
from .workers.messages import Message

#: Seconds that a worker may take to tell where it is.
_STACK_TIME = 0.5


class SeatedRun:
    """Owned by the driver.

    :param seats: by xdist's workers, as they come and go.
    :param workers: how many there are when none is being replaced.
    :param alarm: wakes the loop when something is due.
    :param notices: are written while tests run.
    """

    def __init__(
        self,
        session: pytest.Session,
        dispatcher: Dispatcher,
        record: RunRecord,
        settings: Settings,
        seats: Mapping[Any, Seat],
        workers: int,
        alarm: Alarm,
        notices: Notices,
    ) -> None:
        self._session = session
        self._dispatcher = dispatcher
        self._record = record
        self._settings = settings
        self._seats = seats
        self._workers = workers
        self._alarm = alarm
        self._notices = notices
        self._controller = Controller(
            session, session.items, dispatcher, record, settings, workers=workers
        )
        self._retire_at: float | None = None
        self._limits = RunLimits(
            session, self._controller, dispatcher, record, settings
        )
        self._limits.begin()

    @property
    def is_active(self) -> bool:
        """Tell whether anything runs or may yet start."""
        return self._dispatcher.is_active()

    def stop(self, reason: str) -> None:
        """Start nothing more."""
        self._dispatcher.stop(reason)

    def turn(self) -> None:
        """Do what is due after something has happened."""
        controller = self._controller
        self._look_at_clocks(time.monotonic())
        controller.believe()
        self._give_orders()
        # Workers are busy by now, and need not wait for that.
        controller.report()
        # What is reported may have stopped the run.
        controller.believe()
        controller.report()
        self._look_at_retired(time.monotonic())
        self._alarm.set(self._find_due())

    # Orders

    def _give_orders(self) -> None:
        controller = self._controller
        ready = sorted(seat.slot for seat in self._seats.values() if seat.is_ready)
        orders = [
            controller.next_order(slot)
            for slot in ready
            if slot not in controller.desks or controller.desks[slot].lease is None
        ]
        # The worker for it may be starting, and a test's time must not run meanwhile.
        if len(ready) == self._workers:
            orders.append(controller.next_alone(ready[0]))
        by_slot = {seat.slot: seat for seat in self._seats.values()}
        for slot, order in filter(None, orders):
            by_slot[slot].send(order)
        for slot, answer in controller.questions.answer():
            by_slot[slot].send(answer)

    # What workers say

    def hear(self, seat: Seat, message: Message) -> None:
        """Deal with what a worker says of a test."""
        self._controller.hear(seat.slot, message)
        if seat.dying is not None and seat.error is None and not self._runs(seat):
            seat.spare()

    def show(self, seat: Seat, stack: str) -> None:
        """Deal with what a worker was asked for: where it is."""
        desk = self._controller.desks.get(seat.slot)
        if seat.dying is not None:
            self._kill(seat, stack)
        elif desk is not None and desk.lease is not None and desk.is_slow:
            slow = desk.describe_slow(time.monotonic())
            self._notices.write([slow, *stack.splitlines()])

    def lose(self, seat: Seat) -> bool:
        """Deal with the end of a worker that was not told to end.

        :returns: whether it ended with a test, and not by itself.
        """
        desk = self._controller.desks.get(seat.slot)
        if desk is None:
            return False
        had_test = desk.lease is not None
        place = desk.last if desk.lease is None else desk.lease.place
        what = "was ended when a test timed out"
        error: BaseException | None = seat.error
        if error is None:
            what = f"{seat.describe_end()} (worker {seat.name})"
            error = Crashed(what)
        elif not (self._runs(seat) or seat.is_retired):
            # Its test was over before it was ended.
            error = None
        worker = {"worker_id": seat.name, "item_index": place}
        self._controller.lose(seat.slot, Loss(what, error, worker=worker))
        return had_test

    def _runs(self, seat: Seat) -> bool:
        """Tell whether a worker still runs the test whose time was up."""
        desk = self._controller.desks.get(seat.slot)
        return desk is not None and seat.dying is not None and desk.lease is seat.dying

    # Clocks

    def _find_due(self) -> float | None:
        """Return when something has to be done though nobody says anything.

        Who wants to look at the run does so.
        """
        dying = [seat.dying for seat in self._seats.values()]
        due = [self._limits.find_due(dying), self._retire_at]
        due += [seat.kill_at for seat in self._seats.values()]
        if self._record.look is not None:
            due.append(time.monotonic() + self._record.look())
        return min((each for each in due if each is not None), default=None)

    def _look_at_clocks(self, now: float) -> None:
        if (expired := self._limits.take_expired(now)) is not None:
            for lease in self._dispatcher.running:
                self._condemn(lease, expired)
        for lease in self._dispatcher.get_overdue(now):
            self._condemn(lease)
        for seat in self._seats.values():
            if seat.kill_at is not None and seat.kill_at <= now:
                self._kill(seat, "")
        for desk in self._limits.busy:
            if self._limits.is_slow(desk, now):
                self._limits.take_slow(desk)
                self._find_seat(desk.slot).send(ShowStack())

    def _find_seat(self, slot: int) -> Seat:
        return next(seat for seat in self._seats.values() if seat.slot == slot)

    def _condemn(self, lease: Lease, reason: str = "") -> None:
        """Let the worker of a test that has had its time tell where it is, and end.

        :param reason: why the time is up before the test's own limit.
        """
        assert lease.slot is not None
        seat = self._find_seat(lease.slot)
        if seat.dying is None:
            seat.dying, seat.reason = lease, reason
            seat.kill_at = time.monotonic() + _STACK_TIME
            seat.send(ShowStack())

    def _kill(self, seat: Seat, stack: str) -> None:
        desk = self._controller.desks[seat.slot]
        if seat.error is None and self._runs(seat):
            seat.error = desk.timed_out(stack, seat.reason)
            seat.kill()

    def _look_at_retired(self, now: float) -> None:
        """End workers that take too long to take down what tests have shared."""
        limit = self._settings.timeout
        if self.is_active or not limit:
            return
        if self._retire_at is None:
            self._retire_at = now + limit
        elif self._retire_at <= now:
            self._retire_at = now + limit
            for seat in self._seats.values():
                if not seat.is_up:
                    continue  # it has taken nothing over yet
                seat.is_retired = True
                seat.error = hung_at_end(limit)
                seat.kill()

    # Ends

    def wind_down(self, error: BaseException) -> None:
        """Report what is known when the run is cut short."""
        self._dispatcher.stop(type(error).__name__)
        self._controller.withdraw_running()
        self._controller.believe()
        self._controller.report()

    def close(self) -> None:
        """Fill the record with what is known by now."""
        self._limits.close()

    def raise_end(self) -> None:
        """End the session as a test has asked for, or the deadline.

        :raises BaseException: what the test has raised.
        """
        self._controller.report()
        self._controller.raise_escape()
        if self._limits.expired is not None:
            self._session.shouldfail = self._limits.expired
