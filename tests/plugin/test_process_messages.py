"""What processes report of a test before it has ended: they say most of it late."""

from __future__ import annotations

import os

from .test_processes import pytestmark, run

__all__ = ["pytestmark", "run"]


def test_what_does_not_fit_into_the_memory_of_two_processes_comes_once(run):
    result = run(
        """
        def test_it():
            print("a" * 200_000, end="<call>")

        def teardown_function():
            print("b" * 200_000, end="<teardown>")
        """,
        "-rP",
    )

    result.assert_outcomes(passed=1)
    assert result.stdout.str().count("<call>") == 1
    assert result.stdout.str().count("<teardown>") == 1


def test_what_was_read_before_the_end_of_a_test_comes_once(run, pytester):
    # A notice that it is slow reads what it has said. Until then the test waits for
    # somebody to open the other end of a pipe.
    os.mkfifo(pytester.path / "told")
    pytester.makepyfile(
        teller="""
        from pathlib import Path
        from pytest_phaserun.drivers.notices import Notices

        write = Notices.write

        def tell(self, lines):
            lines = list(lines)
            write(self, lines)
            if "slow: " in lines[0]:
                Path("told").write_text("")

        Notices.write = tell

        def pytest_runtest_logreport(report):
            print("reported:", report.when)
        """
    )
    result = run(
        """
        def test_it(pytestconfig):
            (pytestconfig.rootpath / "told").read_text()
        """,
        *("-v", "--phase-slow=0.1", "-p", "teller"),
    )

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["phaserun: slow: *::test_it, * in setup and call*"])
    assert result.stdout.str().count("reported: setup") == 1


def test_reports_of_stages_before_a_crash_are_kept(run):
    result = run(
        """
        import os

        def test_it(): print("said")
        def teardown_function(): os._exit(3)
        """,
        "-rA",
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*PASSES*", "said"])
