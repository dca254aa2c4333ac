"""What a run writes with ``--phase-events``."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from pytest_phaserun.recording.reading import read_events, read_runs
from pytest_phaserun.recording.run import MAIN_SLOT, Outcome, Run

from .reading import EXECUTORS, errors

SUITE = """
    import os
    import time

    import pytest

    def test_passes(): print("printed")

    def test_fails(): assert 1 + 1 == 3

    @pytest.mark.depends_on("test_fails")
    def test_blocked(): ...

    @pytest.mark.depends_on("test_blocked")
    def test_behind(): ...

    @pytest.mark.depends_on("test_passes", when="failed")
    def test_needless(): ...

    @pytest.mark.task("hangs", timeout=0.2)
    def test_hangs():
        while True:
            time.sleep(0.01)

    def test_skipped(): pytest.skip("not today")

    @pytest.mark.xfail(reason="known")
    def test_xfails(): assert 0

    @pytest.mark.xfail(reason="known")
    def test_xpasses(): ...

    @pytest.mark.exclusive
    def test_alone(): ...

    @pytest.fixture
    def broken():
        yield
        assert 0, "in teardown"

    def test_torn_down_badly(broken): ...
"""

OUTCOMES = {
    "test_passes": Outcome.PASSED,
    "test_fails": Outcome.FAILED,
    "test_blocked": Outcome.BLOCKED,
    "test_behind": Outcome.BLOCKED,
    "test_needless": Outcome.SKIPPED,
    "test_hangs": Outcome.TIMEOUT,
    "test_skipped": Outcome.SKIPPED,
    "test_xfails": Outcome.XFAILED,
    "test_xpasses": Outcome.XPASSED,
    "test_alone": Outcome.PASSED,
    "test_torn_down_badly": Outcome.FAILED,
}


@pytest.fixture
def read(pytester):
    """Read the events of the last run."""
    return lambda: read_events(pytester.path / "e.jsonl")


def name(nodeid: str) -> str:
    return nodeid.partition("::")[2]


def by_name(run: Run) -> dict[str, Any]:
    return {name(test.nodeid): test for test in run.tests}


@pytest.fixture(params=EXECUTORS)
def recorded(request, pytester, phaserun, read) -> dict[str, Any]:
    """Return the tests of the suite after a run."""
    pytester.makepyfile(test_it=SUITE)
    phaserun.apart("--phase-events=e.jsonl", f"--phase-executor={request.param}")
    run = read()
    assert run.executor == request.param
    return by_name(run)


def test_every_test_has_its_outcome(recorded):
    assert {name: test.outcome for name, test in recorded.items()} == OUTCOMES


def test_stages_are_those_of_the_reports(recorded):
    passed = recorded["test_passes"]

    assert [stage.when for stage in passed.stages] == ["setup", "call", "teardown"]
    assert passed.stages[-1].output == (("Captured stdout call", "printed\n"),)
    assert "assert (1 + 1) == 3" in recorded["test_fails"].stages[1].text
    assert recorded["test_skipped"].stages[-2].text == "Skipped: not today"
    assert recorded["test_xfails"].stages[1].xfail == "known"
    assert "Timed out after 0.2 s" in recorded["test_hangs"].stages[1].text
    assert "in teardown" in recorded["test_torn_down_badly"].stages[-1].text


def test_stages_lie_in_their_attempts(recorded):
    for test in recorded.values():
        if len(test.attempts) == 1:
            (attempt,) = test.attempts
            assert test.stages_of(attempt) == list(test.stages)
            assert attempt.start < attempt.end
            # Of two clocks, of which one may be set meanwhile.
            for stage in test.stages:
                assert stage.start == pytest.approx(attempt.start, abs=30)


def test_failure_beside_others_has_a_second_attempt(recorded):
    first, second = recorded["test_fails"].attempts

    assert (first.is_provisional, second.is_provisional) == (True, False)
    assert first.end <= second.start


def test_blocked_tests_name_their_causes(recorded):
    place = {name: test.place for name, test in recorded.items()}

    blocked = recorded["test_behind"].blocked
    assert blocked.cause == place["test_blocked"]
    assert blocked.root == place["test_fails"]
    assert blocked.reason == (
        "depends on test_it.py::test_blocked, blocked by test_it.py::test_fails "
        "(failed)"
    )
    assert recorded["test_blocked"].after == (place["test_fails"],)
    assert recorded["test_blocked"].phase == 2


def test_tests_say_where_they_stand_and_why_they_run_alone(recorded):
    alone = recorded["test_alone"]

    assert (alone.file, alone.alone) == ("test_it.py", "marked exclusive")
    assert recorded["test_passes"].line == 6
    assert recorded["test_hangs"].timeout == 0.2


# Runs


def test_run_says_what_it_is(pytester, phaserun, read):
    pytester.makepyfile(test_it="def test(): assert 0")

    phaserun(
        "--phase-events=e.jsonl", "--phase-concurrency=3", "--phase-schedule=graph"
    )

    run = read()
    assert (run.concurrency, run.schedule, run.exit_code) == (3, "graph", 1)
    assert run.root == str(pytester.path)
    assert run.pytest == pytest.__version__
    assert run.python == ".".join(map(str, sys.version_info[:3]))
    assert run.began < run.ended


def test_tests_alone_run_on_the_main_thread(pytester, phaserun, read):
    pytester.makepyfile(test_it="def test(): ...")

    phaserun("--phase-events=e.jsonl", "--phase-concurrency=1")

    assert read().tests[0].attempts[0].slot == MAIN_SLOT


def test_what_passed_only_alone_has_a_note(pytester, phaserun, read):
    pytester.makepyfile(
        test_it="""
        import threading

        def test_a():
            assert threading.current_thread().name == "MainThread"

        def test_b(): ...
        """
    )

    phaserun("--phase-events=e.jsonl")

    (test, _) = read().tests
    assert test.passed_only_alone
    (note,) = test.notes
    assert note.kind == "refuted"
    assert "assert 'phaserun-slot-" in note.text


def test_what_was_not_run_is_known(pytester, phaserun, read):
    pytester.makepyfile(
        test_it="""
        import pytest

        def test_ends_it(): pytest.exit("enough")

        @pytest.mark.depends_on("test_ends_it")
        def test_behind(): ...
        """
    )

    phaserun.apart("--phase-events=e.jsonl")

    run = read()
    assert run.exit_code == pytest.ExitCode.INTERRUPTED
    assert [test.outcome for test in run.tests] == [
        Outcome.INTERRUPTED,
        Outcome.NOT_RUN,
    ]


def test_error_in_what_is_torn_down_later_makes_a_failure(pytester, phaserun, read):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture(scope="module")
        def shared():
            yield
            assert 0, "too late"

        def test_first(shared): ...

        @pytest.mark.depends_on("test_last")
        def test_blocked(shared): ...

        @pytest.mark.depends_on("test_first")
        def test_last(): assert 0
        """
    )

    phaserun("--phase-events=e.jsonl")

    late = [
        test
        for test in read().tests
        if any("too late" in stage.text for stage in test.stages)
    ]
    assert [test.outcome for test in late] == [Outcome.FAILED]


