"""The live log (``log_cli``) of concurrent tests: each record a line of its own.

pytest begins a section for each stage of the one test that runs. Here records of
several tests stand among one another and among the lines of tests that have ended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def routed_live_log(config: pytest.Config) -> Iterator[None]:
    """Write records without sections while tests run beside one another."""
    handler = _find_handler(config)
    if not isinstance(handler, logging.StreamHandler):  # there is no live log
        yield
        return
    terminal: pytest.TerminalReporter = handler.stream

    def emit(record: logging.LogRecord) -> None:
        terminal.ensure_newline()
        logging.StreamHandler.emit(handler, record)

    handler.emit = emit  # type: ignore[method-assign]
    try:
        yield
    finally:
        del handler.emit


@contextmanager
def whole_lines(config: pytest.Config) -> Iterator[None]:
    """Let no record in while the terminal writes the lines of a test.

    The handler's lock is the only one: who logs there holds it already.
    """
    handler = _find_handler(config)
    if handler is None:
        yield
        return
    handler.acquire()
    try:
        yield
    finally:
        handler.release()


def _find_handler(config: pytest.Config) -> logging.Handler | None:
    # On pytest's plugin in all versions; without it the live log is not told apart.
    plugin: Any = config.pluginmanager.getplugin("logging-plugin")
    return getattr(plugin, "log_cli_handler", None)
