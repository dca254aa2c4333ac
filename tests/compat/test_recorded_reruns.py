"""Events of tests that pytest-rerunfailures runs again."""

from __future__ import annotations

import pytest

from pytest_phaserun.recording.reading import read_events
from pytest_phaserun.recording.run import Outcome, TestRun

from .flaky import FlakyRuns

pytest.importorskip("pytest_rerunfailures")


@pytest.fixture
def record(pytester, phaserun):
    """Return what is recorded of a suite of one test, with two reruns at most."""
    runs = FlakyRuns(pytester, phaserun)

    def run(suite: str, *arguments: str) -> TestRun:
        runs(suite, "--reruns=2", "--phase-events=e.jsonl", *arguments)
        (test,) = read_events(pytester.path / "e.jsonl").tests
        return test

    return run


def test_attempts_that_do_not_count_are_stages_of_the_test(record):
    test = record("def test_it(): fails(1)")

    assert test.outcome is Outcome.PASSED
    assert len(test.attempts) == 1
    told = [(each.when, each.outcome) for each in test.stages]
    assert told == [
        ("setup", "passed"),
        ("call", "rerun"),
        ("teardown", "passed"),
        ("setup", "passed"),
        ("call", "passed"),
        ("teardown", "passed"),
    ]
    assert list(test.counting_stages) == list(test.stages[2:])


def test_what_fails_in_all_attempts_has_failed(record):
    assert record("def test_it(): fails(9)").outcome is Outcome.FAILED


def test_attempt_that_timed_out_does_not_count(record):
    test = record(
        """
        import time

        def test_it():
            seen.append(1)
            while len(seen) < 2:
                time.sleep(0.01)
        """,
        "--phase-timeout=0.3",
    )

    assert test.outcome is Outcome.PASSED
    assert "rerun" in [each.outcome for each in test.stages]
