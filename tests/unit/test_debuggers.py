"""To look for a debugger disturbs nobody."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator

import pytest

from pytest_phaserun.isolation.debuggers import is_debugged


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """Keep what the collector finds."""
    gc.disable()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def test_look_makes_no_garbage_that_a_test_could_find(garbage):
    is_debugged([threading.get_ident()])
    gc.collect()

    assert not [type(each) for each in garbage]


def test_frames_are_not_asked_for_where_no_thread_is_looked_at(monkeypatch):
    def refuse() -> None:
        raise AssertionError("frames were asked for")

    monkeypatch.setattr(sys, "_current_frames", refuse)

    assert not is_debugged(each for each in ())
