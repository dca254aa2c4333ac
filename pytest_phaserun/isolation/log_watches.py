"""``assertLogs`` and ``assertNoLogs`` of a test: for its own records.

They put a handler of theirs in the place of all that a logger has. That would take the
records of other tests, and put back for one what another has put there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .current import ItemRun, current_run

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True


class Stand(logging.Logger):
    """Stands for a logger towards one ``assertLogs``, which changes it.

    Used by the threads of one test.

    :ivar real: the logger itself, which is left alone; its level is kept for the test
        by ``log_levels``.
    """

    def __init__(self, real: logging.Logger) -> None:
        super().__init__(real.name)
        self.real = real

    def setLevel(self, level: int | str) -> None:  # noqa: N802 (`logging`'s name)
        self.real.setLevel(level)


@contextmanager
def own_watches() -> Iterator[None]:
    """While active, what a test watches by ``assertLogs`` are its own records."""
    try:
        # Private in the standard library, 3.10 to 3.14; without it such tests see one
        # another's records.
        from unittest._log import _AssertLogsContext as Context
    except ImportError:
        yield
        return
    kind: Any = Context
    enter, leave, call = kind.__enter__, kind.__exit__, logging.Logger.callHandlers

    def enter_for_run(self: Any) -> Any:
        run = current_run()
        if run is None or run.making:
            return enter(self)
        named = self.logger_name
        is_logger = isinstance(named, logging.Logger)
        real = named if is_logger else logging.getLogger(named)
        level, self.logger_name = real.level, Stand(real)
        watcher = enter(self)
        self.old_level = level
        run.log_stands += (self.logger,)
        return watcher

    def leave_for_run(self: Any, *error: Any) -> Any:
        run = current_run()
        if run is not None:
            run.log_stands = tuple(s for s in run.log_stands if s is not self.logger)
        return leave(self, *error)

    def call_for_run(self: logging.Logger, record: logging.LogRecord) -> None:
        run = current_run()
        handlers = _find_handlers(self, run) if run and run.log_stands else None
        if handlers is None:
            call(self, record)
            return
        for handler in handlers:
            if record.levelno >= handler.level:
                handler.handle(record)

    kind.__enter__, kind.__exit__ = enter_for_run, leave_for_run
    logging.Logger.callHandlers = call_for_run  # type: ignore[method-assign]
    try:
        yield
    finally:
        logging.Logger.callHandlers = call  # type: ignore[method-assign]
        kind.__enter__, kind.__exit__ = enter, leave


def _find_handlers(logger: logging.Logger, run: ItemRun) -> list[Any] | None:
    """Return who is given a record of a test, ``None`` if no ``assertLogs`` takes it.

    Those that stand below the logger that it watches, and its own.
    """
    found: list[Any] = []
    walk: logging.Logger | None = logger
    while walk is not None:
        for stand in reversed(run.log_stands):
            if stand.real is walk:
                return [*found, *stand.handlers]
        found += walk.handlers
        walk = walk.parent if walk.propagate else None
    return None
