"""What views make of plans and records, line by line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.isolation.terminal_counts import count_as
from pytest_phaserun.model import (
    Claim,
    Dependency,
    Reason,
    Require,
    Resource,
    Schedule,
    Status,
    Task,
    When,
)
from pytest_phaserun.record import Refuted, RunRecord, Span
from pytest_phaserun.views import plan
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


# Plan


def test_plan_lists_the_tests_of_each_phase():
    assert list(plan.render(GRAPH, {})) == [
        "phase 1 of 2: 2 tests",
        "  test_x.py::a",
        "  test_x.py::c",
        "phase 2 of 2: 1 test",
        "  test_x.py::b",
    ]


def test_plan_lists_what_has_priority_first():
    graph = TaskGraph(
        [Task(id="a", priority=1), Task(id="b"), Task(id="c", priority=1)]
    )

    assert list(plan.render(graph, {})) == [
        "phase 1 of 1: 3 tests",
        "  b",
        "  a",
        "  c",
    ]


def test_plan_says_why_a_test_runs_alone():
    reason = Reason(cause="os.chdir", text="b uses os.chdir")

    lines = list(plan.render(GRAPH, {1: reason}))

    assert lines[-2:] == [
        "  test_x.py::b  (alone: b uses os.chdir)",
        "1 of 3 tests to run alone: os.chdir (1)",
    ]


def test_verbose_plan_names_what_a_test_comes_after():
    lines = list(plan.render(GRAPH, {}, is_verbose=True))

    assert lines[-2:] == ["  test_x.py::b", "    after test_x.py::a"]


KINDS = TaskGraph(
    [
        *(Task(id=name) for name in "abcd"),
        Task(
            id="e",
            dependencies=(
                "a",
                Dependency(ids=("b",), when=When.FINISHED),
                Dependency(ids=("c", "d"), when=When.FAILED),
                Dependency(ids=("a", "b"), require=Require.ANY),
                Dependency(ids=("a",), require=Require.ANY),
                Dependency(ids=("c", "d"), when=When.FINISHED, require=Require.ANY),
                Dependency(ids=("a", "b", "c", "d"), require=Require.ANY),
            ),
            claims=(
                Claim(thing=Resource("disk"), state="write", units=1),
                Claim(thing=Resource("ports"), state="write", units=3),
                Claim(thing=Resource("database"), state="read"),
                Claim(thing="a fixture", state="its parameter"),
            ),
        ),
    ]
)
KIND_LINES = [
    "after a",
    "after b has ended",
    "if c fails",
    "if d fails",
    "after any of a, b",
    "after any of c, d has ended",
    "after any of a, b, c, ... (4 in all)",
    "holds disk",
    "holds 3 units of ports",
    "shares database",
]


def test_verbose_plan_tells_every_kind_of_dependency_and_what_is_held():
    lines = list(plan.render(KINDS, {}, is_verbose=True))

    assert lines[-len(KIND_LINES) :] == [f"    {line}" for line in KIND_LINES]


def test_explanation_tells_every_kind_of_dependency_and_what_is_held():
    lines = list(plan.explain(KINDS, [4, 0], {}, timeout=0.0))

    assert lines[2 : 2 + len(KIND_LINES)] == [f"  {line}" for line in KIND_LINES]
    assert lines[lines.index("a") + 2] == "  before e"


def test_causes_are_named_by_their_frequency_and_not_all():
    causes = ["a", "b", "c", "d", "b", "c", "c"]
    alone = {n: Reason(cause=cause, text="") for n, cause in enumerate(causes)}

    assert plan.name_causes(alone) == "c (3), b (2), a (1), ..."


# Explanation


def test_explanation_tells_all_that_is_planned_for_a_test():
    lines = list(plan.explain(GRAPH, [0, 1], {}, timeout=300.0))

    assert lines == [
        "test_x.py::a",
        "  phase 1 of 2",
        "  before test_x.py::b",
        "  runs beside others",
        "  time limit 300 s",
        "  expected to take an unknown time: it has not passed here yet",
        "test_x.py::b",
        "  phase 2 of 2",
        "  after test_x.py::a",
        "  runs beside others",
        "  time limit 300 s",
        "  expected to take an unknown time: it has not passed here yet",
    ]


def test_explanation_tells_what_is_known_of_a_test_alone():
    graph = TaskGraph([Task(id="a", exclusive=True, timeout=0.0, estimate=1.234)])
    reason = Reason(cause="gc", text="a uses gc")

    lines = list(plan.explain(graph, [0], {0: reason}, timeout=300.0))

    assert lines[2:] == [
        "  runs alone: a uses gc",
        "  no time limit",
        "  expected to take 1.23 s, as in earlier runs",
    ]


def test_explanation_of_a_serial_run_gives_no_reason_of_its_own():
    graph = TaskGraph([Task(id="a", exclusive=True)])

    lines = list(plan.explain(graph, [0], {}, timeout=0.0))

    assert lines[2] == "  runs alone, as all tests of this run do"


def test_plan_of_nothing_is_empty():
    assert list(plan.render(TaskGraph(()), {})) == []


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 tests"), (1, "1 test"), (2, "2 tests")]
)
def test_nouns_agree_with_their_numbers(number, text):
    assert plan.count(number, "test") == text


# Summary


def test_summary_tells_phases_concurrency_and_times():
    assert list(describe(make_record(1.0, 1.0, 1.25))) == [
        "2 phases",
        "4 at once",
        "2.50 s for 3.25 s of tests",
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
        terminal.text == "phaserun: 2 phases, 4 at once, 2.50 s for 3.00 s of tests\n"
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
        "phaserun: 2 phases, 4 at once, 2.50 s for 3.00 s of tests, "
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
