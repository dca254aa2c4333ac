"""What views make of plans and records, line by line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.isolation.terminal_counts import count_as
from pytest_phaserun.model import (
    Reason,
    Schedule,
    Status,
    Task,
)
from pytest_phaserun.record import Refuted, RunRecord, Span
from pytest_phaserun.views.terminal import (
    AloneStatus,
    TimeoutStatus,
    describe,
    write_summary,
)

GRAPH = TaskGraph(
    [
        Task(id="test_x.py::a"),
        Task(id="test_x.py::b", dependencies=("test_x.py::a",)),
        Task(id="test_x.py::c"),
    ]
)


class FakeTerminal:
    """Remembers what was written."""

    def __init__(self, verbosity: int = 0) -> None:
        self.verbosity = verbosity
        self.stats: dict[str, list[Any]] = {}
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def write_line(self, text: str) -> None:
        self.text += f"{text}\n"

    def write_sep(self, separator: str, title: str, **markup: bool) -> None:
        self.text += f"{separator} {title} {separator}\n"


class FakeConfig:
    """Has a terminal, or none."""

    def __init__(self, terminal: FakeTerminal | None) -> None:
        self.pluginmanager = SimpleNamespace(getplugin=lambda name: terminal)


def make_record(*durations: float, schedule: Schedule = Schedule.PHASE) -> RunRecord:
    """Return a record of the first tests of the graph, which took so long."""
    record = RunRecord(
        graph=GRAPH, concurrency=4, schedule=schedule, began=1.0, ended=3.5
    )
    record.spans.extend(
        Span(
            place=place, slot=0, status=Status.COMPLETED, began=1.0, ended=1.0 + seconds
        )
        for place, seconds in enumerate(durations)
    )
    return record


# Summary


def test_summary_tells_phases_concurrency_and_times():
    assert list(describe(make_record(1.0, 1.0, 1.25))) == [
        "2 phases",
        "4 at once",
        "2.50 s for 3.25 s of tests (speed-up 1.3x)",
    ]


def test_summary_tells_what_was_not_run():
    record = make_record(1.0)
    record.not_run = 2

    assert list(describe(record))[3:] == ["2 tests not run"]


def test_summary_tells_what_barriers_have_cost():
    # The second test could have run from 0.5 on, beside the third one.
    lines = list(describe(make_record(0.5, 2.0, 2.0)))

    assert lines[3:] == ["about 1.5 s less with --phase-schedule graph"]


def test_summary_is_silent_about_short_waits():
    assert len(list(describe(make_record(0.5, 2.0, 0.9)))) == 3


def test_summary_is_silent_about_a_small_share_of_the_wall_time():
    record = make_record(0.5, 2.0, 2.0)
    record.ended = record.began + 100.0

    assert len(list(describe(record))) == 3


def test_summary_is_one_line():
    terminal: Any = FakeTerminal()

    write_summary(terminal, make_record(1.0, 1.0, 1.0))

    assert (
        terminal.text
        == "phaserun: 2 phases, 4 at once, 2.50 s for 3.00 s of tests (speed-up 1.2x)\n"
    )


def test_quiet_run_has_no_summary():
    terminal: Any = FakeTerminal(verbosity=-1)

    write_summary(terminal, make_record(1.0))

    assert terminal.text == ""


def test_quiet_run_tells_what_was_not_run():
    terminal: Any = FakeTerminal(verbosity=-1)
    record = make_record(1.0)
    record.not_run = 1

    write_summary(terminal, record)

    assert terminal.text.endswith(", 1 test not run\n")


@pytest.mark.parametrize("strays", [["one\n", "two\n"], ["one\ntwo"]])
def test_stray_output_stands_in_a_section_of_its_own(strays):
    terminal: Any = FakeTerminal(verbosity=-1)
    record = make_record(1.0)
    record.strays.extend(strays)

    write_summary(terminal, record)

    assert terminal.text == "- unattributed output -\none\ntwo\n"


@pytest.mark.parametrize("strays", [[], ["", "\n"], ["  "]])
def test_blank_stray_output_is_not_shown(strays):
    terminal: Any = FakeTerminal(verbosity=-1)
    record = make_record(1.0)
    record.strays.extend(strays)

    write_summary(terminal, record)

    assert terminal.text == ""


def test_failures_that_did_not_come_again_are_shown():
    terminal: Any = FakeTerminal()
    record = make_record(1.0, 1.0, 1.0)
    record.refuted.append(Refuted(place=2, failure="E  assert 0"))

    write_summary(terminal, record, is_remembered=True)

    assert terminal.text.splitlines() == [
        "= PASSED ONLY ALONE =",
        "These failed beside other tests and passed when they were run again alone.",
        "_ test_x.py::c _",
        "E  assert 0",
        "phaserun: 1 test will run alone from the next run on",
        "phaserun: 2 phases, 4 at once, 2.50 s for 3.00 s of tests (speed-up 1.2x), "
        "1 passed only alone",
    ]


def test_failures_that_count_all_the_same_are_not_shown_twice():
    terminal: Any = FakeTerminal()
    record = make_record(1.0)
    record.refuted.append(Refuted(place=2, failure="E  assert 0", counts=True))

    write_summary(terminal, record)

    assert terminal.text.endswith(", 1 failed only beside others\n")
    assert "E  assert 0" not in terminal.text


def test_what_tests_have_changed_is_shown():
    terminal: Any = FakeTerminal(verbosity=-1)
    record = make_record(1.0)
    record.changed[2] = ["os.environ['A']", "sys.path"]

    write_summary(terminal, record)

    assert terminal.text.splitlines() == [
        "= CHANGED THE PROCESS BESIDE OTHERS =",
        "test_x.py::c: os.environ['A'], sys.path",
    ]


def test_summary_tells_how_many_tests_ran_alone():
    terminal: Any = FakeTerminal()
    record = make_record(1.0)
    record.alone = {0: Reason(cause="gc", text=""), 2: Reason(cause="gc", text="")}

    write_summary(terminal, record)

    assert terminal.text.splitlines()[1:] == ["phaserun: 2 alone: gc (2)"]


def test_summary_tells_of_failures_that_were_taken_as_real():
    record = make_record(1.0)
    record.unconfirmed = 7

    assert list(describe(record))[3:] == [
        "7 failures taken as real without a second run"
    ]


def test_summary_tells_how_many_tests_were_slow():
    record = make_record(1.0)
    record.slow = 2

    assert list(describe(record))[3:] == ["2 slow"]


def test_pass_alone_has_a_word_of_its_own():
    status = AloneStatus("is_alone")

    found = status.pytest_report_teststatus(SimpleNamespace(is_alone=True))

    assert found == ("passed", ".", ("PASSED ALONE", {"yellow": True}))
    assert status.pytest_report_teststatus(SimpleNamespace()) is None


# Timeouts


def test_report_of_a_timeout_is_a_red_failure_of_its_own_kind():
    status = TimeoutStatus(FakeConfig(None), "is_timeout", count_as)

    found = status.pytest_report_teststatus(
        SimpleNamespace(is_timeout=1.0, outcome="failed")
    )

    assert found == ("failed", "T", ("TIMEOUT", {"red": True}))


def test_other_reports_are_left_to_others():
    status = TimeoutStatus(FakeConfig(None), "is_timeout", count_as)

    assert status.pytest_report_teststatus(SimpleNamespace(failed=True)) is None


def test_timeout_is_counted_under_its_own_name():
    terminal = FakeTerminal()
    status = TimeoutStatus(FakeConfig(terminal), "is_timeout", count_as)

    report = SimpleNamespace(is_timeout=1.0, nodeid="a", outcome="failed")
    status.pytest_runtest_logreport(report)
    status.pytest_runtest_logreport(SimpleNamespace(nodeid="b"))

    assert {
        kind: [e.nodeid for e in terminal.stats[kind]] for kind in terminal.stats
    } == {"timeout": ["a"]}


def test_timeout_without_a_terminal_is_counted_nowhere():
    status = TimeoutStatus(FakeConfig(None), "is_timeout", count_as)

    report = SimpleNamespace(is_timeout=1.0, nodeid="a", outcome="failed")
    status.pytest_runtest_logreport(report)
