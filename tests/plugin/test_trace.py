"""Traces: slices for tests and their stages, arrows for dependencies."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from pytest_phaserun.model import Status
from pytest_phaserun.recording.reading import read_events
from pytest_phaserun.recording.run import Attempt, Run, Stage, TestRun
from pytest_phaserun.views import trace

from .reading import EXECUTORS, errors
from .trace_format import Event, end_of, lanes, read_trace

BEGAN = 1_700_000_000.0


def run(*tests: TestRun, lasts: float | None = 10.0) -> Run:
    return Run(
        began=BEGAN,
        ended=None if lasts is None else BEGAN + lasts,
        concurrency=2,
        schedule="phase",
        executor="threads",
        root="/project",
        pytest="9.2.0",
        python="3.13.0",
        tests=tests,
    )


def ran(place: int, *attempts: Attempt, **others: Any) -> TestRun:
    """Return a test of which the name is its number."""
    settings = {"id": str(place), "nodeid": str(place), "phase": 1, **others}
    return TestRun(place=place, attempts=attempts, **settings)


def attempt(slot: int, start: float, end: float | None, **others: Any) -> Attempt:
    status = None if end is None else Status.COMPLETED
    return Attempt(
        slot=slot,
        start=BEGAN + start,
        end=None if end is None else BEGAN + end,
        **{"status": status, **others},
    )


def stage(when: str, start: float, duration: float, **others: Any) -> Stage:
    return Stage(
        when=when,
        start=BEGAN + start,
        duration=duration,
        **{"outcome": "passed", **others},
    )


def draw(*tests: TestRun, **others: Any) -> list[Event]:
    return read_trace(trace.render(run(*tests, **others)))


def spans(events: list[Event], kind: str) -> list[tuple[str, float, float]]:
    """Return name, start and duration of the slices of a kind, in milliseconds."""
    return [
        (each["name"], round(each["ts"] / 1000, 3), round(each["dur"] / 1000, 3))
        for each in events
        if each["ph"] == "X" and each["cat"] == kind
    ]


# Drawing


def test_empty_run_has_a_name_and_no_slices():
    events = draw()

    assert [each["args"] for each in events] == [{"name": "pytest"}]


def test_lanes_have_names_the_main_thread_first():
    events = draw(ran(0, attempt(1, 0, 1)), ran(1, attempt(-1, 2, 3)))

    named = [
        (e["tid"], e["args"]["name"]) for e in events if "thread_name" in e["name"]
    ]
    assert named == [(1, "main thread, alone"), (3, "slot 1")]


def test_stages_lie_inside_their_test():
    events = draw(
        ran(
            0,
            attempt(0, 1.0, 2.0),
            stages=(
                stage("setup", 1.1, 0.2),
                stage("call", 1.3, 0.5),
                stage("teardown", 1.8, 0.1),
            ),
        )
    )

    assert spans(events, "test") == [("0", 1000, 1000)]
    assert spans(events, "stage") == [
        ("setup", 1100, 200),
        ("call", 1300, 500),
        ("teardown", 1800, 100),
    ]


@pytest.mark.parametrize("off", [-3.0, -0.05, 0.05, 3.0])
def test_clock_that_is_off_leaves_stages_in_their_test_with_their_durations(off):
    stages = (stage("setup", 1.1 + off, 0.2), stage("call", 1.3 + off, 0.7))

    events = draw(ran(0, attempt(0, 1.0, 2.0), stages=stages))

    found = spans(events, "stage")
    assert [(name, duration) for name, _, duration in found] == [
        ("setup", 200),
        ("call", 700),
    ]


def test_subtests_have_no_slices():
    inner = stage("call", 0.2, 0.5, subtest="[one]")

    events = draw(ran(0, attempt(0, 0, 1), stages=(inner, stage("call", 0.1, 0.8))))

    assert spans(events, "stage") == [("call", 100, 800)]


def test_second_attempt_has_the_stages_that_are_its_own():
    first = attempt(0, 0, 1, status=Status.FAILED, is_provisional=True)
    again = attempt(-1, 2, 3)

    events = draw(ran(0, first, again, stages=(stage("call", 2.1, 0.5),)))

    assert spans(events, "test") == [("0", 0, 1000), ("0", 2000, 1000)]
    assert spans(events, "stage") == [("call", 2100, 500)]
    tests = [each["args"] for each in events if each.get("cat") == "test"]
    assert [each["outcome"] for each in tests] == ["failed", "passed"]
    assert "provisional" in tests[0]


def test_slice_says_what_there_is_to_know():
    events = draw(
        ran(
            0,
            attempt(-1, 0, 1, status=Status.FAILED),
            stages=(stage("call", 0, 1, outcome="failed", text="E boom"),),
            file="test_x.py",
            line=3,
            alone="marked exclusive",
        )
    )

    test, call = (each["args"] for each in events if each["ph"] == "X")
    assert test == {
        "outcome": "failed",
        "phase": 1,
        "file": "test_x.py:3",
        "alone": "marked exclusive",
    }
    assert call == {"outcome": "failed", "text": "E boom"}


def test_what_a_killed_run_was_at_lasts_to_the_last_thing_known():
    events = draw(ran(0, attempt(0, 1, None)), ran(1, attempt(1, 1, 4)), lasts=None)

    assert spans(events, "test") == [("0", 1000, 3000), ("1", 1000, 3000)]


def test_arrow_leads_from_each_dependency():
    events = draw(
        ran(0, attempt(0, 0, 1)),
        ran(1, attempt(1, 0, 2)),
        ran(2, attempt(0, 3, 4), after=(0, 1)),
    )

    arrows = [(e["ph"], e["id"], e["tid"]) for e in events if e["ph"] in "sf"]
    assert arrows == [("s", 1, 2), ("f", 1, 2), ("s", 2, 3), ("f", 2, 2)]


def test_what_never_ran_has_no_arrows():
    events = draw(ran(0), ran(1, attempt(0, 0, 1), after=(0,)), ran(2, after=(1,)))

    assert [each for each in events if each["ph"] in "sf"] == []


# Runs


SUITE = """
    import time

    import pytest

    @pytest.fixture
    def slow_to_set_up():
        time.sleep(0.01)
        yield
        time.sleep(0.01)

    @pytest.mark.parametrize("n", range(12))
    def test_many(n, slow_to_set_up): ...

    @pytest.mark.exclusive
    def test_alone(slow_to_set_up): ...

    @pytest.mark.depends_on("test_alone")
    @pytest.mark.depends_on("test_many[3]")
    def test_behind(): time.sleep(0.01)

    @pytest.mark.depends_on("test_behind")
    def test_fails(): assert 0

    @pytest.mark.depends_on("test_fails")
    def test_blocked(): ...

    def test_skipped(): pytest.skip()

    def test_hangs(): time.sleep(30)
