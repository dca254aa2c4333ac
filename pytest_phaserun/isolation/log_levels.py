"""Levels of loggers, per test.

A logger has one level for the whole process. While tests run beside one another, one
that a test sets is seen by that test alone, however it was set: by ``caplog``, by
``setLevel``, or by ``assertLogs``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .current import ItemRun, current_run, working_for

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: By logger what was there before a test set its level, and that level.
Own = dict[logging.Logger, tuple[int, int]]

_NAME = "level"


class Levels:
    """Who has set which level; any thread may ask, the lock guards changes.

    :ivar _own: the levels that tests have set; whole dictionaries are swapped, as
        readers take no lock.
    :ivar _lifted: the tests for which ``logging.disable`` does not count.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._own: dict[ItemRun, Own] = {}
        self._lifted: frozenset[ItemRun] = frozenset()

    @property
    def is_used(self) -> bool:
        """Tell whether any test has set a level."""
        return bool(self._own or self._lifted)

    def get(self, run: ItemRun | None, logger: logging.Logger) -> int | None:
        """Return the level that a test has set on a logger, ``None`` if it has not."""
        own = self._own.get(run) if run is not None else None
        found = None if own is None else own.get(logger)
        return None if found is None else found[1]

    def set(self, run: ItemRun, logger: logging.Logger, level: int | None) -> None:
        """Let a test have its own level on a logger; ``None`` takes that back."""
        with self._lock:
            own = dict(self._own.get(run, {}))
            before, _ = own.pop(logger, (vars(logger)[_NAME], None))
            if level is not None:
                # Even if it is that of the process, which others may change.
                own[logger] = before, level
            self._replace(run, own)

    def lift(self, run: ItemRun) -> bool:
        """Let ``logging.disable`` not count for a test, as ``caplog`` does.

        :returns: whether it did count.
        """
        with self._lock:
            did_count = run not in self._lifted
            self._lifted |= {run}
        return did_count

    def drop(self, run: ItemRun) -> None:
        """Let ``logging.disable`` count again."""
        with self._lock:
            self._lifted -= {run}

    def end(self, run: ItemRun, *, given_up: bool = False) -> None:
        """End a test: a level that it has not put back stays, as without others.

        :param given_up: it will not put back what it would have; nothing stays.
        """
        self.drop(run)
        own = self._own.get(run)
        if own is None:
            return
        with self._lock:
            self._replace(run, {})
        with working_for(None):
            for logger, (before, level) in own.items():
                stays = not given_up and level != before
                logger.setLevel(level if stays else vars(logger)[_NAME])

    def is_enabled(
        self, run: ItemRun | None, logger: logging.Logger, level: int
    ) -> bool:
        """Tell whether a test has a logger make records of a level."""
        if logger.disabled:
            return False
        if run not in self._lifted and logger.manager.disable >= level:
            return False
        return level >= logger.getEffectiveLevel()

    def _replace(self, run: ItemRun, own: Own) -> None:
        changed = {**self._own, run: own}
        if not own:
            del changed[run]
        self._own = changed


#: One for the process, as there is one ``logging``.
LEVELS = Levels()


def _see_level(logger: logging.Logger) -> Any:
    own = LEVELS.get(current_run(), logger) if LEVELS.is_used else None
    return vars(logger)[_NAME] if own is None else own


def _set_level(logger: logging.Logger, level: Any) -> None:
    run = current_run()
    if run is None or run.making or _NAME not in vars(logger):
        vars(logger)[_NAME] = level
    else:
        LEVELS.set(run, logger, level)


@contextmanager
def own_levels() -> Iterator[None]:
    """While active, a level that a test sets holds for the test alone.

    One that a fixture sets for several tests is for all, and so is one of a handler,
    which is seldom shared.
    """
    is_enabled_for = logging.Logger.isEnabledFor

    def is_enabled_for_run(self: logging.Logger, level: int) -> bool:
        # What the logger remembers is true for those without levels of their own.
        if not LEVELS.is_used:
            return is_enabled_for(self, level)
        return LEVELS.is_enabled(current_run(), self, level)

    # There is no public hook. An attribute of the class that can be set goes before
    # the logger's own, in which the level of the process stays.
    seen: Any = property(_see_level, _set_level)
    logging.Logger.level = seen
    logging.Logger.isEnabledFor = is_enabled_for_run  # type: ignore[method-assign]
    try:
        yield
    finally:
        logging.Logger.isEnabledFor = is_enabled_for  # type: ignore[method-assign]
        del logging.Logger.level