def test_node_id_that_is_there_twice_has_two_tests(pytester, phaserun, read):
    pytester.makepyfile(test_it="def test(): ...")

    phaserun("--phase-events=e.jsonl", "--keep-duplicates", "test_it.py", "test_it.py")

    tests = read().tests
    assert [test.id for test in tests] == ["test_it.py::test", "test_it.py::test #2"]
    assert {test.nodeid for test in tests} == {"test_it.py::test"}
    assert [test.outcome for test in tests] == [Outcome.PASSED] * 2


def test_lines_of_a_test_come_in_their_order(pytester, phaserun):
    pytester.makepyfile(test_it=SUITE)

    phaserun.apart("--phase-events=e.jsonl")

    kinds: dict[int, list[str]] = {}
    for line in (pytester.path / "e.jsonl").read_text().splitlines():
        event = json.loads(line)
        if "n" in event:
            kinds.setdefault(event["n"], []).append(event["event"])
    stages = ["report", "report", "report"]
    assert kinds[0] == ["test", "start", *stages, "end"]
    assert kinds[1] == ["test", "start", "end", "start", *stages, "end"]
    assert kinds[2] == ["test", "blocked", "report", "report"]


def test_new_run_takes_the_place_of_the_old_one(pytester, phaserun):
    pytester.makepyfile(test_it="def test(): ...")

    phaserun("--phase-events=e.jsonl")
    phaserun("--phase-events=e.jsonl")

    assert len(read_runs(pytester.path / "e.jsonl")) == 1


