"""Runs that do what an interrupted one has left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_phaserun.recording.reading import read_runs

from .reading import errors, order

SUITE = """
    import os

    import pytest

    def test_base(): ...

    def test_skipped(): pytest.skip()

    @pytest.mark.xfail
    def test_xfails(): assert 0

    @pytest.mark.depends_on("test_base")
    def test_fails(): assert os.path.exists("repaired")

    @pytest.mark.depends_on("test_fails")
    def test_blocked(): ...

    def test_other(): ...
"""


@pytest.fixture
def events(pytester) -> Path:
    """Return the path of the events of the suite, which has run."""
    pytester.makepyfile(test_it=SUITE)
    return pytester.path / "e.jsonl"


@pytest.fixture
def recorded(events, phaserun):
    """Run the suite and write its events."""
    phaserun("--phase-events=e.jsonl")
    return events


def repair(pytester) -> None:
    (pytester.path / "repaired").touch()


def keep_lines(events: Path, *, until: str) -> None:
    """Cut the file where a test has not ended, as if the run had been killed there."""
    lines = events.read_text().splitlines(keepends=True)
    (place,) = (
        event["n"] for event in map(json.loads, lines) if event.get("id") == until
    )
    for number, line in enumerate(lines):
        event = json.loads(line)
        if event["event"] == "end" and event["n"] == place:
            events.write_text("".join(lines[:number]))
            return


def test_what_failed_or_was_blocked_runs_again_with_its_prerequisites(
    pytester, phaserun, recorded
):
    repair(pytester)

    result = phaserun("-v", "--phase-resume=e.jsonl")

    assert order(result) == ["test_base", "test_fails", "test_blocked"]
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "phaserun: resumes e.jsonl, in which 4 of 6 tests passed or were skipped",
            "collecting ... collected 6 items / 3 deselected / 3 selected",
            "phaserun: 3 tests in 3 phases, 1 prerequisite pulled in",
        ]
    )


def test_prerequisites_that_passed_may_be_left_out(pytester, phaserun, recorded):
    repair(pytester)

    result = phaserun("-v", "--phase-resume=e.jsonl", "--phase-deselected=ignore")

    assert order(result) == ["test_fails", "test_blocked"]


def test_what_had_not_ended_runs(phaserun, recorded):
    keep_lines(recorded, until="test_it.py::test_other")

    result = phaserun("-v", "--phase-resume=e.jsonl")

    assert "test_other" in order(result)


@pytest.mark.parametrize("lines", [0, 1, 4])
def test_run_that_was_killed_before_it_had_a_plan_begins_anew(
    phaserun, recorded, lines
):
    whole = recorded.read_text().splitlines(keepends=True)
    recorded.write_text("".join(whole[:lines]))

    result = phaserun("-v", "--phase-resume=e.jsonl")

    assert len(order(result)) == 6
    result.stdout.fnmatch_lines(
        ["phaserun: resumes e.jsonl, of a run that was killed before it began"]
    )


def test_part_of_a_suite_is_not_split_again(pytester, phaserun, events):
    phaserun("--phase-events=e.jsonl", "--phase-shard=1/2", "-x")
    keep_lines(events, until=read_runs(events)[0].tests[0].nodeid)
    left = [test for test in read_runs(events)[0].tests if not test.outcome.is_good]
    assert 1 < len(left) < 6

    again = phaserun("-v", "--phase-resume=e.jsonl", "--phase-shard=1/2")
    alone = phaserun("-v", "--phase-resume=e.jsonl")

    assert len(order(again)) == len(left)
    assert order(alone) == order(again)


def test_other_part_of_a_suite_is_a_mistake(phaserun, events):
    phaserun("--phase-events=e.jsonl", "--phase-shard=1/2")

    assert errors(phaserun("--phase-resume=e.jsonl", "--phase-shard=2/2")) == [
        f"--phase-resume: {events} is of part 1/2; give --phase-shard 1/2, or none"
    ]


def test_rest_of_a_whole_suite_may_be_split(pytester, phaserun, events):
    pytester.makepyfile(test_it="def test_a(): assert 0\ndef test_b(): assert 0")
    phaserun("--phase-events=e.jsonl")

    parts = [
        phaserun("-v", "--phase-resume=e.jsonl", f"--phase-shard={part}/2")
        for part in (1, 2)
    ]

    assert sorted(order(parts[0]) + order(parts[1])) == ["test_a", "test_b"]
    assert len(order(parts[0])) == 1


def test_what_timed_out_runs_again(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import os
        import time

        def test_late():
            while not os.path.exists("repaired"):
                time.sleep(0.01)

        def test_good(): ...
        """
    )
    phaserun("--phase-timeout=0.2", "--phase-events=e.jsonl")
    repair(pytester)

    result = phaserun("-v", "--phase-resume=e.jsonl")

    assert order(result) == ["test_late"]


