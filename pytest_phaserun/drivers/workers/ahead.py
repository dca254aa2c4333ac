"""Tests that workers are told to run next while they still run others.

Where tests are quick, a worker would wait for its next order about as long as it needs
to carry it out. It takes the ticket of such an order when it begins, unless the driver
has taken that back. A pipe decides: what one of them has read is gone for the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from ...dispatch import Dispatcher
from .controller import Controller
from .desk import Desk
from .fork import Fork
from .limits import RunLimits
from .staff import PATIENCE, Staff


class AheadOrders:
    """Owned by the driver of forks, whose main thread alone may call.

    :param forks: the workers, by slot.
    """

    def __init__(
        self,
        controller: Controller,
        dispatcher: Dispatcher,
        limits: RunLimits,
        staff: Staff,
        forks: Mapping[int, Fork],
    ) -> None:
        self._controller = controller
        self._dispatcher = dispatcher
        self._limits = limits
        self._staff = staff
        self._forks = forks

    def give(self) -> None:
        """Let workers whose tests are quick have the next one at hand."""
        if not self._staff.is_quick:
            return
        for desk in self._limits.busy:
            if desk.ahead is None and not self._is_late(desk, time.monotonic()):
                order = self._controller.next_ahead(desk.slot)
                if order is not None:
                    self._forks[desk.slot].send(order)

    def look(self, now: float) -> None:
        """Take back what others can run sooner, or what nobody is to run any more."""
        for desk in self._limits.busy:
            if self._dispatcher.stopped is not None or self._is_late(desk, now):
                self.take_back(desk)

    def take_back(self, desk: Desk) -> bool:
        """Take back what a worker is to run next; tell whether there is nothing.

        Otherwise it has begun that, and has said before that its test has ended.
        """
        if desk.ahead is None:
            return True
        if not self._forks[desk.slot].take(desk.ahead.number):
            return False
        self._controller.give_back(desk)
        return True

    def _is_late(self, desk: Desk, now: float) -> bool:
        """Tell whether the test of a worker is not about to end."""
        waits = desk.slot in self._controller.questions
        return waits or now >= desk.began + PATIENCE

    def find_due(self) -> Iterator[float]:
        """Yield when something is to be taken back if nothing happens before."""
        for desk in self._limits.busy:
            if desk.ahead is not None:
                yield desk.began + PATIENCE
