"""Entries of the configuration that mean no test are told, but only if that is sure."""

from __future__ import annotations

import pytest

LINES = [
    "phaserun: pyproject.toml: [tool.phaserun.overrides] 'test_itt.py' means no test",
    "phaserun: phase_exclusive 'test_no*' means no test",
]


@pytest.fixture
def told(pytester, phaserun):
    """Return which lines a run shows of a suite with two entries that are misspelt."""
    pytester.makepyprojecttoml(
        """
        [tool.pytest.ini_options]
        phase_exclusive = ["test_it.py::test_a", "shared", "slow", "test_no*"]
        markers = ["slow"]

        [tool.phaserun.depends_on]
        "test_it.py::test_b" = "test_a"

        [tool.phaserun.overrides."test_itt.py"]
        timeout = 3
        """
    )
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture
        def shared(): ...

        def test_a(): ...
        def test_b(shared): ...

        @pytest.mark.slow
        def test_c(): ...
        """,
        test_other="def test_d(): ...",
    )

    def told(*arguments):
        result = phaserun(*arguments)
        assert result.ret == pytest.ExitCode.OK
        return [line for line in result.outlines if line.endswith("means no test")]

    return told


def test_entries_that_mean_no_test_of_the_suite_are_told(told):
    assert told() == LINES


@pytest.mark.parametrize(
    "arguments", [["-k", "test_d"], ["-m", "not slow"], ["--deselect=test_it.py"]]
)
def test_tests_that_are_deselected_are_tests_of_the_suite(told, arguments):
    assert told(*arguments) == LINES


@pytest.mark.parametrize(
    "argument",
    ["test_other.py", ".", "--ignore=test_it.py", "--ignore-glob=*_it.py", "-q"],
)
def test_nothing_is_told_where_not_all_of_the_suite_is_there(told, argument):
    assert told(argument) == []


def test_nothing_is_told_where_a_file_skips_itself(told, pytester):
    pytester.makepyfile(
        test_skips="""
        import pytest
        pytest.skip("not here", allow_module_level=True)
        """
    )

    assert told() == []


def test_nothing_is_told_where_a_file_cannot_be_collected(told, pytester, phaserun):
    pytester.makepyfile(test_broken="import nothing_of_this_name")

    result = phaserun("--continue-on-collection-errors")

    result.assert_outcomes(passed=4, errors=1)
    result.stdout.no_fnmatch_line("*means no test")
