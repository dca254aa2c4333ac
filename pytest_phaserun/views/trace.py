"""A run in the trace-event format, which Perfetto and Chrome's tracing show.

The run is a process, its slots are threads, a test is a slice with one for each of its
stages inside, and an arrow leads from each test to those that depend on it. Times are
in microseconds from the start of the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..recording.run import MAIN_SLOT, Attempt, Run, Stage, TestRun

_PID = 1

#: How many characters of a traceback a slice has.
_MOST_TEXT = 2000

#: What stands in the list ``traceEvents``.
_Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Slice:
    """An attempt in its lane, in whole nanoseconds from the start of the run."""

    test: TestRun
    attempt: Attempt
    start: int
    end: int


def render(run: Run) -> str:
    """Return the text of a trace file."""
    slices = _find_slices(run)
    lanes = sorted({each.attempt.slot for each in slices})
    events = [
        *_name_lanes(lanes),
        *(event for each in slices for event in _draw(each, run)),
        *_draw_arrows(slices),
    ]
    about = {"pytest": run.pytest, "python": run.python, "root": run.root}
    return json.dumps(
        {"traceEvents": events, "displayTimeUnit": "ms", "otherData": about}
    )


def _find_slices(run: Run) -> list[_Slice]:
    """Return all attempts in the order of their starts; in a lane none overlap."""
    found = [
        _Slice(
            test,
            attempt,
            _nanoseconds(attempt.start - run.began),
            _nanoseconds((attempt.end or run.last) - run.began),
        )
        for test in run.tests
        for attempt in test.attempts
    ]
    return sorted(found, key=lambda each: each.start)


def _name_lanes(lanes: Iterable[int]) -> Iterator[_Event]:
    yield _describe("process_name", {"name": "pytest"})
    for slot in lanes:
        name = "main thread, alone" if slot == MAIN_SLOT else f"slot {slot}"
        yield _describe("thread_name", {"name": name}, slot)
        yield _describe("thread_sort_index", {"sort_index": _tid(slot)}, slot)


def _describe(name: str, args: _Event, slot: int = MAIN_SLOT) -> _Event:
    return {"ph": "M", "pid": _PID, "tid": _tid(slot), "name": name, "args": args}


def _draw(drawn: _Slice, run: Run) -> Iterator[_Event]:
    test, attempt = drawn.test, drawn.attempt
    outcome = "failed" if attempt.is_provisional else test.outcome.value
    args = {"outcome": outcome, "phase": test.phase, "file": test.where}
    if attempt.is_provisional:
        args["provisional"] = "was run again alone"
    if test.alone is not None:
        args["alone"] = test.alone
    yield _complete(drawn, test.id, "test", drawn.start, drawn.end, args)
    for stage, start, end in _lay_out(drawn, run):
        args = {"outcome": stage.outcome}
        if stage.text:
            args["text"] = stage.text[-_MOST_TEXT:]
        yield _complete(drawn, stage.when, "stage", start, end, args)


def _lay_out(drawn: _Slice, run: Run) -> Iterator[tuple[Stage, int, int]]:
    """Yield the stages of an attempt, inside it and one after the other.

    Their starts are of another clock than their durations; it is the start that gives
    way where they do not fit.
    """
    stages = [s for s in drawn.test.stages_of(drawn.attempt) if s.subtest is None]
    left = sum(_nanoseconds(stage.duration) for stage in stages)
    cursor = drawn.start
    for stage in stages:
        duration = _nanoseconds(stage.duration)
        told = _nanoseconds(stage.start - run.began)
        start = max(cursor, min(told, drawn.end - left))
        cursor = min(start + duration, drawn.end)
        left -= duration
        yield stage, start, cursor


def _draw_arrows(slices: Sequence[_Slice]) -> Iterator[_Event]:
    """Yield both ends of an arrow for each dependency of which both sides ran."""
    last = {each.test.place: each for each in slices}
    first = {each.test.place: each for each in reversed(slices)}
    number = 0
    for place in sorted(first):
        drawn = first[place]
        for other in drawn.test.after:
            if other in last:
                number += 1
                source = last[other]
                # It belongs to the slice that it lies in, and a slice ends before its
                # end.
                left = max(source.start, source.end - 1)
                yield _arrow("s", number, source, left)
                yield {**_arrow("f", number, drawn, drawn.start), "bp": "e"}


def _arrow(phase: str, number: int, drawn: _Slice, at: int) -> _Event:
    return {
        "ph": phase,
        "id": number,
        "pid": _PID,
        "tid": _tid(drawn.attempt.slot),
        "ts": at / 1000,
        "name": "dependency",
        "cat": "dependency",
    }


def _complete(
    drawn: _Slice, name: str, kind: str, start: int, end: int, args: _Event
) -> _Event:
    return {
        "ph": "X",
        "pid": _PID,
        "tid": _tid(drawn.attempt.slot),
        "ts": start / 1000,
        "dur": (end - start) / 1000,
        "name": name,
        "cat": kind,
        "args": args,
    }


def _tid(slot: int) -> int:
    """Return the number of a lane: 1 for the main thread, as the process has."""
    return slot - MAIN_SLOT + 1


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
