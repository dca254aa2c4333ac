"""What the trace-event format asks of a file, checked.

From "Trace Event Format", https://perfetto.dev/docs/reference/trace-event-format:
complete events (X), metadata (M), and flow events (s, f).
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby
from typing import Any

Event = dict[str, Any]

#: Which keys an event needs beside ``ph``, ``pid``, ``tid`` and ``name``, by its kind.
NEEDED = {
    "M": {"args"},
    "X": {"cat", "ts", "dur"},
    "s": {"cat", "ts", "id"},
    "f": {"cat", "ts", "id", "bp"},
}

#: Times are microseconds with three decimals; floats add to less than this.
CLOSE = 0.0005


def read_trace(text: str) -> list[Event]:
    """Return the events of a trace, all of which are as they have to be."""
    trace = json.loads(text)
    assert trace["displayTimeUnit"] in ("ms", "ns")
    events: list[Event] = trace["traceEvents"]
    for event in events:
        _check_keys(event)
    for lane, slices in lanes(events).items():
        _check_nesting(lane, slices)
    _check_arrows(events)
    return events


def lanes(events: list[Event]) -> dict[int, list[Event]]:
    """Return the slices of each lane, in the order of their starts."""
    # Of two that start together, the one that stands first is around the other.
    slices = sorted(
        (event for event in events if event["ph"] == "X"),
        key=lambda event: (event["tid"], event["ts"]),
    )
    return {
        tid: list(found) for tid, found in groupby(slices, key=lambda each: each["tid"])
    }


def end_of(event: Event) -> float:
    return float(event["ts"] + event["dur"])


def _check_keys(event: Event) -> None:
    assert event["ph"] in NEEDED, event
    assert {"ph", "pid", "tid", "name"} | NEEDED[event["ph"]] <= event.keys(), event
    assert isinstance(event["pid"], int)
    assert isinstance(event["tid"], int)
    assert isinstance(event["name"], str)
    for time in ("ts", "dur"):
        assert event.get(time, 0) >= 0, event
    if event["ph"] == "M":
        key = {"thread_sort_index": "sort_index"}.get(event["name"], "name")
        assert event["name"] in ("process_name", "thread_name", "thread_sort_index")
        assert key in event["args"]


def _check_nesting(lane: int, slices: list[Event]) -> None:
    """See to it that each slice lies inside another one or beside it."""
    around: list[Event] = []
    for each in slices:
        while around and end_of(around[-1]) <= each["ts"] + CLOSE:
            around.pop()
        if around:
            assert end_of(each) <= end_of(around[-1]) + CLOSE, (lane, around[-1], each)
        around.append(each)


def _check_arrows(events: list[Event]) -> None:
    """See to it that each arrow has two ends, of which each lies in a slice."""
    ends = [event for event in events if event["ph"] in "sf"]
    counted = Counter((each["cat"], each["name"], each["id"]) for each in ends)
    assert all(count == 2 for count in counted.values()), counted
    tails = {each["id"]: each for each in ends if each["ph"] == "s"}
    heads = {each["id"]: each for each in ends if each["ph"] == "f"}
    assert tails.keys() == heads.keys()
    slices = lanes(events)
    for number, tail in tails.items():
        assert tail["ts"] <= heads[number]["ts"]
        for each in (tail, heads[number]):
            assert any(
                around["ts"] <= each["ts"] < end_of(around) + CLOSE
                for around in slices[each["tid"]]
            ), each
