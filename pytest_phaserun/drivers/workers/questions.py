"""Tests that wait, while they run, for tests in other processes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from ...dispatch import Dispatcher
from ...errors import CycleError
from ...scheduling.waits import Refusal
from .desk import Desk
from .messages import Answer

#: So many looks in a row must find a wait stuck before it is given up.
_LOOKS = 3


class Questions:
    """Owned by the controller; the main thread alone may call.

    Whether a test may wait is the dispatcher's business. Meanwhile its clock stands
    still and its place is free for another worker.

    :param desks: what is known of each worker, by slot.
    :param workers: how many there are at the most, ``None`` without a limit.
    :ivar _asked: for each slot whose test waits the place of the other test, and how
        many looks have found it stuck.
    """

    def __init__(
        self, dispatcher: Dispatcher, desks: Mapping[int, Desk], workers: int | None
    ) -> None:
        self._dispatcher = dispatcher
        self._desks = desks
        self._workers = workers
        self._asked: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._asked)

    def __contains__(self, slot: int) -> bool:
        return slot in self._asked

    def add(self, slot: int, place: int) -> None:
        """Take note of what the test of a worker waits for."""
        lease = self._desks[slot].lease
        if lease is not None:
            lease.pause_clock(time.monotonic())
        self._asked[slot] = place, 0

    def forget(self, slot: int) -> None:
        """Take note that a worker asks no more."""
        self._asked.pop(slot, None)

    def answer(self) -> Iterator[tuple[int, Answer]]:
        """Yield the answers that are known by now, with the slots that they are for."""
        for slot, (place, stuck) in list(self._asked.items()):
            answer, stuck = self._find(slot, place, stuck)
            if answer is None:
                self._asked[slot] = place, stuck
                continue
            del self._asked[slot]
            lease = self._desks[slot].lease
            if lease is not None:
                self._dispatcher.waits.end(lease)
                lease.resume_clock(time.monotonic())
            yield slot, answer

    def _find(self, slot: int, place: int, stuck: int) -> tuple[Answer | None, int]:
        waits, lease = self._dispatcher.waits, self._desks[slot].lease
        if lease is None:
            return Answer(None), 0
        try:
            found = waits.ask(lease, place)
        except CycleError as error:
            return Answer(None, error.cycles), 0
        if found is not None:
            return Answer(found), 0
        # If all workers wait, nobody is left for what could start.
        has_workers = len(self._asked) != self._workers
        ready = self._dispatcher.ready_count if has_workers else 0
        is_stuck = waits.is_stuck(lease, ready)
        stuck = stuck + 1 if is_stuck else 0
        if stuck < _LOOKS:
            return None, stuck
        name = self._dispatcher.graph.tasks[place].id
        reason = f"{name} cannot start or end while this test runs"
        return Answer(Refusal(reason=reason)), 0
