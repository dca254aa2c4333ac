"""The parts of a report around its picture, for readers with and without script.

Every one yields lines of HTML, or none where there is nothing to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from ...recording.run import Run, Stage, TestRun
from .figures import Figures, find_slowest
from .kinds import NOTES, RANK, Kind, is_told, kind_of, name_outcome, name_stage
from .lanes import Axis, find_axis
from .scale import in_words
from .text import escape

#: The exit code of pytest where a run was interrupted.
INTERRUPTED = 2

#: So many of the slowest tests are named.
SLOWEST = 10

#: So many failures and root causes stand in the page without a click.
MOST_OPEN = 20


def head(run: Run) -> Iterator[str]:
    """Yield the title, and what the run was."""
    began = datetime.fromtimestamp(run.began).astimezone()
    facts = [
        f"{began:%Y-%m-%d %H:%M:%S %z}",
        f"{run.concurrency} at once",
        f"schedule {run.schedule}",
        f"{run.executor}",
        f"pytest {run.pytest}",
        f"Python {run.python}",
    ]
    yield "<header><h1>Test run</h1>"
    yield f"<p class=soft>{' · '.join(map(escape, facts))}</p>"
    if run.ended is None:
        yield "<p class=warning>‖ The run was killed: this is as far as it came.</p>"
    elif run.exit_code == INTERRUPTED:
        yield "<p class=warning>‖ The run was interrupted before its end.</p>"
    yield "</header>"


def numbers(run: Run, figures: Figures) -> Iterator[str]:
    """Yield the row of numbers, and the counts of outcomes."""
    speed_up = f"{figures.speed_up:.2f}\N{MULTIPLICATION SIGN}"
    tiles = [
        (f"{len(run.tests):,}", "tests", ""),
        (in_words(figures.wall), "wall time", ""),
        (in_words(figures.total), "sum of durations", ""),
        (speed_up, "speed-up", "sum of durations / wall time"),
        (f"{figures.efficiency:.0%}", "efficiency", f"of {figures.slots} slots"),
        (
            in_words(figures.path_length),
            "critical path",
            "the longest chain of dependent tests",
        ),
    ]
    yield "<section aria-label='Numbers'><dl class=numbers>"
    for value, name, hint in tiles:
        told = f" title='{escape(hint)}'" if hint else ""
        yield f"<div{told}><dt>{name}</dt><dd>{value}</dd></div>"
    yield "</dl><ul id=outcomes class=outcomes>"
    for kind, count in figures.counts.items():
        yield (
            f"<li data-kind={kind.css}>{mark(kind)} <b>{count:,}</b> {kind.label}</li>"
        )
    yield "</ul></section>"


def legend() -> str:
    """Return what the signs of the picture mean."""
    signs = [
        *((kind.css, kind.mark, kind.label) for kind in _SHOWN_KINDS),
        ("passed", "↻", "run again alone"),
        ("around", "", "setup, teardown"),
        ("critical", "", "critical path"),
        ("window", "", "one test alone"),
        ("idle", "", "idle"),
    ]
    items = (
        f'<li><span class="sign {css}" aria-hidden=true>{sign}</span> {label}</li>'
        for css, sign, label in signs
    )
    return f'<ul class=legend aria-label="Signs">{"".join(items)}</ul>'


_SHOWN_KINDS = (Kind.PASSED, Kind.FAILED, Kind.TIMEOUT, Kind.SKIPPED, Kind.BLOCKED)


def troubles(run: Run, figures: Figures) -> Iterator[str]:
    """Yield the tests that somebody has to look at, with all that is known."""
    found = sorted(filter(is_told, run.tests), key=lambda test: RANK[kind_of(test)])
    if not found:
        return
    yield f"<section><h2>Failures <small>{len(found)}</small></h2>"
    yield from _folded(
        f"{len(found)} tests", [_trouble(test, figures) for test in found]
    )
    yield "</section>"


def _trouble(test: TestRun, figures: Figures) -> str:
    kind, took = kind_of(test), in_words(figures.durations[test.place])
    return "".join(
        [
            f"<details class=trouble id=f{test.place}><summary>{mark(kind)} "
            f"<code>{escape(test.id)}</code> <span class=soft>{kind.label}, "
            f"{took}</span></summary><div class=told>",
            *_tell_notes(test),
            *(part for stage in test.stages for part in _tell_stage(stage)),
            "</div></details>",
        ]
    )


def _folded(title: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield the parts, folded away where they are many."""
    if len(parts) <= MOST_OPEN:
        yield from parts
        return
    yield f"<details><summary>{title}</summary><div class=told>"
    yield from parts
    yield "</div></details>"


def _tell_notes(test: TestRun) -> Iterator[str]:
    for note in test.notes:
        yield f"<h3>{escape(NOTES.get(note.kind, note.kind))}</h3>"
        yield f"<pre tabindex=0>{escape(note.text)}</pre>"


