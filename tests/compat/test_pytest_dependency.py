"""The marks of pytest-dependency, with that plugin and without it.

Where both mean the same, plain pytest with that plugin is the judge; where they differ
on purpose, a test says how.
"""

from __future__ import annotations

import re

import pytest
from plugin.reading import errors, order, skip_reasons

from .dependency_suites import SUITES, one_file

THEIRS = ("-p", "pytest_dependency")
LETTERS = {
    "PASSED": "P",
    "FAILED": "F",
    "ERROR": "E",
    "SKIPPED": "S",
    "XFAIL": "x",
    "XPASS": "X",
}
_LINE = re.compile(rf"^(\S+::\S+) ({'|'.join(LETTERS)})\b", re.MULTILINE)

every_suite = pytest.mark.parametrize("name", SUITES)
every_concurrency = pytest.mark.parametrize("at_once", [1, 8])

#: Without the other plugin, and with it.
with_and_without = pytest.mark.parametrize("others", [(), THEIRS], ids=["", "both"])


@pytest.fixture
def run(phaserun):
    """Run an inner suite with phases, with the other plugin where it is asked for."""

    def run(*arguments, at_once=8):
        if "pytest_dependency" in arguments:
            pytest.importorskip("pytest_dependency")
        return phaserun(
            "-v",
            "-rs",
            "--strict-markers",
            f"--phase-concurrency={at_once}",
            *arguments,
        )

    return run


@pytest.fixture
def theirs(phaserun):
    """Run an inner suite with that plugin and without phases."""
    pytest.importorskip("pytest_dependency")
    return lambda *arguments: phaserun.plain("-v", "-rs", *THEIRS, *arguments)


def ends(result: pytest.RunResult) -> dict[str, str]:
    """Return how each test ended, in letters."""
    found: dict[str, str] = {}
    progress = result.stdout.str().partition("short test summary")[0]
    for nodeid, word in _LINE.findall(progress):
        found[nodeid] = found.get(nodeid, "") + LETTERS[word]
    return found


# The same


@every_suite
def test_plugin_itself_ends_every_test_so(pytester, theirs, name):
    suite = SUITES[name]
    suite.write(pytester)

    assert ends(theirs(*suite.options)) == suite.ends


@every_suite
@every_concurrency
@with_and_without
def test_every_test_ends_as_with_that_plugin(pytester, run, name, at_once, others):
    suite = SUITES[name]
    suite.write(pytester)

    result = run(*suite.options, *others, at_once=at_once)

    assert ends(result) == suite.ends


def test_blocked_test_pays_for_no_fixture(pytester, run):
    pytester.makeconftest(
        "def pytest_fixture_setup(fixturedef): print('made', fixturedef)"
    )
    one_file(
        """
        @pytest.fixture
        def costly(): print("paid for")

        @dependency()
        def test_a(): assert 0

        @dependency(depends=["test_a"])
        def test_b(costly): ...
        """,
        "",
    ).write(pytester)

    result = run("-s")

    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.no_fnmatch_line("*paid for*")


# What they do not do


AFTER = one_file(
    """
    @dependency(depends=["test_a"])
    def test_b(): ...

    @dependency()
    def test_a(): ...
    """,
    "test_a:P test_b:P",
)


@every_concurrency
@with_and_without
def test_dependent_that_stands_first_waits_and_runs(pytester, run, at_once, others):
    AFTER.write(pytester)

    result = run(*others, at_once=at_once)

    assert order(result) == ["test_a", "test_b"]
    result.assert_outcomes(passed=2)


def test_dependent_that_stands_first_is_skipped_by_them(pytester, theirs):
    AFTER.write(pytester)

    theirs().assert_outcomes(passed=1, skipped=1)


SELECTED = one_file(
    """
    @dependency()
    def test_a(): ...

    @dependency(depends=["test_a"])
    def test_b(): ...
    """,
    "test_a:P test_b:P",
)


@with_and_without
@pytest.mark.parametrize(
    "selection",
    [["-k", "test_b"], ["test_it.py::test_b"]],
    ids=["-k", "node id"],
)
@pytest.mark.parametrize("flag", [(), ("--ignore-unknown-dependency",)])
def test_selected_dependent_pulls_in_what_it_depends_on(
    pytester, run, others, selection, flag
):
    SELECTED.write(pytester)

    result = run(*others, *selection, *flag)

    assert ends(result) == SELECTED.ends


def test_selected_dependent_is_skipped_by_them(pytester, theirs):
    SELECTED.write(pytester)

    result = theirs("-k", "test_b")

    result.assert_outcomes(skipped=1, deselected=1)
    assert result.ret == 0


def test_selected_dependent_runs_without_what_it_depends_on_if_they_ignore_it(
    pytester, theirs
):
    SELECTED.write(pytester)

    result = theirs("-k", "test_b", "--ignore-unknown-dependency")

    assert ends(result) == {"test_it.py::test_b": "P"}


