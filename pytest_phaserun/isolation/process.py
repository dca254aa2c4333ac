"""What tests of one process share whether they like it or not.

The environment variable that names the current test, and the directory for temporary
files, whose numbering is not safe among threads.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# Private, in 8.4 to 9.2: writes PYTEST_CURRENT_TEST, and removes it twice when two
# tests end at once. Replaced while tests overlap.
from _pytest import runner

CURRENT_TEST = "PYTEST_CURRENT_TEST"


@contextmanager
def steady_current_test() -> Iterator[None]:
    """Keep ``PYTEST_CURRENT_TEST`` set, to no test in particular."""
    update = runner._update_current_test_var
    os.environ[CURRENT_TEST] = "several tests at once (call)"
    runner._update_current_test_var = lambda item, when: None
    try:
        yield
    finally:
        runner._update_current_test_var = update
        os.environ.pop(CURRENT_TEST, None)


def guard_temporary_files(config: pytest.Config) -> None:
    """Number the directories of ``tmp_path`` one at a time, for the whole run."""
    # The factory behind `tmp_path_factory`, on the config in all versions; without
    # its plugin there is none.
    factory: Any = getattr(config, "_tmp_path_factory", None)
    if factory is None:
        return
    lock = threading.RLock()

    def one_at_a_time(make: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(make)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            with lock:
                return make(*args, **kwargs)

        return guarded

    factory.mktemp = one_at_a_time(factory.mktemp)
    factory.getbasetemp = one_at_a_time(factory.getbasetemp)