@pytest.mark.parametrize("question", ["--phase-plan", "--collect-only"])
def test_what_runs_nothing_leaves_an_old_file_alone(pytester, phaserun, question):
    pytester.makepyfile(test_it="def test(): ...")
    (pytester.path / "e.jsonl").write_text("old")

    phaserun("--phase-events=e.jsonl", question)

    assert (pytester.path / "e.jsonl").read_text() == "old"


def test_file_stays_where_it_was_asked_for(pytester, phaserun, read):
    pytester.mkdir("elsewhere")
    pytester.makepyfile(
        test_it="""
        import os

        def test():
            os.chdir("elsewhere")
        """
    )

    result = phaserun.apart("--phase-events=e.jsonl", "--phase-trace=t.json")

    path = pytester.path
    result.stdout.fnmatch_lines(
        [
            f"phaserun: events written to {path / 'e.jsonl'}",
            f"phaserun: trace written to {path / 't.json'}",
        ]
    )
    assert read().exit_code == 0


def test_ini_file_may_ask_for_events(pytester, phaserun, read):
    pytester.makeini("[pytest]\nphase_events = e.jsonl\n")
    pytester.makepyfile(test_it="def test(): ...")

    phaserun.installed()

    assert len(read().tests) == 1


def test_file_is_opened_before_collection(pytester, phaserun):
    pytester.makepyfile(test_it="raise SystemExit('collected')")
    (pytester.path / "e.jsonl").symlink_to("e.jsonl")

    assert errors(phaserun("--phase-events=e.jsonl")) == [
        f"--phase-events: {pytester.path / 'e.jsonl'} cannot be written: "
        "Too many levels of symbolic links"
    ]


def test_old_file_is_not_taken_for_that_of_a_run_that_never_began(pytester, phaserun):
    pytester.makepyfile(test_it="def test(): ...")
    phaserun("--phase-events=e.jsonl")
    pytester.makepyfile(test_it="1 / 0")

    result = phaserun("--phase-events=e.jsonl")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert read_runs(pytester.path / "e.jsonl") == []
    result.stdout.no_fnmatch_line("phaserun: events*")


TELL_IMPORTS = """
    import sys

    def pytest_unconfigure():
        names = [n for n in sys.modules if n.startswith("pytest_phaserun.")]
        found = sorted(n for n in names if "record" in n or "export" in n)
        print("imported:", *found)
"""


def test_without_the_options_nothing_of_it_is_imported(pytester, phaserun):
    pytester.makeconftest(TELL_IMPORTS)
    pytester.makepyfile(test_it="def test(): ...")

    result = phaserun.apart()

    result.stdout.fnmatch_lines(["imported: pytest_phaserun.record"])


def test_subtests_are_stages_that_say_so(pytester, phaserun, read):
    pytest.importorskip("_pytest.subtests", reason="subtests came with pytest 9")
    pytester.makepyfile(
        test_it="""
        def test_parts(subtests):
            with subtests.test("whole", part=1):
                pass
            with subtests.test(part=2):
                assert 0
        """
    )

    phaserun("--phase-events=e.jsonl", "--phase-confirm=off")

    (test,) = read().tests
    assert test.outcome is Outcome.FAILED
    told = [(stage.subtest, stage.outcome) for stage in test.stages]
    assert ("[whole] (part=1)", "passed") in told
    assert ("(part=2)", "failed") in told
    assert [stage.when for stage in test.stages if stage.subtest is None] == [
        "setup",
        "call",
        "teardown",
    ]
