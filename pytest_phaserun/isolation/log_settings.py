"""What a test sets on loggers, but for levels: handlers, ``propagate``, ``disabled``.

Loggers are the process's. While tests run beside one another, a handler that one adds
is given the records of that test alone, and what code under test configures, as by
``logging.config``, takes no handler from others.
"""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from .current import ItemRun, current_run

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

_CLEAR = "_clearExistingHandlers"

_NAMES = ("handlers", "propagate", "disabled")


@contextmanager
def own_settings() -> Iterator[None]:
    """While active, what a test sets on a logger holds for the test alone.

    What a fixture sets for several tests is for all. Who changes the list of handlers
    itself does so for all, too.
    """
    add, remove = logging.Logger.addHandler, logging.Logger.removeHandler

    def add_for_run(self: logging.Logger, hdlr: logging.Handler) -> None:
        if _run_that_sets() is None:
            add(self, hdlr)
        elif hdlr not in self.handlers:
            self.handlers = [*self.handlers, hdlr]

    def remove_for_run(self: logging.Logger, hdlr: logging.Handler) -> None:
        if _run_that_sets() is None:
            remove(self, hdlr)
        elif hdlr in self.handlers:
            self.handlers = [each for each in self.handlers if each is not hdlr]

    # There is no public hook. An attribute of the class that can be set goes before
    # the logger's own, in which the setting of the process stays.
    kind: Any = logging.Logger
    for name in _NAMES:
        setattr(kind, name, _setting(name))
    kind.addHandler, kind.removeHandler = add_for_run, remove_for_run
    # Private, 3.10 to 3.14: closes all handlers of the process, before a configuration
    # makes its own. Others use theirs, and who is held up there by one that writes
    # holds the lock that the garbage collector may need to go on with that.
    clear = getattr(logging.config, _CLEAR, None)

    def clear_for_run() -> None:
        if clear is not None and _run_that_sets() is None:
            clear()

    setattr(logging.config, _CLEAR, clear_for_run)
    try:
        yield
    finally:
        setattr(logging.config, _CLEAR, clear)
        kind.addHandler, kind.removeHandler = add, remove
        for name in _NAMES:
            delattr(kind, name)


def end_settings(run: ItemRun) -> None:
    """End a test: what it has not put back stays, as without others."""
    settings, run.log_settings = run.log_settings, {}
    for (logger, name), (before, value) in settings.items():
        if value == before:
            continue
        if name == "handlers":
            value = _merge(vars(logger)[name], before, value)
        vars(logger)[name] = value


def _merge(
    now: list[logging.Handler],
    before: list[logging.Handler],
    after: list[logging.Handler],
) -> list[logging.Handler]:
    """Return the handlers of now, with what one test has added and taken away."""
    kept = [each for each in now if each in after or each not in before]
    return [*kept, *(each for each in after if each not in before and each not in now)]


def _run_that_sets() -> ItemRun | None:
    """Return the test that sets something for itself."""
    run = current_run()
    return None if run is None or run.making else run


def _setting(name: str) -> property:
    def see(logger: logging.Logger) -> Any:
        run = current_run()
        own = run and run.log_settings.get((logger, name))
        return own[1] if own else vars(logger)[name]

    def put(logger: logging.Logger, value: Any) -> None:
        run = _run_that_sets()
        if run is None or name not in vars(logger):
            vars(logger)[name] = value
        else:
            # Kept even if it is that of the process, which others may change.
            known = run.log_settings.get((logger, name))
            # A copy: others may change the list itself.
            before = known[0] if known else copy(vars(logger)[name])
            run.log_settings[logger, name] = before, value

    return property(see, put)
