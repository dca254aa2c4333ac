"""What is due in a run on workers though none of them says anything."""

from __future__ import annotations

import time
from collections.abc import Collection

import pytest

from ...dispatch import Dispatcher
from ...record import RunRecord
from ...scheduling.lease import Lease
from ...settings import Settings, find_notice_limit
from .controller import Controller
from .desk import Desk

#: Seconds between two looks for an answer that nobody tells.
_LOOK = 0.1


class RunLimits:
    """Owned by a driver, whose main thread alone may ask; ends nothing itself.

    :ivar expired: why the run has ended before its time.
    """

    def __init__(
        self,
        session: pytest.Session,
        controller: Controller,
        dispatcher: Dispatcher,
        record: RunRecord,
        settings: Settings,
    ) -> None:
        self._controller = controller
        self._dispatcher = dispatcher
        self._record = record
        self._deadline = settings.deadline
        self._slow = find_notice_limit(session.config, settings)
        self._expires_at: float | None = None
        self.expired: str | None = None

    @property
    def busy(self) -> list[Desk]:
        """The workers that run a test."""
        desks = self._controller.desks.values()
        return [desk for desk in desks if desk.lease is not None]

    def begin(self) -> None:
        """Count from now on."""
        self._record.began = time.monotonic()
        if self._deadline:
            self._expires_at = self._record.began + self._deadline

    def find_due(self, dying: Collection[Lease | None] = ()) -> float | None:
        """Return when something has to be done, ``None`` if never.

        :param dying: leases whose time was up before, which are seen to.
        """
        due = [self._expires_at, *map(self._find_slow_at, self.busy)]
        running = self._dispatcher.running
        due += [lease.deadline for lease in running if lease not in dying]
        if self._controller.questions:
            due.append(time.monotonic() + _LOOK)
        return min((each for each in due if each is not None), default=None)

    def take_expired(self, now: float) -> str | None:
        """End the run if its deadline has come; return that in words, once."""
        if self._expires_at is None or now < self._expires_at:
            return None
        self._expires_at = None
        self.expired = f"the deadline of the run, {self._deadline:g} s, has come"
        self._dispatcher.stop(self.expired)
        return self.expired

    def is_slow(self, desk: Desk, now: float) -> bool:
        """Tell whether the test of a worker has become slow; see ``take_slow``."""
        slow_at = self._find_slow_at(desk)
        return slow_at is not None and slow_at <= now

    def take_slow(self, desk: Desk) -> None:
        """Take note that it is told that a test is slow."""
        desk.is_slow = True
        self._record.slow += 1

    def close(self) -> None:
        """Fill the record with what is known by now."""
        self._record.ended = time.monotonic()
        unstarted = len(self._dispatcher.get_unstarted())
        self._record.not_run = unstarted - len(self._record.interrupted)

    def _find_slow_at(self, desk: Desk) -> float | None:
        return desk.find_slow_at(self._slow)