def test_tests_that_the_file_does_not_know_are_no_part_of_the_run(
    pytester, phaserun, recorded
):
    pytester.makepyfile(test_new="def test_new(): ...")

    result = phaserun("-v", "--phase-resume=e.jsonl")

    assert "test_new" not in order(result)
    result.stdout.fnmatch_lines(
        ["phaserun: 1 test left out that e.jsonl does not know"]
    )


def test_file_of_other_tests_leaves_none(pytester, phaserun, recorded):
    pytester.makepyfile(test_new="def test_new(): ...")

    result = phaserun("--phase-resume=e.jsonl", "test_new.py")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_tests_of_the_file_that_are_not_there_are_counted(pytester, phaserun, recorded):
    pytester.makepyfile(test_it="def test_other(): ...\ndef test_new(): ...")

    result = phaserun("--phase-resume=e.jsonl")

    result.stdout.fnmatch_lines(
        [
            "phaserun: 5 tests of e.jsonl not found or not selected",
            "phaserun: 1 test left out that e.jsonl does not know",
        ]
    )


def test_other_selections_hold_as_well(phaserun, recorded):
    result = phaserun("-v", "--phase-resume=e.jsonl", "-k", "blocked or other")

    # It fails again, since nothing was repaired.
    assert order(result) == ["test_base", "test_fails", "test_blocked"]
    result.stdout.fnmatch_lines(
        ["phaserun: 4 tests of e.jsonl not found or not selected"]
    )


def test_run_in_which_all_went_well_leaves_nothing_to_do(pytester, phaserun, events):
    repair(pytester)
    phaserun("--phase-events=e.jsonl")

    result = phaserun("--phase-resume=e.jsonl")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*6 deselected*"])


def test_nothing_selected_is_still_told_by_the_exit_code(phaserun, recorded):
    result = phaserun("--phase-resume=e.jsonl", "-k", "nothing_like_it")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_events_may_go_to_the_same_file(pytester, phaserun, recorded):
    phaserun("--phase-resume=e.jsonl", "--phase-events=e.jsonl", "-k", "not other")
    repair(pytester)

    result = phaserun("--phase-resume=e.jsonl", "--phase-events=e.jsonl")

    assert len(read_runs(recorded)) == 3
    result.stdout.fnmatch_lines(
        ["phaserun: resumes e.jsonl, in which 4 of 6 tests passed or were skipped"]
    )
    # What passed in any of them has passed.
    last = phaserun("--phase-resume=e.jsonl")
    last.stdout.fnmatch_lines(
        ["phaserun: resumes e.jsonl, in which 6 of 6 tests passed or were skipped"]
    )


def test_prerequisite_that_failed_since_has_not_passed(pytester, phaserun, events):
    pytester.makepyfile(
        test_it="""
        import os
        import pytest

        def test_base(): assert not os.path.exists("broken")

        @pytest.mark.depends_on("test_base")
        def test_fails(): assert 0
        """
    )
    phaserun("--phase-events=e.jsonl")
    (pytester.path / "broken").touch()
    phaserun("--phase-resume=e.jsonl", "--phase-events=e.jsonl")

    result = phaserun("--phase-resume=e.jsonl")

    result.stdout.fnmatch_lines(
        ["phaserun: resumes e.jsonl, in which 0 of 2 tests passed or were skipped"]
    )


def test_node_id_that_is_there_twice_has_to_pass_twice(pytester, phaserun, events):
    pytester.makepyfile(
        test_it="""
        import os

        def test():
            if not os.path.exists("once"):
                open("once", "w").close()
                assert 0
        """
    )
    twice = ("--keep-duplicates", "test_it.py", "test_it.py", "--phase-concurrency=1")
    phaserun("--phase-events=e.jsonl", *twice)

    result = phaserun("--phase-resume=e.jsonl", *twice)

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<xml/>\n", "holds no events: line 1 is no event of --phase-events"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_other_file_is_told_before_collection(pytester, phaserun, text, told):
    pytester.makepyfile(test_it="raise SystemExit('collected')")
    path = pytester.path / "e.jsonl"
    if text is not None:
        path.write_text(text)

    assert errors(phaserun("--phase-resume=e.jsonl")) == [
        f"--phase-resume: {path} {told}"
    ]
