"""What there is to draw of a run: nodes by phase, edges, and the critical path.

Knows no format; what the parts of the package have in common stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...graph import find_longest_chain
from ...recording.run import Outcome, Run, TestRun, order_of

#: How many characters of an id are shown.
SHOWN = 40

#: What fills a node, by what became of the test; with a word beside it, since not all
#: people tell colours apart.
COLOURS = {
    Outcome.PASSED: "#d7f0dd",
    Outcome.XPASSED: "#d7f0dd",
    Outcome.FAILED: "#f8cfcf",
    Outcome.TIMEOUT: "#f6d5b8",
    Outcome.SKIPPED: "#fdf3c7",
    Outcome.XFAILED: "#fdf3c7",
    Outcome.BLOCKED: "#dcdcdc",
    Outcome.INTERRUPTED: "#e4d7f2",
    Outcome.NOT_RUN: "#ffffff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A test.

    :ivar outcome: ``None`` before the run.
    :ivar seconds: that it took, or before the run is expected to; ``None`` if unknown.
    """

    place: int
    id: str
    phase: int
    outcome: Outcome | None
    seconds: float | None
    is_critical: bool

    @property
    def colour(self) -> str:
        """What fills it."""
        return COLOURS[self.outcome or Outcome.NOT_RUN]

    @property
    def lines(self) -> tuple[str, str]:
        """The two lines to show: the name, and what else there is to say."""
        said = [] if self.outcome is None else [self.outcome.value]
        if self.seconds is not None:
            said.append(f"{self.seconds:.2f} s")
        return cut(self.id), ", ".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A test and one that comes after it, by their places."""

    before: int
    after: int
    is_critical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All that is drawn.

    :ivar nodes: by their places.
    :ivar phases: the nodes by phase, in order.
    """

    nodes: Sequence[Node]
    phases: Sequence[Sequence[Node]]
    edges: Sequence[Edge]


def draw(run: Run) -> Drawing:
    """Make a drawing of a run, or of the plan of one that has not begun."""
    has_begun = any(test.attempts or test.blocked for test in run.tests)
    seconds = [_find_seconds(test, has_begun=has_begun) for test in run.tests]
    path = find_critical_path(run.tests, seconds)
    on_path = set(path)
    links = set(pairwise(path))
    nodes = [
        Node(
            place=test.place,
            id=test.id,
            phase=test.phase,
            outcome=test.outcome if has_begun else None,
            seconds=found,
            is_critical=test.place in on_path,
        )
        for test, found in zip(run.tests, seconds, strict=True)
    ]
    phases: list[list[Node]] = [
        [] for _ in range(max((test.phase for test in run.tests), default=0))
    ]
    for node in nodes:
        phases[node.phase - 1].append(node)
    edges = [
        Edge(
            before=other,
            after=test.place,
            is_critical=(other, test.place) in links,
        )
        for test in run.tests
        for other in test.after
    ]
    return Drawing(nodes=nodes, phases=phases, edges=edges)


def _find_seconds(test: TestRun, *, has_begun: bool) -> float | None:
    if not has_begun:
        return test.expected
    spans = [each.end - each.start for each in test.attempts if each.end is not None]
    return sum(spans) if spans else None


def find_critical_path(
    tests: Sequence[TestRun], seconds: Sequence[float | None]
) -> list[int]:
    """Return the places of the longest chain, in order.

    :param seconds: for each test what it takes; 1 for each if nothing is known of any.
    """
    is_known = any(each is not None for each in seconds)
    lengths = [(each or 0.0) if is_known else 1.0 for each in seconds]
    return find_longest_chain(order_of(tests), [each.after for each in tests], lengths)


def cut(text: str) -> str:
    """Return a text that is short enough to be shown, without control characters.

    >>> cut("test_x.py::" + "x" * 60 + "[1]")
    'test_x.py::xx…xxxxxxxxxxxxxxxxxxxxxxx[1]'
    """
    text = clean(text)
    if len(text) <= SHOWN:
        return text
    head = SHOWN // 3
    return f"{text[:head]}…{text[head + 1 - SHOWN :]}"


def clean(text: str) -> str:
    """Replace what cannot be printed, which some formats do not take either."""
    return "".join(each if each.isprintable() else " " for each in text)
