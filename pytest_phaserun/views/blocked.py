"""Which tests were blocked, by what was at the root of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..record import RunRecord

#: At most so many causes are named.
SHOWN_CAUSES = 10


def write_blocked(terminal: pytest.TerminalReporter, record: RunRecord) -> None:
    """Write one line for each cause, the one that blocked most tests first."""
    for line in describe_blocked(record):
        terminal.write_line(f"phaserun: {line}")


def describe_blocked(record: RunRecord) -> Iterator[str]:
    """Yield what blocked how many tests.

    Tests that were to run only after a failure are not blocked where it did not come.
    """
    causes: dict[tuple[str, str], int] = {}
    for blocked in record.blocked:
        if not blocked.needless:
            cause = (blocked.root.id, blocked.error)
            causes[cause] = causes.get(cause, 0) + 1
    # Sorting keeps equals in the order in which the causes came up.
    most = sorted(causes.items(), key=lambda each: -each[1])
    for (root, error), number in most[:SHOWN_CAUSES]:
        yield f"{number} blocked by {root}: {error}"
    if rest := most[SHOWN_CAUSES:]:
        number = sum(number for _, number in rest)
        yield f"{number} blocked by {len(rest)} other tests"
