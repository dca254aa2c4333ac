"""Tests that workers are told to run next while they still run others.

A worker that has ended a test would otherwise wait until the driver has heard of it,
which is long where tests are quick, or where the workers take all cores.

With each such order goes a ticket. The worker takes one when it comes to such an order,
and skips that if there is none; the driver takes one to take back the last order. A
pipe decides: what one has read is gone for the other. All tickets are alike, so a
worker must have skipped an order before there is a ticket for a later one: while it
runs the test after, it has none at hand.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...dispatch import Dispatcher, Lease
from .controller import Controller
from .desk import Desk
from .fork import Fork
from .limits import RunLimits
from .messages import Order


class AheadOrders:
    """Owned by the driver of forks, whose main thread alone may call.

    :param forks: the workers, by slot.
    """

    def __init__(
        self,
        controller: Controller,
        dispatcher: Dispatcher,
        limits: RunLimits,
        forks: Mapping[int, Fork],
    ) -> None:
        self._controller = controller
        self._dispatcher = dispatcher
        self._limits = limits
        self._forks = forks

    def give(self) -> None:
        """Let workers have the next test at hand, once for each that they run."""
        for desk in self._limits.busy:
            if not desk.was_told_next:
                order = self._controller.next_ahead(desk.slot)
                if order is not None:
                    self._forks[desk.slot].send(order)

    def settle(self) -> None:
        """Take back what is not to run next any more."""
        # Who waits for something that is started already cannot pull it forward.
        untimely = (
            list(self._dispatcher.ahead.values())
            if self._controller.questions
            else self._dispatcher.find_untimely()
        )
        for lease in untimely:
            self.take_back(self._desk_of(lease))

    def has_for(self, slot: int) -> bool:
        """Tell whether there may be something that an idle worker can run."""
        dispatcher = self._dispatcher
        return dispatcher.ready_for(slot) or bool(dispatcher.find_stealable(slot))

    def next_order(self, slot: int) -> tuple[int, Order] | None:
        """Start a test on an idle worker, if need be what another one is to run next.

        See ``Controller.next_order``.
        """
        order = self._controller.next_order(slot)
        while order is None and self._steal(slot):
            order = self._controller.next_order(slot)
        return order

    def _steal(self, slot: int) -> bool:
        """Take back what a worker can run at once; tell whether there was anything."""
        stealable = self._dispatcher.find_stealable(slot)
        return any(self.take_back(self._desk_of(lease)) for lease in stealable)

    def take_back(self, desk: Desk) -> bool:
        """Take back what a worker is to run next; tell whether there is nothing.

        Otherwise it has begun that, and has said before that its test has ended.
        """
        if desk.ahead is None:
            return True
        if not self._forks[desk.slot].take_ticket():
            return False
        self._controller.give_back(desk)
        return True

    def _desk_of(self, lease: Lease) -> Desk:
        assert lease.slot is not None
        return self._controller.desks[lease.slot]