UNKNOWN = one_file(
    """
    @dependency()
    def test_a(): ...

    @dependency(depends=["tset_a"])
    def test_b(): ...
    """,
    "",
)


@with_and_without
def test_unknown_name_is_an_error_before_anything_runs(pytester, run, others):
    UNKNOWN.write(pytester)

    result = run(*others)

    assert errors(result) == [
        "test_it.py:8: test_b depends on unknown test 'tset_a' in its module; "
        "did you mean 'test_a' or 'test_b'?"
    ]


def test_unknown_name_is_a_silent_skip_with_them(pytester, theirs):
    UNKNOWN.write(pytester)

    result = theirs()

    result.assert_outcomes(passed=1, skipped=1)
    assert result.ret == 0


CIRCLE = one_file(
    """
    @dependency(depends=["test_b"])
    def test_a(): ...

    @dependency(depends=["test_a"])
    def test_b(): ...
    """,
    "",
)


@with_and_without
def test_circle_is_an_error_before_anything_runs(pytester, run, others):
    CIRCLE.write(pytester)

    (error,) = errors(run(*others))

    assert error.startswith("cycle: test_it.py::test_a -> test_it.py::test_b -> ")


def test_circle_is_a_silent_skip_with_them(pytester, theirs):
    CIRCLE.write(pytester)

    result = theirs()

    result.assert_outcomes(skipped=2)
    assert result.ret == 0


TEXT = one_file(
    """
    @dependency()
    def test_a(): ...

    @dependency(depends="test_a")
    def test_b(): ...
    """,
    "test_a:P test_b:P",
)


@with_and_without
def test_text_is_one_name(pytester, run, others):
    TEXT.write(pytester)

    assert ends(run(*others)) == TEXT.ends


def test_text_is_read_letter_after_letter_by_them(pytester, theirs):
    TEXT.write(pytester)

    assert skip_reasons(theirs()) == ["test_b depends on t"]


def test_skipped_test_names_the_root_of_it(pytester, run):
    SUITES["failure"].write(pytester)

    result = run()

    assert skip_reasons(result) == [
        "depends on test_it.py::test_b (failed)",
        "depends on test_it.py::test_c, blocked by test_it.py::test_b (failed)",
    ]


def test_skipped_test_names_the_next_cause_with_them(pytester, theirs):
    SUITES["failure"].write(pytester)

    reasons = skip_reasons(theirs())

    assert reasons == ["test_c depends on test_b", "test_d depends on test_c"]


# In the place of the plugin

IN_PLACE = "phaserun: reads the marks of pytest-dependency in its place"


@every_concurrency
def test_first_lines_say_whose_marks_are_read(pytester, run, at_once):
    SELECTED.write(pytester)

    run(*THEIRS, at_once=at_once).stdout.fnmatch_lines([IN_PLACE])


def test_where_the_plugin_is_absent_nothing_is_said_of_it(pytester, run):
    SELECTED.write(pytester)

    run().stdout.no_fnmatch_line(IN_PLACE)


@pytest.mark.parametrize("option", ["--pdb", "--stepwise"])
def test_plugin_does_not_judge_where_tests_run_one_at_a_time(pytester, run, option):
    AFTER.write(pytester)

    result = run(*THEIRS, option)

    result.stdout.fnmatch_lines([IN_PLACE])
    assert ends(result) == AFTER.ends


@pytest.mark.parametrize(
    "options", [["--phase-off"], ["-ophase_dialects=none"], ["-ophase_dialects="]]
)
def test_plugin_is_left_to_itself_where_its_marks_are_not_read(pytester, run, options):
    SELECTED.write(pytester)

    result = run(*THEIRS, *options, "-k", "test_b")

    result.stdout.no_fnmatch_line(IN_PLACE)
    assert skip_reasons(result) == ["test_b depends on test_a"]


@pytest.mark.parametrize("options", [["--phase-off"], []])
@with_and_without
def test_options_keys_and_marks_are_known_in_any_case(pytester, run, options, others):
    SELECTED.write(pytester)
    pytester.makeini("[pytest]\nautomark_dependency = true\n")

    result = run(*others, *options, "--strict-config", "--ignore-unknown-dependency")

    result.assert_outcomes(passed=2)


def test_help_shows_the_option_once(pytester, run):
    for others in [(), THEIRS]:
        text = run(*others, "--help").stdout.str()

        assert text.count("--ignore-unknown-dependency") == 1
        assert text.count("automark_dependency (bool)") == 1


def test_plugin_that_a_conftest_loads_is_stood_in_for(pytester, run):
    pytest.importorskip("pytest_dependency")
    pytester.makeconftest("pytest_plugins = 'pytest_dependency'")
    AFTER.write(pytester)

    result = run("--ignore-unknown-dependency")

    result.stdout.fnmatch_lines([IN_PLACE])
    assert ends(result) == AFTER.ends
