"""The events of a run as plain values that JSON can hold.

They are described in ``docs/reference/events.md``; who writes them is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..graph import TaskGraph
from ..model import Blocked, Reason, find_limit
from ..record import RunRecord, Span, Start

#: Goes up when readers of the version before would go wrong.
VERSION = 1

#: How many characters of text and output one report may have.
MOST_TEXT = 65_536

Event = dict[str, Any]


def describe_tests(
    graph: TaskGraph,
    nodeids: Sequence[str],
    locations: Sequence[tuple[str, int | None, str]],
    alone: Mapping[int, Reason],
    timeout: float,
) -> Iterator[Event]:
    """Yield an event for each test of the plan.

    :param locations: of pytest's items.
    :param timeout: limit in seconds of tests that have none of their own; 0 for none.
    """
    for place, task in enumerate(graph.tasks):
        file, line, _ = locations[place]
        reason = alone.get(place)
        yield _without_nothing(
            event="test",
            n=place,
            id=task.id,
            nodeid=nodeids[place] if nodeids[place] != task.id else None,
            phase=graph.phase_of[place] + 1,
            after=graph.dependencies[place] or None,
            file=file,
            line=None if line is None else line + 1,
            alone=reason and reason.text,
            timeout=find_limit(task, timeout) or None,
            expected=task.estimate,
        )


def describe_start(start: Start, shift: float) -> Event:
    """Return the event of a start.

    :param shift: seconds from the monotonic clock to the epoch.
    """
    at = start.began + shift
    return {"event": "start", "n": start.place, "slot": start.slot, "at": at}


def describe_end(span: Span, shift: float, *, is_provisional: bool) -> Event:
    """Return the event of an end; see ``describe_start``."""
    return _without_nothing(
        event="end",
        n=span.place,
        slot=span.slot,
        at=span.ended + shift,
        status=span.status.value,
        provisional=is_provisional or None,
    )


def describe_blocked(blocked: Blocked, graph: TaskGraph) -> Event:
    """Return the event of a test that never runs."""
    return _without_nothing(
        event="blocked",
        n=graph.index(blocked.task.id),
        cause=graph.index(blocked.cause.id),
        root=graph.index(blocked.root.id),
        reason=blocked.reason,
        needless=blocked.needless or None,
    )


def describe_report(place: int, report: Any, now: float, *, is_timeout: bool) -> Event:
    """Return the event of a report, as pytest makes it.

    :param now: in seconds since the epoch, for reports of what did not run.
    :param is_timeout: the stage took longer than it may.
    """
    text, output = _shorten(_find_text(report), report.sections)
    return _without_nothing(
        event="report",
        n=place,
        when=report.when,
        outcome="timeout" if is_timeout and report.failed else str(report.outcome),
        start=report.start or now,
        duration=report.duration,
        text=text or None,
        xfail=_find_xfail(report),
        subtest=_find_subtest(report),
        output=output or None,
    )


def describe_notes(record: RunRecord) -> Iterator[Event]:
    """Yield what a run has found out about its tests."""
    for refuted in record.refuted:
        yield _note(refuted.place, "refuted", refuted.failure)
    for place, things in record.changed.items():
        yield _note(place, "changed", ", ".join(things))
    for hung in record.hung:
        text = f"in {hung.stage} for {hung.seconds:.2f} s, in {hung.thread}"
        yield _note(hung.place, "hung", text)


def _note(place: int, kind: str, text: str) -> Event:
    return {"event": "note", "n": place, "kind": kind, "text": _cut(text, MOST_TEXT)}


def _without_nothing(**values: Any) -> Event:
    return {name: value for name, value in values.items() if value is not None}


def _find_text(report: Any) -> str:
    if report.longrepr is None:
        return ""  # as most are; pytest would take its time to find that out
    if isinstance(report.longrepr, tuple):  # of a skip: file, line, reason
        return str(report.longrepr[2])
    return str(report.longreprtext)


def _find_xfail(report: Any) -> str | None:
    reason = getattr(report, "wasxfail", None)
    return None if reason is None else str(reason)


def _find_subtest(report: Any) -> str | None:
    """Return what a subtest says of itself; only reports of subtests have a context."""
    if getattr(report, "context", None) is None:
        return None
    return str(report.head_line).removeprefix(report.location[2]).strip()


def _shorten(
    text: str, sections: Iterable[tuple[str, str]]
) -> tuple[str, list[tuple[str, str]]]:
    """Bring text and output down to what one report may have, the text first."""
    text = _cut(text, MOST_TEXT)
    left = MOST_TEXT - len(text)
    output = []
    for title, content in sections:
        kept = _cut(content, left)
        left -= min(len(kept), left)
        output.append((title, kept))
    return text, output


def _cut(text: str, most: int) -> str:
    """Leave a part in the middle out if it is too long."""
    if len(text) <= most:
        return text
    head = most // 2
    tail = most - head
    left_out = f"[... {len(text) - most} characters left out ...]"
    return f"{text[:head]}\n{left_out}\n{text[len(text) - tail :]}"
