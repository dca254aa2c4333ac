"""Wrong values of options and ini keys: what is said, where, and the exit code."""

from __future__ import annotations

import pytest

from .reading import errors


@pytest.fixture(autouse=True)
def _suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_one="def test_one(): ...")


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", ""])
def test_concurrency_is_a_whole_number_from_one_on(phaserun, value):
    result = phaserun(f"--phase-concurrency={value}")

    assert errors(result) == [
        f"--phase-concurrency: {value!r} is not valid; "
        "allowed: a whole number from 1 on, or auto"
    ]


@pytest.mark.parametrize("option", ["--phase-timeout", "--phase-grace"])
@pytest.mark.parametrize("value", ["-1", "soon", "inf", "nan"])
def test_spans_are_seconds_from_zero_on(phaserun, option, value):
    result = phaserun(f"{option}={value}")

    assert errors(result) == [
        f"{option}: {value!r} is not valid; allowed: a number of seconds, 0 or more"
    ]


def test_schedule_is_one_of_three(phaserun):
    result = phaserun("--phase-schedule=fast")

    assert errors(result) == [
        "--phase-schedule: 'fast' is not valid; allowed: batch, phase, graph"
    ]


def test_all_wrong_values_are_told_at_once(phaserun):
    result = phaserun(
        "--phase-concurrency=0", "--phase-timeout=soon", "--phase-schedule=fast"
    )

    assert errors(result) == [
        "--phase-concurrency: '0' is not valid; "
        "allowed: a whole number from 1 on, or auto",
        "--phase-timeout: 'soon' is not valid; allowed: a number of seconds, 0 or more",
        "--phase-schedule: 'fast' is not valid; allowed: batch, phase, graph",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\nphase_concurrency = 0\n"),
        ("tox.ini", "[pytest]\nphase_concurrency = 0\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nphase_concurrency = "0"\n'),
    ],
)
def test_wrong_value_in_a_file_names_the_file(pytester, phaserun, name, text):
    (pytester.path / name).write_text(text)

    result = phaserun()

    assert errors(result) == [
        f"{name}: phase_concurrency: '0' is not valid; "
        "allowed: a whole number from 1 on, or auto"
    ]


def test_wrong_value_of_an_override_names_the_option(pytester, phaserun):
    pytester.makeini("[pytest]\nphase_schedule = graph\n")

    result = phaserun("-o", "phase_schedule=fast")

    assert errors(result) == [
        "-o phase_schedule: 'fast' is not valid; allowed: batch, phase, graph"
    ]


def test_native_toml_table_takes_quoted_values(pytester, phaserun):
    if pytest.version_tuple < (9,):
        pytest.skip("the table [tool.pytest] is new in pytest 9")
    pytester.makepyprojecttoml('[tool.pytest]\nphase_concurrency = "3"\n')

    result = phaserun()

    result.stdout.fnmatch_lines(["phaserun: 3 at once, *"])


def test_unquoted_value_in_the_native_toml_table_is_a_usage_error(pytester, phaserun):
    if pytest.version_tuple < (9,):
        pytest.skip("the table [tool.pytest] is new in pytest 9")
    pytester.makepyprojecttoml("[tool.pytest]\nphase_concurrency = 3\n")

    result = phaserun()

    (error,) = errors(result)
    assert error.endswith(
        "config option 'phase_concurrency' expects a string, got int: 3; "
        "put the value in quotes"
    )


def test_command_line_wins_over_the_file(pytester, phaserun):
    pytester.makeini("[pytest]\nphase_concurrency = 2\n")

    result = phaserun("--phase-concurrency=3")

    result.stdout.fnmatch_lines(["phaserun: 3 at once, *"])


def test_nothing_runs_after_a_wrong_value(pytester, phaserun):
    pytester.makepyfile(test_mark="raise SystemExit('collected')")

    result = phaserun("--phase-concurrency=0")

    assert "collected" not in result.stdout.str() + result.stderr.str()
