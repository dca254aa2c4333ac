"""What tests of one process share whether they like it or not.

The environment variable that names the current test, the directory for temporary files,
whose numbering is not safe among threads, and pytest's cache.
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


def guard_shared_files(config: pytest.Config) -> None:
    """Touch the files that tests share through pytest one at a time, for the whole run.

    The directories of ``tmp_path``, which are numbered, and the values of
    ``config.cache``, of which a reader would see half of what is being written.
    """
    # The factory behind `tmp_path_factory`, on the config in all versions; without
    # its plugin there is none.
    factory: Any = getattr(config, "_tmp_path_factory", None)
    _guard(factory, "mktemp", "getbasetemp")
    _guard(getattr(config, "cache", None), "get", "set")


def _guard(owner: Any, *methods: str) -> None:
    """Let one thread at a time into methods of an object; nothing if there is none."""
    if owner is None:
        return
    lock = threading.RLock()

    def one_at_a_time(make: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(make)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            with lock:
                return make(*args, **kwargs)

        return guarded

    for name in methods:
        setattr(owner, name, one_at_a_time(getattr(owner, name)))
