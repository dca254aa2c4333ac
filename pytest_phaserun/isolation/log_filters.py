"""Filters that a test puts on loggers and handlers: for its own records.

Loggers are the process's. A filter that counts or holds back what it sees, as the one
of tornado's ``ExpectLog`` does, would see what other tests log, and take it from them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .current import ItemRun, current_run

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


class _OwnFilter:
    """A filter of one test; what others log passes.

    Any thread that logs may call. For its own test it is equal to the filter itself,
    which is looked for to be removed; several tests may have added the same one.
    """

    def __init__(self, kept: Any, run: ItemRun) -> None:
        self._kept = kept
        self._run = run

    def __repr__(self) -> str:
        return repr(self._kept)

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        return current_run() is self._run and bool(other == self._kept)

    def __hash__(self) -> int:
        return hash(self._kept)

    def filter(self, record: logging.LogRecord) -> Any:
        """Ask the filter, but only for records of its test."""
        if current_run() is not self._run:
            return True
        decide = getattr(self._kept, "filter", self._kept)
        return decide(record)


@contextmanager
def own_filters() -> Iterator[None]:
    """While active, a filter that a test adds to a logger is for the test alone.

    One that a fixture adds for several tests is for all, and so is one of a handler,
    which is seldom shared.
    """
    add = logging.Logger.addFilter

    def add_for_run(self: logging.Logger, filter: Any) -> None:
        run = current_run()
        if run is None or run.making:
            add(self, filter)
        elif filter not in self.filters:
            add(self, _OwnFilter(filter, run))

    # There is no public hook.
    logging.Logger.addFilter = add_for_run  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        # It is inherited.
        del logging.Logger.addFilter
