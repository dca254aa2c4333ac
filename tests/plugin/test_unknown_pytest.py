"""What happens with a pytest that lacks a private name the isolation builds on."""

from __future__ import annotations

import pytest

SUITE = """
    import threading

    import pytest

    @pytest.fixture(scope="module")
    def log():
        found = []
        yield found
        assert found == ["b", "a", "d"]

    @pytest.mark.depends_on("test_b")
    def test_a(log): log.append("a")

    def test_b(log): log.append("b")

    def test_c(): assert 0

    @pytest.mark.depends_on("test_a")
    def test_d(log):
        assert threading.current_thread() is threading.main_thread()
        log.append("d")

    @pytest.mark.depends_on("test_c")
    def test_e(log): log.append("e")

    @pytest.mark.depends_on("test_e")
    def test_f(log): log.append("f")
"""


@pytest.fixture
def stranger(pytester):
    """Hide a private name, and say how to run."""
    pytester.makepyfile(
        hide="""
        from pytest_phaserun.isolation import probe

        probe.NEEDED = {"_pytest.runner": "SetupState.that_is_gone"}
        """
    )
    pytester.syspathinsert()

    def run(*arguments):
        return pytester.runpytest_subprocess(
            *("--disable-plugin-autoload", "-p", "hide", "-p", "phaserun"), *arguments
        )

    return run


def test_order_and_blocking_hold(pytester, stranger):
    pytester.makepyfile(SUITE)

    result = stranger("-v")

    result.assert_outcomes(passed=3, failed=1, skipped=2, warnings=1)
    result.stdout.fnmatch_lines(
        [
            "phaserun: one at a time because of this pytest, *",
            "*PhaserunWarning: *SetupState.that_is_gone cannot be found*",
        ]
    )


def test_blocked_test_names_its_root_cause(pytester, stranger):
    pytester.makepyfile(test_it=SUITE)

    result = stranger("-rs")

    result.stdout.fnmatch_lines_random(
        [
            "*depends on test_it.py::test_c (failed)",
            "*depends on test_it.py::test_e, blocked by test_it.py::test_c (failed)",
        ]
    )


def test_first_failure_ends_the_run_when_asked(pytester, stranger):
    pytester.makepyfile(
        """
        def test_a(): assert 0
        def test_b(): ...
        """
    )

    result = stranger("-x")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1, warnings=1)
    result.stdout.fnmatch_lines(["phaserun: *, 1 test not run", "*stopping after 1*"])


def test_running_test_is_told_what_came_of_others(pytester, stranger):
    pytester.makepyfile(
        """
        import pytest
        from pytest_phaserun import depends

        @pytest.mark.dependency()
        def test_a(): ...

        def test_b(request): depends(request, ["test_a"])

        def test_c(request): depends(request, ["test_d"])

        @pytest.mark.dependency()
        def test_d(): ...
        """
    )

    result = stranger("-rs")

    result.assert_outcomes(passed=3, skipped=1, warnings=1)
    result.stdout.fnmatch_lines(["*test_d: * cannot start while this test runs alone"])


@pytest.mark.parametrize("schedule", ["batch", "phase", "graph"])
def test_kinds_of_dependencies_and_units_hold(pytester, stranger, schedule):
    pytester.makepyfile(
        """
        import pytest

        def test_fails(): assert 0
        def test_passes(): ...

        @pytest.mark.depends_on("test_fails", when="failed")
        @pytest.mark.resource("ports", units=2)
        def test_look(): ...

        @pytest.mark.depends_on("test_passes", when="failed")
        def test_needless(): ...

        @pytest.mark.depends_on("test_needless", when="finished")
        def test_clean_up(): ...

        @pytest.mark.depends_on("test_fails", "test_passes", require="any")
        def test_any(): ...
        """
    )
    pytester.makepyprojecttoml("[tool.phaserun.resources]\nports = 2")

    result = stranger(f"--phase-schedule={schedule}")

    result.assert_outcomes(passed=4, failed=1, skipped=1, warnings=1)
