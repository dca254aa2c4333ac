"""The tests that were abandoned: what the record of the run says of them."""

from __future__ import annotations

from collections.abc import Iterable

from ..dispatch import Overruled
from ..record import Hung, RunRecord
from .state import Abandoned, Event


class HungTests:
    """Owned by the driver, which notes them in the main thread."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record
        self._found: list[Abandoned] = []

    def note(self, event: Event) -> None:
        """Take note of an event, if one is abandoned by it."""
        if isinstance(event, Abandoned):
            self._found.append(event)

    def close(self, overruled: Iterable[Overruled]) -> None:
        """Fill the record with what is known by now."""
        self._record.overruled[:] = overruled
        self._record.hung[:] = [
            Hung(
                place=each.lease.place,
                stage=each.stage,
                seconds=each.seconds,
                thread=each.thread.name,
                left=each.left,
                has_ended=not each.thread.is_alive(),
            )
            for each in self._found
        ]
