"""What the script of a report reads: the run as JSON, in short names.

It decides nothing: what a test came to, the critical path and the like are said here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ...recording.run import Outcome, Run, Stage, TestRun
from .figures import Figures
from .kinds import NOTES, Kind, is_told, kind_of, name_outcome, name_stage
from .lanes import Bar, Lane, Span, find_bands, find_windows
from .text import clean

#: Decimals of seconds.
DIGITS = 6

_NUMBER = {kind: number for number, kind in enumerate(Kind)}


def describe(run: Run, lanes: Sequence[Lane], figures: Figures) -> dict[str, Any]:
    """Return all that the script needs."""
    starts = _describe_starts(run, lanes)
    return {
        "wall": figures.wall,
        "kinds": [
            {"css": kind.css, "label": kind.label, "mark": kind.mark} for kind in Kind
        ],
        "lanes": [
            {"label": lane.label, "idle": list(map(_pair, lane.idle))} for lane in lanes
        ],
        "bands": [
            {"phase": band.phase, "row": band.row, "span": _pair(band.span)}
            for band in find_bands(run)
        ],
        "windows": list(map(_pair, find_windows(lanes))),
        "critical": figures.path,
        "tests": [
            _describe_test(test, figures.durations[test.place], starts[test.place])
            for test in run.tests
        ],
    }


def _describe_starts(
    run: Run, lanes: Sequence[Lane]
) -> dict[int, list[dict[str, Any]]]:
    """Return what there is to say of the attempts of each test."""
    told = {test.place for test in run.tests if is_told(test)}
    starts: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row, lane in enumerate(lanes):
        for bar in lane.bars:
            starts[bar.place].append(
                _describe_start(bar, row, is_told=bar.place in told)
            )
    for each in starts.values():
        each.sort(key=lambda start: start["span"][0])
    return starts


def _describe_start(bar: Bar, row: int, *, is_told: bool) -> dict[str, Any]:
    return {
        "lane": row,
        "span": _pair(bar.span),
        "kind": _NUMBER[bar.kind],
        "stages": [
            _describe_stage(stage, span, is_told=is_told) for stage, span in bar.stages
        ],
    }


def _describe_stage(stage: Stage, span: Span, *, is_told: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "when": clean(name_stage(stage)),
        "outcome": clean(name_outcome(stage)),
        "span": _pair(span),
    }
    if is_told:
        # The page has the text already, among the failures.
        return said
    text = "\n".join(filter(None, (stage.xfail, stage.text)))
    if text:
        said["text"] = clean(text)
    if stage.output:
        said["output"] = [(clean(title), clean(text)) for title, text in stage.output]
    return said


def _describe_test(
    test: TestRun, took: float, starts: list[dict[str, Any]]
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": clean(test.id),
        "phase": test.phase,
        "kind": _NUMBER[kind_of(test)],
        "took": round(took, DIGITS),
        "starts": starts,
    }
    if test.file:
        said["where"] = clean(test.where)
    if test.after:
        said["needs"] = test.after
    if test.outcome is Outcome.TIMEOUT and test.timeout:
        said["limit"] = test.timeout
    if test.alone:
        said["alone"] = clean(test.alone)
    if test.blocked is not None:
        said["root"] = test.blocked.root
        said["reason"] = clean(test.blocked.reason)
    if test.notes:
        said["notes"] = [
            (clean(NOTES.get(note.kind, note.kind)), clean(note.text))
            for note in test.notes
        ]
    return said


def _pair(span: Span) -> tuple[float, float]:
    return round(span.begin, DIGITS), round(span.end, DIGITS)
