"""Makes events of a run while it goes on, of what the record and pytest tell.

Where they go is not known here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..model import Blocked
from ..record import RunRecord, Span, Start
from .events import (
    Event,
    describe_blocked,
    describe_end,
    describe_notes,
    describe_report,
    describe_start,
)

#: Takes events, in their order.
Sink = Callable[[Sequence[Event]], None]

#: How many events of the plan are handed on at once.
_AT_ONCE = 1000


class Recorder:
    """Observes a record, and is registered as a plugin to hear the reports.

    Owned by the main thread; ``started`` may be called in any. A lock guards all of it,
    and the sinks.

    :param nodeids: of the tests, by their place.
    :param attribute: which reports have of tests that timed out.
    :param sinks: are called by one thread at a time.
    :ivar _shift: seconds from the monotonic clock to the epoch; taken once, so that
        what did not overlap does not seem to.
    :ivar _running: the places of tests that have started and not ended.
    :ivar _ended: the ends whose reports have not come yet, the latest last.
    :ivar _reported: the places of running tests whose reports have all come.
    :ivar _blocked: the places of blocked tests whose reports have not come yet.
    :ivar _held: reports that go with the next event; a file is written less often so.
    """

    def __init__(
        self,
        record: RunRecord,
        nodeids: Sequence[str],
        attribute: str,
        sinks: Iterable[Sink],
    ) -> None:
        self._record = record
        self._attribute = attribute
        self._sinks = list(sinks)
        self._lock = threading.Lock()
        self._shift = time.time() - time.monotonic()
        self._running: dict[int, None] = {}
        self._ended: dict[int, Span] = {}
        self._reported: set[int] = set()
        self._blocked: dict[int, None] = {}
        self._held: list[Event] = []
        self._places: dict[str, list[int]] = {}
        for place, nodeid in enumerate(nodeids):
            self._places.setdefault(nodeid, []).append(place)

    def begin(self, run: Event, tests: Iterable[Event]) -> None:
        """Tell what run it is and what it plans; before it starts."""
        batch = [{**run, "at": self._now()}]
        for test in tests:
            batch.append(test)
            if len(batch) >= _AT_ONCE:
                self._emit(*batch)
                batch.clear()
        self._emit(*batch)

    def finish(self, code: int) -> None:
        """Tell that the run has ended, with pytest's exit code."""
        with self._lock:
            for place in list(self._ended):
                self._tell_end(place)
            self._emit(*describe_notes(self._record))
            self._emit({"event": "finish", "at": self._now(), "exit": code})

    # As an observer of the record

    def started(self, start: Start) -> None:
        with self._lock:
            if start.place in self._ended:
                # Of that attempt nothing is reported, or nothing on its own.
                self._tell_end(start.place, is_provisional=True)
            self._running[start.place] = None
            self._emit(describe_start(start, self._shift))

    def ended(self, span: Span) -> None:
        with self._lock:
            self._running.pop(span.place, None)
            self._ended[span.place] = span
            if span.place in self._reported:
                self._tell_end(span.place)

    def blocked(self, blocked: Blocked) -> None:
        with self._lock:
            event = describe_blocked(blocked, self._record.graph)
            self._blocked[event["n"]] = None
            self._emit(event)

    # As a plugin

    def pytest_runtest_logreport(self, report: Any) -> None:
        with self._lock:
            place = self._find_place(report.nodeid)
            if place is not None:
                is_timeout = hasattr(report, self._attribute)
                now = self._now()
                event = describe_report(place, report, now, is_timeout=is_timeout)
                self._held.append(event)
                if not self._is_awaited(place):
                    self._emit()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        with self._lock:
            place = self._find_place(nodeid)
            if place in self._ended:
                self._tell_end(place)
            elif place in self._running:
                self._reported.add(place)
            elif place in self._blocked:
                del self._blocked[place]
                self._emit()

    def _is_awaited(self, place: int) -> bool:
        """Tell whether there will be another event of a test."""
        return place in self._ended or place in self._running or place in self._blocked

    def _tell_end(self, place: int, *, is_provisional: bool = False) -> None:
        self._reported.discard(place)
        span = self._ended.pop(place)
        self._emit(describe_end(span, self._shift, is_provisional=is_provisional))

    def _find_place(self, nodeid: str) -> int | None:
        """Return which test a report is of; a node id may stand for several."""
        places = self._places.get(nodeid, [])
        if len(places) < 2:
            return places[0] if places else None
        waiting = (*reversed(self._ended), *self._running, *self._blocked)
        return next((place for place in waiting if place in places), places[0])

    def _now(self) -> float:
        return time.monotonic() + self._shift

    def _emit(self, *events: Event) -> None:
        told = [*self._held, *events]
        self._held.clear()
        for sink in self._sinks:
            sink(told)
