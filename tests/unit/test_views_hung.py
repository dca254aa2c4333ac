"""What the summary says of abandoned tests."""

from __future__ import annotations

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Overruled, Schedule, Task
from pytest_phaserun.record import Hung, RunRecord
from pytest_phaserun.views.hung import describe_hung, write_hung

GRAPH = TaskGraph([Task(id=f"test_x.py::{name}") for name in "abc"])


class FakeTerminal:
    """Remembers what was written."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write_line(self, text: str) -> None:
        self.lines.append(text)

    def write_sep(self, separator: str, title: str, **markup: bool) -> None:
        self.lines.append(f"{separator} {title} {separator}")


def make_record() -> RunRecord:
    return RunRecord(graph=GRAPH, concurrency=4, schedule=Schedule.PHASE)


def test_abandoned_tests_are_shown_in_a_section_of_their_own():
    terminal = FakeTerminal()
    record = make_record()
    record.hung.append(
        Hung(place=0, stage="call", seconds=1.25, thread="slot-1", left=("db", "net"))
    )
    record.hung.append(
        Hung(place=2, stage="setup", seconds=3, thread="slot-2", has_ended=True)
    )

    write_hung(terminal, record)

    assert terminal.lines == [
        "= ABANDONED =",
        "test_x.py::a: in call for 1.25 s, thread slot-1 still runs",
        "  not torn down: db, net",
        "test_x.py::c: in setup for 3.00 s, thread slot-2 has ended since",
    ]


def test_who_did_not_wait_for_an_abandoned_test_is_named_under_it():
    a, b, c = GRAPH.tasks
    record = make_record()
    record.hung.append(Hung(place=0, stage="call", seconds=1, thread="slot-1"))
    record.overruled += [
        Overruled(holder=a, thing=("db", object()), waiting=(b,)),
        Overruled(holder=a, thing="port", waiting=(b, c, b, c)),
        Overruled(holder=c, thing="other", waiting=(b,)),
    ]

    assert list(describe_hung(record))[1:] == [
        "  kept db from test_x.py::b until nothing else could run; may still use it",
        "  kept port from test_x.py::b, test_x.py::c, test_x.py::b, ... "
        "until nothing else could run; may still use it",
    ]


def test_run_without_abandoned_tests_has_no_such_section():
    terminal = FakeTerminal()

    write_hung(terminal, make_record())

    assert terminal.lines == []
