"""The process ends, whatever threads the tests have left."""

from __future__ import annotations

import subprocess
import sys

import pytest

GRACE = "--phase-grace=0.2"

#: Threads that never end, by how they come about.
ENDLESS = {
    "thread": "threading.Thread(target=block, name='endless', daemon=False).start()",
    "pool": "ThreadPoolExecutor(1, thread_name_prefix='endless').submit(block)",
}

SUITE = """
    import threading
    from concurrent.futures import ThreadPoolExecutor
    import pytest

    def block():
        threading.Event().wait()

    {mark}
    def test_leaves():
        {start}
"""

every_thread = pytest.mark.parametrize("start", ENDLESS.values(), ids=ENDLESS)


@every_thread
@pytest.mark.parametrize(
    "mark", ["", "@pytest.mark.exclusive"], ids=["beside", "alone"]
)
def test_threads_that_tests_left_do_not_hold_the_process(
    pytester, phaserun, start, mark
):
    pytester.makepyfile(test_it=SUITE.format(mark=mark, start=start))

    result = phaserun.apart(GRACE)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "=* 1 passed in *",
            "phaserun: ended with 1 thread still running: "
            "endless* of test_it.py::test_leaves",
        ]
    )


def test_exit_code_is_that_of_pytest(pytester, phaserun):
    suite = SUITE.format(mark="", start=ENDLESS["thread"] + "; assert 0")
    pytester.makepyfile(suite)

    result = phaserun.apart(GRACE)

    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_exit_functions_are_run(pytester, phaserun):
    pytester.makeconftest(
        """
        import atexit, pathlib

        here = pathlib.Path(__file__).parent
        atexit.register(lambda: (here / "written").write_text("at exit"))
        """
    )
    pytester.makepyfile(SUITE.format(mark="", start=ENDLESS["thread"]))

    phaserun.apart(GRACE)

    assert (pytester.path / "written").read_text() == "at exit"


def test_threads_that_end_in_time_are_waited_for(pytester, phaserun):
    # Ends when the main thread has nothing more to do but to wait for it.
    pytester.makepyfile(
        """
        import sys, threading, pathlib

        here = pathlib.Path(__file__).parent

        def write():
            threading.Event().wait(0.5)
            (here / "written").write_text("in time")

        def test_leaves():
            threading.Thread(target=write, daemon=False).start()
        """
    )

    result = phaserun.apart("--phase-grace=20")

    assert (pytester.path / "written").read_text() == "in time"
    result.stdout.no_fnmatch_line("*still running*")


@pytest.mark.parametrize(
    "start",
    [
        "ThreadPoolExecutor(1).submit(len, ())",
        "threading.Thread(target=block, daemon=True).start()",
    ],
    ids=["idle pool", "daemon"],
)
def test_what_holds_no_exit_is_no_matter(pytester, phaserun, start):
    pytester.makepyfile(SUITE.format(mark="", start=start))

    # Would be waited for so long.
    result = phaserun.apart("--phase-grace=600")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*still running*")


def test_threads_that_no_test_started_are_waited_for(pytester, phaserun):
    pytester.makeconftest(
        """
        import pathlib, threading

        here = pathlib.Path(__file__).parent

        def write():
            threading.Event().wait(1)
            (here / "written").write_text("by a plugin")

        def pytest_runtest_logreport(report):
            if report.when == "call":
                threading.Thread(target=write).start()
        """
    )
    pytester.makepyfile("def test_good(): ...")

    phaserun.apart(GRACE)

    assert (pytester.path / "written").read_text() == "by a plugin"


def test_program_that_calls_pytest_goes_on(pytester):
    pytester.makepyfile(
        test_it=SUITE.format(mark="", start=ENDLESS["thread"]),
        program="""
            import os, pytest

            code = pytest.main(["-p", "phaserun", "--phase-grace=0.2", "test_it.py"])
            print("goes on with", int(code), flush=True)
            os._exit(7)
        """,
    )

    ended = subprocess.run(
        [sys.executable, "program.py"],
        cwd=pytester.path,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 7
    assert "goes on with 0" in ended.stdout
    assert "still running" not in ended.stdout


def test_run_inside_a_test_does_not_end_the_process(pytester, phaserun):
    pytester.makepyfile(
        test_inner=SUITE.format(mark="", start=ENDLESS["thread"]),
        test_outer="""
            import pytest

            @pytest.mark.exclusive
            def test_outer():
                options = ["-p", "phaserun", "--phase-grace=0.2", "test_inner.py"]
                assert pytest.main(options) == 0
        """,
    )

    result = phaserun.apart(GRACE, "test_outer.py")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["phaserun: ended with 1 thread still running: *"])
