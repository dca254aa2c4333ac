"""What tests of the runner are given."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from running import Clock


@pytest.fixture
def make_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Clock]:
    """Return what puts a ``Clock`` into the running loop."""

    def make() -> Clock:
        loop = asyncio.get_running_loop()
        clock = Clock(loop)
        monkeypatch.setattr(loop, "time", clock.time)
        return clock

    return make


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """An event for threads to hang on; it comes when the test is over."""
    event = threading.Event()
    yield event
    event.set()
