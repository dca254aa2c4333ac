"""Runs in processes that are ended from outside, and what was lost by then."""

from __future__ import annotations

import os
import signal

import pytest

from .test_processes import ARGS, pytestmark, run

__all__ = ["pytestmark", "run"]

#: Swallows the interrupt, and goes on for a time.
STUBBORN = """
    import os

    def test_stubborn(request):
        (request.config.rootpath / "pid").write_text(str(os.getpid()))
        ready()
        for seconds in {sleeps}:
            try:
                time.sleep(seconds)
            except KeyboardInterrupt:
                pass

    def test_late(): pass
"""


def start(live, sleeps: str, *options: str) -> None:
    live.start(
        STUBBORN.format(sleeps=sleeps),
        *ARGS[3:5],
        *("--phase-concurrency=1", "--phase-grace=0.2", *options),
    )
    live.wait_ready()
    live.process.send_signal(signal.SIGINT)


def lives(pytester) -> bool:
    try:
        os.kill(int((pytester.path / "pid").read_text()), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("sleeps", ["(600, 600)", "(600, 3)"], ids=["hangs", "is late"])
def test_test_that_swallows_ctrl_c_is_ended_with_the_run(live, pytester, sleeps):
    start(live, sleeps, "--phase-timeout=0")

    output = live.finish()

    assert live.code == pytest.ExitCode.INTERRUPTED
    assert "INTERNALERROR" not in output
    assert not lives(pytester)


def test_second_ctrl_c_leaves_no_process_behind(live, pytester):
    start(live, "(600, 600)", "--phase-grace=30")
    live.read_until("phaserun: stopping 1 test, within 30 s; Ctrl-C again ends")
    live.process.send_signal(signal.SIGINT)

    live.finish()

    assert live.code == pytest.ExitCode.INTERRUPTED
    assert not lives(pytester)


def test_failure_that_cannot_be_tried_again_stands(run):
    result = run(
        """
        import os, pytest, time

        def test_a(request):
            # Passes once.
            (request.config.rootpath / "a").touch(exist_ok=False)

        @pytest.mark.depends_on("test_a")
        def test_b(request):
            (request.config.rootpath / "b").touch()
            assert 0

        @pytest.mark.depends_on("test_a")
        def test_c():
            os._exit(3)

        def test_beside(request):
            give_up = time.monotonic() + 20
            while not (request.config.rootpath / "b").exists():
                assert time.monotonic() < give_up
                time.sleep(0.01)
        """,
        *("--phase-schedule=graph", "-rf"),
    )

    result.assert_outcomes(passed=2, failed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_crash_is_not_shown_with_the_stack_of_an_earlier_notice(run):
    result = run(
        """
        import os, time

        def test_slow(): time.sleep(0.6)

        def test_exits(): os._exit(3)
        """,
        *("--phase-concurrency=1", "--phase-slow=0.2"),
    )

    result.assert_outcomes(passed=1, failed=1)
    report = str(result.stdout).split("_ test_exits _")[1]
    assert "ended itself with exit code 3" in report
    assert "in test_slow" not in report
