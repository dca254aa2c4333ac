"""What the terminal says of tests that were abandoned, and of what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..model import Task
from ..record import Hung, RunRecord

#: At most so many tests that waited are named.
SHOWN_NAMES = 3


def write_hung(terminal: pytest.TerminalReporter, record: RunRecord) -> None:
    """Write a section about the tests that were abandoned, if there are any."""
    lines = list(describe_hung(record))
    if lines:
        terminal.write_sep("=", "ABANDONED", yellow=True)
    for line in lines:
        terminal.write_line(line)


def describe_hung(record: RunRecord) -> Iterator[str]:
    """Yield lines about each test that was abandoned."""
    for hung in record.hung:
        task = record.graph.tasks[hung.place]
        yield f"{task.id}: {_describe_thread(hung)}"
        if hung.left:
            yield f"  not torn down: {', '.join(hung.left)}"
        for each in record.overruled:
            if each.holder is task:
                yield (
                    f"  kept {_name(each.thing)} from {_name_tasks(each.waiting)} "
                    "until nothing else could run; may still use it"
                )

    # Names with an underscore say nothing to users.
    lost = [name for name in record.left_up if not name.startswith("_")]
    if lost:
        names = ", ".join(dict.fromkeys(lost))
        yield f"not torn down, as their event loop was lost: {names}"


def _describe_thread(hung: Hung) -> str:
    state = "has ended since" if hung.has_ended else "still runs"
    return f"in {hung.stage} for {hung.seconds:.1f} s, thread {hung.thread} {state}"


def _name(thing: Any) -> str:
    """Return the name of what was claimed: of a fixture it comes with its scope."""
    return str(thing[0] if isinstance(thing, tuple) else thing)


def _name_tasks(tasks: tuple[Task, ...]) -> str:
    names = [task.id for task in tasks[:SHOWN_NAMES]]
    if len(tasks) > SHOWN_NAMES:
        names.append("...")
    return ", ".join(names)
