"""The stack of a thread that another one looks at."""

from __future__ import annotations

import threading
import traceback

from pytest_phaserun.isolation.interrupt import format_thread


def test_stack_of_a_thread_that_goes_on_meanwhile(monkeypatch):
    has_begun, may_go = threading.Event(), threading.Event()
    has_gone, may_end = threading.Event(), threading.Event()

    def wait():
        has_begun.set()
        may_go.wait(10)
        yield

    def work():
        # A generator that rests has no caller: its stack ends there.
        resting = wait()
        next(resting)
        has_gone.set()
        may_end.wait(10)
        resting.close()

    def walk(frame):
        found = list(walk_stack(frame))
        may_go.set()
        has_gone.wait(10)
        return iter(found)

    walk_stack = traceback.walk_stack
    monkeypatch.setattr(traceback, "walk_stack", walk)
    thread = threading.Thread(target=work)
    thread.start()
    has_begun.wait(10)

    stack = format_thread(thread.ident or 0)

    may_end.set()
    thread.join()
    assert "may_go.wait(10)" in stack
