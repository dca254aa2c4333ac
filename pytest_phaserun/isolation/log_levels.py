"""Levels of loggers, per test.

A logger has one level for the whole process. While tests set levels, it has the lowest
that any of them wants, and each record is checked against the level that its own test
sees.
"""

from __future__ import annotations

import logging
import threading

from .current import ItemRun

Own = dict[str, int]


class Levels:
    """Who has set which level; any thread may ask, the lock guards changes.

    ``logging.disable`` counts as lifted for a test that sets a level, as with pytest's
    own ``caplog``.

    :ivar _base: the levels of the loggers that tests have changed, as they were.
    :ivar _own: the levels that tests have set, by logger.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._base: Own = {}
        self._base_disable = 0
        self._own: dict[ItemRun, Own] = {}

    @property
    def is_used(self) -> bool:
        """Tell whether any test has set a level."""
        return bool(self._own)

    def get(self, run: ItemRun, logger: logging.Logger) -> int | None:
        """Return the level that a test has set on a logger, ``None`` if it has not."""
        return self._own.get(run, {}).get(logger.name)

    def set(self, run: ItemRun, logger: logging.Logger, level: int | None) -> None:
        """Let a test have its own level on a logger; ``None`` takes that back."""
        with self._lock:
            own = dict(self._own.get(run, {}))
            own.pop(logger.name, None)
            if level is not None:
                own[logger.name] = level
            self._replace(run, own)

    def forget(self, run: ItemRun) -> None:
        """Take back all that a test has set."""
        with self._lock:
            self._replace(run, {})

    def is_seen(self, run: ItemRun | None, logger: logging.Logger, level: int) -> bool:
        """Tell whether a record that the lowest level let pass is one for this test."""
        own = {} if run is None else self._own.get(run, {})
        if not own and self._base_disable >= level:
            return False
        walk: logging.Logger | None = logger
        while walk is not None:
            threshold = own.get(walk.name, self._base.get(walk.name, walk.level))
            if threshold:
                return level >= threshold
            walk = walk.parent
        return True

    def _replace(self, run: ItemRun, own: Own) -> None:
        if not self._own:
            self._base_disable = logging.root.manager.disable
        # Whole dictionaries are swapped: readers take no lock.
        changed = {**self._own, run: own}
        if not own:
            del changed[run]
        self._own = changed
        for name in own:
            self._base.setdefault(name, logging.getLogger(name).level)
        self._apply()

    def _apply(self) -> None:
        """Give every logger concerned the lowest level that is wanted of it."""
        # Parents first: a logger without a level of its own looks at its parent's.
        for name in sorted(self._base, key=lambda name: (name != "root", name)):
            logger = logging.getLogger(name)
            wanted = [own[name] for own in self._own.values() if name in own]
            base = self._base[name]
            if not wanted:
                del self._base[name]
            elif not base and logger.parent is not None:
                base = logger.parent.getEffectiveLevel()
            logger.setLevel(min([base, *wanted]))
        lowest = 0 if self._own else self._base_disable
        if logging.root.manager.disable != lowest:
            logging.disable(lowest)


#: One for the process, as there is one ``logging``.
LEVELS = Levels()
