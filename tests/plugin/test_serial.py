"""One test at a time: asked for, or since an option needs it."""

from __future__ import annotations

import re
import sys

import pytest

from .reading import order, skip_reasons

SUITE = """
    import threading
    import pytest

    running = []

    @pytest.fixture(autouse=True)
    def alone(request):
        running.append(request.node)
        assert len(running) == 1
        assert threading.current_thread() is threading.main_thread()
        yield
        running.clear()

    @pytest.mark.depends_on("test_b")
    def test_a(): ...

    @pytest.mark.depends_on("test_c")
    def test_b(): ...

    def test_c(): ...

    def test_bad():
        assert False

    @pytest.mark.depends_on("test_bad")
    def test_blocked(): ...
"""


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """Return the outcome of each test of a verbose run."""
    lines = re.findall(r"::(\w+) ([A-Z]+)", result.stdout.str())
    return {name: word for name, word in lines if not name.isupper()}


def test_one_at_a_time_keeps_the_order_and_blocks(pytester, phaserun):
    pytester.makepyfile(test_x=SUITE)

    result = phaserun("-v", "-rs", "--phase-concurrency=1")

    result.assert_outcomes(passed=3, failed=1, skipped=1)
    assert [name for name in order(result) if len(name) == 6] == [
        "test_c",
        "test_b",
        "test_a",
    ]
    assert skip_reasons(result) == ["depends on test_x.py::test_bad (failed)"]


def test_one_at_a_time_has_the_outcomes_of_many_at_once(pytester, phaserun):
    pytester.makepyfile(test_x=SUITE.replace("autouse=True", ""))

    serial = phaserun("-v", "--phase-concurrency=1")

    many = phaserun("-v", "--phase-concurrency=4")
    assert outcomes(serial) == outcomes(many)


def test_header_tells_that_tests_run_one_at_a_time(pytester, phaserun):
    pytester.makepyfile(test_x=SUITE)

    result = phaserun("--phase-concurrency=1")

    result.stdout.fnmatch_lines(
        ["phaserun: one at a time, schedule phase, timeout 300 s"]
    )


def test_files_are_named_as_without_phases(pytester, phaserun):
    pytester.makepyfile(test_a="def test_a(): ...", test_b="def test_b(): ...")

    result = phaserun("--phase-concurrency=1")

    result.stdout.re_match_lines(
        [r"test_a\.py \. +\[ 50%\]", r"test_b\.py \. +\[100%\]"]
    )


@pytest.mark.parametrize(
    "option", ["--pdb", "--setup-show", "--setup-plan", "--setup-only", "--stepwise"]
)
def test_option_that_needs_one_test_at_a_time_is_named_in_the_header(
    pytester, phaserun, option
):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun(option)

    result.stdout.fnmatch_lines([f"phaserun: one at a time because of {option}, *"])
    assert result.ret == pytest.ExitCode.OK


def test_live_log_without_capture_is_named_in_the_header(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun("-s", "-o", "log_cli=true")

    result.stdout.fnmatch_lines(
        ["phaserun: one at a time because of -s with a live log, *"]
    )


def test_several_reasons_are_all_named(pytester, phaserun):
    pytester.makepyfile("def test_one(): ...")

    result = phaserun("--pdb", "--setup-show")

    result.stdout.fnmatch_lines(
        ["phaserun: one at a time because of --pdb and --setup-show, *"]
    )


def test_debugger_gets_the_terminal(pytester, phaserun):
    pytester.makepyfile(
        """
        def test_one():
            number = 6 * 7
            assert number == 43
        """
    )

    result = pytester.run(
        sys.executable,
        *("-m", "pytest", "--disable-plugin-autoload", "-p", "phaserun", "--pdb"),
        stdin=b"p number\nq\n",
        timeout=60,
    )

    result.stdout.fnmatch_lines(
        ["*PDB post_mortem*", "(Pdb) 42", "*_pytest.outcomes.Exit*"]
    )


def test_setup_show_shows_the_setup(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        @pytest.fixture(scope="module")
        def wide(): ...

        def test_a(wide): ...

        def test_b(wide): ...
        """
    )

    result = phaserun("--setup-show")

    result.stdout.fnmatch_lines(
        [
            "    SETUP    M wide",
            "        test_x.py::test_a (fixtures used: wide)*.",
            "        test_x.py::test_b (fixtures used: wide)*.",
            "    TEARDOWN M wide",
        ]
    )


@pytest.mark.parametrize("option", ["--setup-plan", "--setup-only"])
def test_setup_plan_shows_dependents_too(pytester, phaserun, option):
    pytester.makepyfile(
        test_x="""
        import pytest

        def test_a(): ...

        @pytest.mark.depends_on("test_a")
        def test_b(): ...
        """
    )

    result = phaserun(option)

    result.stdout.fnmatch_lines(
        ["        test_x.py::test_a", "        test_x.py::test_b"]
    )
    result.stdout.no_fnmatch_line("* skipped *")


def test_stepwise_goes_on_where_it_stopped(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        def test_a(): ...

        def test_b():
            assert False

        def test_c(): ...
        """
    )
    phaserun("--stepwise")

    result = phaserun("-v", "--stepwise")

    assert order(result) == ["test_b"]


def test_wide_fixtures_are_taken_down_as_early_as_with_plain_pytest(pytester, phaserun):
    suite = """
        import pytest

        @pytest.fixture(scope="module", autouse=True)
        def wide(request):
            yield
            print("down", request.node.name)

        def test_one():
            print("in", __name__)
    """
    pytester.makepyfile(test_a=suite, test_b=suite)

    with_phases = phaserun("-s", "-q", "--phase-concurrency=1")

    shown = re.findall(r"(?:in|down) test_\w", with_phases.stdout.str())
    assert shown == ["in test_a", "down test_a", "in test_b", "down test_b"]


def test_logging_and_warnings_are_those_of_plain_pytest(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import logging
        import warnings

        def test_one():
            logging.getLogger().warning("a message")
            warnings.warn("look out")
            assert False
        """
    )

    result = phaserun.apart("--phase-concurrency=1")

    result.stdout.fnmatch_lines(
        [
            "-* Captured log call -*",
            "WARNING  root:test_x.py:5 a message",
            "=* warnings summary =*",
            "*UserWarning: look out",
            "=* 1 failed, 1 warning in *",
        ]
    )
