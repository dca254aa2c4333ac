"""The tests that were abandoned: what the record of the run says of them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ..dispatch import Overruled
from ..isolation.capture_fixtures import end_output
from ..record import Hung, RunRecord
from .reports import report_given_up
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


def report_abandoned(item: pytest.Item, abandoned: Abandoned) -> None:
    """Report a test that was given up on a slot, with what it had printed.

    Nothing if it did nothing wrong but to run when the run was to end.
    """
    if abandoned.error is None:
        return
    end_output(abandoned.run, abandoned.stage)
    report_given_up(item, abandoned.stage, abandoned.error, abandoned.seconds)
