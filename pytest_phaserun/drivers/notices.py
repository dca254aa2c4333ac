"""Lines for the terminal while tests run, past whatever is captured."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from ..isolation.streams import begin_line, open_terminal


class Notices:
    """Made by ``open_notices``; any thread may write, and the lock keeps texts whole.

    :param stream: ``None`` if there is no terminal to write to.
    """

    def __init__(self, config: pytest.Config, stream: TextIO | None) -> None:
        self._config = config
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, lines: Iterable[str]) -> None:
        """Write lines of their own, whatever stands in the line before."""
        if self._stream is None:
            return
        with self._lock:
            before = begin_line(self._config)
            self._stream.write(before + "".join(f"{line}\n" for line in lines))
            self._stream.flush()


@contextmanager
def open_notices(config: pytest.Config) -> Iterator[Notices]:
    """Reach the terminal from now on; in the main thread, between tests."""
    with open_terminal(config) as stream:
        yield Notices(config, stream)


def describe_stopping(number: int, grace: float) -> str:
    """Say that some tests are told to stop, and in how many seconds they have to."""
    tests = "1 test" if number == 1 else f"{number} tests"
    return (
        f"phaserun: stopping {tests}, within {grace:g} s; "
        "Ctrl-C again ends the run at once"
    )