"""


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("at_once", [1, 4])
def test_slices_of_a_run_never_overlap_and_sum_up_to_its_reports(
    pytester, phaserun, executor, at_once
):
    pytester.makepyfile(test_it=SUITE)

    phaserun.apart(
        "--phase-trace=t.json",
        "--phase-events=e.jsonl",
        "--phase-timeout=0.5",
        f"--phase-executor={executor}",
        f"--phase-concurrency={at_once}",
    )

    events = read_trace((pytester.path / "t.json").read_text())
    stages = [each for each in events if each.get("cat") == "stage"]
    drawn = sum(each["dur"] for each in stages)
    tests = read_events(pytester.path / "e.jsonl").tests
    told = [s for test in tests if test.attempts for s in test.stages]
    assert len(stages) == len(told)
    # Half a microsecond each: what is left of seconds since the epoch.
    assert drawn / 1e6 == pytest.approx(
        sum(each.duration for each in told), abs=len(told) * 1e-6
    )
    for slices in lanes(events).values():
        outer = [each for each in slices if each["cat"] == "test"]
        assert all(end_of(one) <= other["ts"] + 0.001 for one, other in pairwise(outer))


def test_trace_is_told_of(pytester, phaserun):
    pytester.makepyfile(test_it="def test(): ...")

    result = phaserun("--phase-trace=t.json")
    quiet = phaserun("--phase-trace=t.json", "-q")

    path = pytester.path / "t.json"
    result.stdout.fnmatch_lines([f"phaserun: trace written to {path}"])
    quiet.stdout.no_fnmatch_line("phaserun: trace*")


def test_trace_that_cannot_be_written_is_told_of(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import os

        def test():
            os.mkdir("t.json")
        """
    )

    result = phaserun("--phase-trace=t.json", "-q")

    path = pytester.path / "t.json"
    result.stdout.fnmatch_lines(
        [f"phaserun: trace not written to {path}: Is a directory"]
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "option", ["--phase-report", "--phase-trace", "--phase-events"]
)
def test_file_that_cannot_be_is_told_before_collection(pytester, phaserun, option):
    pytester.makepyfile(test_it="raise SystemExit('collected')")
    pytester.mkdir("folder")
    path = pytester.path

    assert errors(phaserun(option, "folder")) == [
        f"{option}: 'folder' is not valid; allowed: a file; this is a folder"
    ]
    assert errors(phaserun(option, "no/file")) == [
        f"{option}: 'no/file' is not valid; allowed: a file in a folder that exists; "
        f"{path / 'no'} does not"
    ]


def test_file_that_may_not_be_written_is_told_before_collection(
    pytester, phaserun, monkeypatch
):
    pytester.makepyfile(test_it="raise SystemExit('collected')")
    monkeypatch.setattr("pytest_phaserun.parsers.os.access", lambda path, mode: False)

    assert errors(phaserun("--phase-trace=t.json")) == [
        "--phase-trace: 't.json' is not valid; allowed: a file that may be written"
    ]
