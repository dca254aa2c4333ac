"""The last resort for a test that hangs in the main thread and cannot be stopped there.

What is known is written, then the process ends.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable

import pytest

from ..isolation.current import ItemRun
from ..isolation.hooks import replay
from ..isolation.main_thread import (
    forget_setup,
    is_command_line,
    release_capture,
    unconfigure,
)
from ..isolation.stages import When
from .reports import report_given_up
from .timed_out import TimedOut

#: Seconds for the last reports; a plugin may hang as well.
PATIENCE = 10.0


def end_process(
    session: pytest.Session,
    item: pytest.Item,
    when: When,
    error: TimedOut,
    seconds: float,
    take_kept: Callable[[], Iterable[ItemRun]],
) -> None:
    """Report a test as timed out, finish the session and end the process with 1.

    Runs in the watchdog's thread, since the main thread is lost. Does nothing where
    the process is not pytest's own: a program that called ``pytest.main`` must live.

    :param take_kept: returns the tests that have ended and are not reported yet.
    """
    if not is_command_line():
        return
    killer = threading.Timer(PATIENCE, os._exit, (1,))
    killer.daemon = True
    killer.start()
    try:
        for key, text in zip(
            ("stdout", "stderr"), release_capture(session.config), strict=True
        ):
            if text:
                item.add_report_section(when, key, text)
        forget_setup(session)
        for run in take_kept():
            replay(session, run.item, run.shipped)
        report_given_up(item, when, error, seconds)
        session.exitstatus = 1
        session.config.hook.pytest_sessionfinish(
            session=session, exitstatus=pytest.ExitCode.TESTS_FAILED
        )
        unconfigure(session.config)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(1)