def _tell_stage(stage: Stage) -> Iterator[str]:
    if stage.text or stage.output:
        yield f"<h3>{escape(f'{name_stage(stage)}: {name_outcome(stage)}')}</h3>"
    if stage.text:
        yield f"<pre tabindex=0>{escape(stage.text)}</pre>"
    for title, text in stage.output:
        yield f"<h4>{escape(title)}</h4><pre tabindex=0>{escape(text)}</pre>"


def blocked(run: Run) -> Iterator[str]:
    """Yield the tests that never ran, below those that are to blame."""
    groups: dict[int, list[TestRun]] = defaultdict(list)
    for test in run.tests:
        if kind_of(test) is Kind.BLOCKED and test.blocked is not None:
            groups[test.blocked.root].append(test)
    if not groups:
        return
    count = sum(map(len, groups.values()))
    yield f"<section><h2>Blocked <small>{count}</small></h2>"
    parts = [_group(run.tests[root], tests) for root, tests in groups.items()]
    yield from _folded(f"{len(parts)} root causes", parts)
    yield "</section>"


def _group(root: TestRun, tests: Sequence[TestRun]) -> str:
    items = (
        f"<li>{link(test)} <span class=soft>{escape(test.blocked.reason)}</span></li>"
        for test in tests
        if test.blocked is not None
    )
    return (
        f"<details><summary>{mark(Kind.BLOCKED)} <b>{len(tests)}</b> because of "
        f"<code>{escape(root.id)}</code></summary><p class=told>root cause: "
        f"{link(root)}</p><ul class=blocked-tests>{''.join(items)}</ul></details>"
    )


def critical_path(run: Run, figures: Figures) -> Iterator[str]:
    """Yield the chain that took longest, with the share of each of its tests."""
    if not figures.path_length:
        return
    length, durations = in_words(figures.path_length), figures.durations
    bars = [
        _bar(run.tests[place], durations[place], figures.path_length)
        for place in figures.path
    ]
    yield f"<section><h2>Critical path <small>{length}</small></h2>"
    yield "<p class=soft>The chain of dependent tests that took longest: no run is "
    yield "shorter, however many run at once.</p>"
    yield f"<ol class=bars>{''.join(bars[:MOST_OPEN])}</ol>"
    if bars[MOST_OPEN:]:
        yield f"<details><summary>{len(bars) - MOST_OPEN} more</summary>"
        yield f"<ol class=bars>{''.join(bars[MOST_OPEN:])}</ol></details>"
    yield "</section>"


def slowest(run: Run, figures: Figures) -> Iterator[str]:
    """Yield the tests that took longest."""
    places = find_slowest(run, figures.durations, SLOWEST)
    if not places:
        return
    most = figures.durations[places[0]]
    yield "<section><h2>Slowest tests</h2><ol class=bars>"
    for place in places:
        yield _bar(run.tests[place], figures.durations[place], most)
    yield "</ol></section>"


def _bar(test: TestRun, seconds: float, most: float) -> str:
    width = 100 * seconds / most if most else 0
    return (
        f"<li>{link(test)}<span class=took>{in_words(seconds)}</span>"
        '<svg width="100%" height="4" aria-hidden="true"><rect width="100%" height="4" '
        f'class="trough" fill="#e3e8ed"/><rect width="{width:.1f}%" height="4" '
        f'class="{kind_of(test).css}" fill="{kind_of(test).colour}"/></svg></li>'
    )


def all_tests(run: Run, figures: Figures) -> Iterator[str]:
    """Yield the table of all tests, which the script puts its own list in place of."""
    axis = find_axis(run)
    yield "<section id=tests><h2>All tests</h2><details id=plain>"
    yield f"<summary>{len(run.tests)} tests in the order of the plan</summary>"
    yield "<div class=scroll><table><thead><tr><th>outcome<th>test<th>phase<th>slot"
    yield "<th>began<th>took<th>where</thead><tbody>"
    for test in run.tests:
        yield _row(axis, test, figures.durations[test.place])
    yield "</tbody></table></div></details></section>"


def _row(axis: Axis, test: TestRun, seconds: float) -> str:
    kind = kind_of(test)
    slots = ", ".join(
        "alone" if attempt.slot < 0 else str(attempt.slot) for attempt in test.attempts
    )
    began = in_words(axis.span_of(test.attempts[0]).begin) if test.attempts else ""
    took = in_words(seconds) if test.attempts else ""
    return (
        f"<tr id=t{test.place}><td>{mark(kind)} {kind.label}<td><code>"
        f"{escape(test.id)}</code><td>{test.phase}<td>{slots}<td>{began}<td>{took}"
        f"<td>{escape(test.where)}"
    )


def mark(kind: Kind) -> str:
    """Return the sign of a kind, which its label stands beside."""
    return f'<span class="mark {kind.css}" aria-hidden=true>{kind.mark}</span>'


def link(test: TestRun) -> str:
    """Return the name of a test as a link to it."""
    return f'<a href="#t{test.place}"><code>{escape(test.id)}</code></a>'
