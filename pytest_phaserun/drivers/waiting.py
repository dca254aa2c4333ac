"""Tests that wait, while they run, for the end of others.

Says how they wait; whether they may is the dispatcher's business.
"""

from __future__ import annotations

import sys
import threading
import time

import pytest

from ..model import Status
from ..scheduling.lease import Lease
from ..scheduling.waits import Refusal
from .state import Idle, Shared

#: Seconds between two looks. Most ends are told; that nothing can go on is not.
_LOOK = 0.1

#: So many looks in a row must find a wait stuck before it is given up.
_LOOKS = 3


def wait_for(shared: Shared, item: pytest.Item, place: int) -> Status | Refusal:
    """Wait for a test to end; in any thread of the test that waits.

    Meanwhile its clock stands still and its place is free for another test.

    :param place: of the other test in the graph.
    :returns: how it ended, or why that is not to be waited for.
    :raises CycleError: the two wait for one another.
    """
    told = threading.Event()
    with shared.changed:
        lease = _find_lease(shared, item)
        answer = shared.dispatcher.waits.ask(lease, place)
        if answer is not None:
            return answer
        if _would_stop_others(shared, lease):
            shared.dispatcher.waits.end(lease)
            reason = "the event loop that this test shares with others cannot wait"
            return Refusal(reason=reason)
        lease.pause_clock(time.monotonic())
        shared.waiting.append(told)
    try:
        return _wait(shared, lease, place, told)
    finally:
        with shared.changed:
            shared.waiting.remove(told)
            shared.dispatcher.waits.end(lease)
            lease.resume_clock(time.monotonic())


def _wait(
    shared: Shared, lease: Lease, place: int, told: threading.Event
) -> Status | Refusal:
    stuck = 0
    while True:
        with shared.changed:
            answer = shared.dispatcher.waits.ask(lease, place)
            if answer is not None:
                return answer
            ready = shared.dispatcher.ready_count
            is_stuck = shared.dispatcher.waits.is_stuck(lease, ready)
            stuck = stuck + 1 if is_stuck else 0
            if ready:
                shared.wake_slots()
                # There may be work for more slots than there are.
                shared.events.put(Idle())
        if stuck == _LOOKS:
            name = shared.items[place].nodeid
            return Refusal(reason=f"{name} cannot start or end while this test runs")
        told.wait(_LOOK)
        told.clear()


def _find_lease(shared: Shared, item: pytest.Item) -> Lease:
    for lease in shared.dispatcher.running:
        if shared.items[lease.place] is item:
            return lease
    # It was given up, and nobody hears what comes of it.
    raise pytest.exit.Exception("given up")


def _would_stop_others(shared: Shared, lease: Lease) -> bool:
    """Tell whether this is the thread of an event loop and not the test's own."""
    asyncio = sys.modules.get("asyncio")
    guard = shared.guards.get(lease)
    if asyncio is None or guard is None or guard.thread == threading.get_ident():
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
