"""Attempts of pytest-rerunfailures beside other tests, and those who wait for them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from .flaky import FlakyRuns

pytest.importorskip("pytest_rerunfailures")


@pytest.fixture
def run(pytester, phaserun):
    return FlakyRuns(pytester, phaserun)


# Dependencies


@pytest.mark.parametrize("at_once", [1, 8])
def test_dependents_wait_for_the_last_attempt(run, at_once):
    result = run(
        """
        def test_a(): fails(2, "a")

        @pytest.mark.depends_on("test_a")
        def test_b():
            assert seen.count("a:3") == 1
            fails(1, "b")

        @pytest.mark.depends_on("test_b")
        def test_c():
            assert seen == ["a:1", "a:2", "a:3", "b:1", "b:2"]
        """,
        "--reruns=2",
        at_once=at_once,
    )

    assert result.parseoutcomes() == {"passed": 3, "rerun": 3}


@pytest.mark.parametrize("at_once", [1, 8])
def test_dependents_of_what_fails_in_all_attempts_are_blocked(run, at_once):
    result = run(
        """
        def test_a(): fails(99)

        @pytest.mark.depends_on("test_a")
        def test_b(): ...
        """,
        "--reruns=2",
        at_once=at_once,
    )

    assert result.parseoutcomes() == {"failed": 1, "skipped": 1, "rerun": 2}


def test_dependents_of_what_failed_in_subtests_at_first_run(run):
    pytest.importorskip("_pytest.subtests")

    result = run(
        """
        def test_a(subtests):
            with subtests.test("flaky"): fails(1)

        @pytest.mark.depends_on("test_a")
        def test_b(): ...
        """,
        "--reruns=1",
        "--phase-confirm=off",
    )

    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 2
    assert "failed" not in outcomes


# Beside others


def test_attempts_run_in_place_beside_others(run):
    result = run(
        """
        both = threading.Barrier(2)

        @pytest.mark.flaky(reruns=1)
        def test_flaky():
            both.wait(20)
            fails(1)

        def test_other():
            both.wait(20)
            both.wait(20)
        """,
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 1}


def test_class_fixture_stays_up_between_attempts(run):
    result = run(
        """
        made = []

        @pytest.fixture(scope="class")
        def thing():
            made.append("up")
            yield
            made.append("down")

        class TestIt:
            def test_flaky(self, thing): fails(2)

        @pytest.mark.depends_on("TestIt")
        def test_down():
            assert made == ["up", "down"]
        """,
        "--reruns=2",
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 2}


def test_what_is_wider_comes_down_with_the_attempt_that_proves_to_be_the_last(
    run, pytester
):
    result = run(
        """
        @pytest.fixture(scope="class")
        def wide():
            yield
            with open("down", "a") as file: file.write(threading.current_thread().name)

        class TestIt:
            @pytest.fixture
            def own(self):
                yield
                raise RuntimeError("no more attempts")

            def test_it(self, wide, own): fails(9)
        """,
        "--reruns=2",
        "--rerun-except=RuntimeError",
        "--phase-confirm=off",
    )

    assert result.parseoutcomes() == {"failed": 1, "errors": 1}
    assert pytester.path.joinpath("down").read_text() == "phaserun-slot-0"


def test_fixture_that_failed_is_made_anew_by_whoever_needs_it_next(run):
    result = run(
        """
        waiting = threading.Event()

        @pytest.fixture(scope="module")
        def thing():
            seen.append("made")
            if len(seen) == 1:
                waiting.wait(20)
                raise ValueError("the first time")

        @pytest.mark.flaky(reruns=1)
        def test_first(thing): ...

        def test_other(request):
            while not seen: pass
            threading.Timer(0.1, waiting.set).start()
            request.getfixturevalue("thing")
        """,
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 1}


def test_fixture_that_timed_out_is_made_anew_by_the_next_attempt(run):
    result = run(
        """
        import itertools

        @pytest.fixture(scope="module")
        def thing():
            if len(seen) < 1:
                seen.append("hangs")
                for _ in itertools.count(): ...

        @pytest.mark.parametrize("n", range(4))
        def test_it(thing, n): ...
        """,
        "--reruns=1",
        "--phase-timeout=1",
        apart=True,
    )

    outcomes = result.parseoutcomes()
    assert outcomes.pop("rerun") >= 1
    assert outcomes == {"passed": 4}


# Confirmation


def test_what_fails_in_all_attempts_is_confirmed_by_one_more_alone(run):
    result = run(
        """
        def test_it(): fails(99)

        """,
        "--reruns=2",
    )

    assert result.parseoutcomes() == {"failed": 1, "rerun": 2}
    result.stdout.fnmatch_lines(["*ValueError: it fails in attempt 3"])
    result.stdout.no_fnmatch_line("*attempt 4*")


def test_confirmation_is_a_single_attempt(run, pytester):
    run(
        """
        def test_it():
            with open("attempts", "a") as file: file.write(".")
            fails(99)
        """,
        "--reruns=2",
    )

    assert pytester.path.joinpath("attempts").read_text() == "...."


def test_what_fails_beside_others_and_passes_alone_has_no_reruns(run):
    result = run(
        """
        def test_it():
            assert "slot" not in threading.current_thread().name
        """,
        "--reruns=2",
        "--fail-on-flaky",
    )

    assert result.parseoutcomes() == {"passed": 1}
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*PASSED ONLY ALONE*"])


def test_teardown_of_what_is_wider_is_reported_once(run):
    result = run(
        """
        @pytest.fixture(scope="module")
        def thing():
            yield
            raise RuntimeError("in the module's teardown")

        def test_it(thing): fails(99)
        """,
        "--reruns=2",
    )

    assert result.parseoutcomes() == {"failed": 1, "errors": 1, "rerun": 2}


# Limits

HANGS = """
    import itertools

    def hang():
        for _ in itertools.count(): ...
"""


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_every_attempt_has_the_limit_anew(run, alone):
    result = run(
        dedent(HANGS)
        + dedent(
            f"""
            {alone}
            def test_it():
                threading.Event().wait(0.4)
                fails(2)

            {alone}
            def test_hung_at_first():
                seen.append("hung")
                if seen.count("hung") == 1: hang()
            """
        ),
        "--reruns=2",
        "--phase-timeout=0.7",
        apart=True,
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 3}


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_what_hangs_in_all_attempts_times_out(run, alone):
    result = run(
        dedent(HANGS) + f"{alone}\ndef test_it(): hang()\n",
        "--reruns=1",
        "--phase-timeout=0.3",
        apart=True,
    )

    assert result.parseoutcomes() == {"timeout": 1, "rerun": 1}


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_delays_between_attempts_do_not_count(run, alone):
    result = run(
        f"{alone}\ndef test_it(): fails(1)",
        "--reruns=1",
        "--reruns-delay=0.6",
        "--phase-timeout=0.3",
        apart=True,
    )

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_deadline_of_the_run_cuts_a_delay_short(run, alone):
    result = run(
        f"{alone}\ndef test_it(): fails(99)",
        "--reruns=5",
        "--reruns-delay=1000",
        "--phase-deadline=1",
        apart=True,
    )

    assert "timeout" in result.parseoutcomes() or "failed" in result.parseoutcomes()
    assert result.parseoutcomes()["rerun"] == 1


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_interrupt_cuts_a_delay_short(run, alone):
    result = run(
        f"""
        import os, signal

        {alone}
        def test_it():
            threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
            fails(99)
        """,
        "--reruns=5",
        "--reruns-delay=1000",
        "--phase-detect=off",
        apart=True,
    )

    assert result.ret == pytest.ExitCode.INTERRUPTED
