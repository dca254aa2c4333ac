"""Log records of concurrent tests: one handler routes each to the test that logged it.

Levels that ``caplog`` sets hold for the test that set them and for no other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# Private, in 8.4 to 9.2: the handler behind `caplog` and report sections, the keys
# under which it stands in an item's stash, and the fixture whose levels are
# process-wide.
from _pytest.logging import (
    LogCaptureFixture,
    LogCaptureHandler,
    caplog_handler_key,
    caplog_records_key,
)

from .current import ItemRun, Logs, current_run
from .log_levels import LEVELS

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

_PLUGIN = "logging-plugin"


class _Handler(LogCaptureHandler):
    """Keeps the records of one test; only the router calls it."""

    def createLock(self) -> None:  # noqa: N802 (the name is `logging`'s)
        # The usual way registers the handler with the whole process.
        self.lock = threading.RLock()


class ItemLogs:
    """The log handlers of one test, made when it first logs or asks for ``caplog``.

    Written by the threads of the test, read by its own.
    """

    def __init__(self, run: ItemRun, plugin: Any) -> None:
        self._item = run.item
        self.caplog, self.report = _Handler(), _Handler()
        for handler in (self.caplog, self.report):
            handler.setFormatter(plugin.formatter)
            if plugin.log_level is not None:
                handler.setLevel(plugin.log_level)
        run.item.stash[caplog_records_key] = {}
        run.item.stash[caplog_handler_key] = self.caplog
        self.start(run.stage)

    def start(self, when: str) -> None:
        """Begin a stage with empty handlers."""
        self.caplog.reset()
        self.report.reset()
        self._item.stash[caplog_records_key][when] = self.caplog.records

    def end(self, when: str) -> None:
        """End a stage: what was logged becomes a section of the item's report."""
        text = self.report.stream.getvalue().strip()
        self._item.add_report_section(when, "log", text)

    def handle(self, record: logging.LogRecord) -> None:
        """Keep a record in the handlers whose level it has."""
        for handler in (self.caplog, self.report):
            if record.levelno >= handler.level:
                handler.handle(record)


@contextmanager
def routed_logs(config: pytest.Config) -> Iterator[None]:
    """Route log records while tests run beside one another."""
    plugin = config.pluginmanager.getplugin(_PLUGIN)
    if plugin is None:
        yield
        return
    root = logging.getLogger()
    router = _Router(plugin)
    level = root.level
    root.addHandler(router)
    if plugin.log_level is not None:
        root.setLevel(min(level, plugin.log_level))
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(router)


class _Router(logging.Handler):
    """Passes each record to the handlers of the test that logs."""

    def __init__(self, plugin: Any) -> None:
        super().__init__()
        self._plugin = plugin

    def createLock(self) -> None:  # noqa: N802 (the name is `logging`'s)
        # Tests must not wait for one another here.
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        run = current_run()
        if run is not None:
            logs_of(run, self._plugin).handle(record)
        return True


def logs_of(run: ItemRun, plugin: Any) -> Logs:
    """Return the log handlers of a test, made now if need be."""
    if run.logs is None:
        with run.lock:
            if run.logs is None:
                run.logs = ItemLogs(run, plugin)
    return run.logs


def start_logs(run: ItemRun, when: str) -> None:
    """Begin a stage."""
    if run.logs is not None:
        run.logs.start(when)


def end_logs(run: ItemRun, when: str) -> None:
    """End a stage; after the last one the item's stash is as pytest leaves it."""
    if run.logs is None:
        return
    run.logs.end(when)
    if when == "teardown":
        del run.item.stash[caplog_records_key]
        del run.item.stash[caplog_handler_key]


# Final for type checkers; its behaviour is what users know, so it is kept.
class RoutedCaplog(LogCaptureFixture):  # type: ignore[misc]
    """``caplog`` of a concurrent test: the levels it sets are its own."""

    def __init__(self, run: ItemRun, plugin: Any) -> None:
        super().__init__(run.item, _ispytest=True)
        self._run = run
        self._before: dict[logging.Logger, int | None] = {}
        logs_of(run, plugin)

    def _finalize(self) -> None:
        for logger, level in self._before.items():
            LEVELS.set(self._run, logger, level)
        LEVELS.drop(self._run)
        if self._initial_handler_level is not None:
            self.handler.setLevel(self._initial_handler_level)

    def set_level(self, level: int | str, logger: str | None = None) -> None:
        """Set the threshold of a logger for the rest of the test."""
        if self._initial_handler_level is None:
            self._initial_handler_level = self.handler.level
        self.handler.setLevel(level)
        found = logging.getLogger(logger)
        self._before.setdefault(found, LEVELS.get(self._run, found))
        LEVELS.lift(self._run)
        LEVELS.set(self._run, found, self.handler.level)

    @contextmanager
    def at_level(self, level: int | str, logger: str | None = None) -> Iterator[None]:
        """Set the threshold of a logger inside a ``with`` block."""
        found = logging.getLogger(logger)
        before, mine = self.handler.level, LEVELS.get(self._run, found)
        self.handler.setLevel(level)
        is_lifted = LEVELS.lift(self._run)
        LEVELS.set(self._run, found, self.handler.level)
        try:
            yield
        finally:
            self.handler.setLevel(before)
            LEVELS.set(self._run, found, mine)
            if is_lifted:
                LEVELS.drop(self._run)


class LogFixtures:
    """Overrides pytest's fixture of the same name; registered while active."""

    @pytest.fixture
    def caplog(self, request: pytest.FixtureRequest) -> Iterator[LogCaptureFixture]:
        """Access and control log capturing."""
        run = current_run()
        plugin = request.config.pluginmanager.getplugin(_PLUGIN)
        if run is None or plugin is None:
            found = LogCaptureFixture(request.node, _ispytest=True)
        else:
            found = RoutedCaplog(run, plugin)
        yield found
        found._finalize()
