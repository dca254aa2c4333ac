"""What becomes of tests that depend on others that are not selected, or not known."""

from __future__ import annotations

import pytest

from .reading import errors, order, skip_reasons

SUITE = """
    import pytest

    def test_a(): ...

    @pytest.mark.depends_on("test_a")
    def test_b(): ...

    @pytest.mark.depends_on("test_b")
    def test_c(): ...
"""


@pytest.fixture(autouse=True)
def suite(pytester):
    """Write a chain of three tests."""
    pytester.makepyfile(test_x=SUITE)
    return pytester


# Not selected


def test_run_pulls_tests_in_that_were_not_selected(phaserun):
    result = phaserun("-v", "-k", "test_c", "--phase-deselected=run")

    assert order(result) == ["test_a", "test_b", "test_c"]


def test_skip_skips_what_depends_on_tests_that_were_not_selected(phaserun):
    result = phaserun("-v", "-rs", "-k", "test_c", "--phase-deselected=skip")

    assert skip_reasons(result) == [
        "depends on test_x.py::test_b, which was not selected"
    ]
    result.assert_outcomes(skipped=1, deselected=2)


def test_skip_lets_run_what_depends_on_selected_tests(phaserun):
    result = phaserun("-k", "test_a or test_b", "--phase-deselected=skip")

    result.assert_outcomes(passed=2, deselected=1)


def test_what_depends_on_a_test_skipped_so_is_blocked(phaserun):
    result = phaserun("-rs", "-k", "test_b or test_c", "--phase-deselected=skip")

    assert skip_reasons(result) == [
        "depends on test_x.py::test_a, which was not selected",
        "depends on test_x.py::test_b (skipped)",
    ]


def test_skip_pulls_nothing_in_from_other_files(pytester, phaserun):
    pytester.makepyfile(
        test_y="import pytest\n@pytest.mark.depends_on('test_c')\ndef test_y(): ..."
    )

    result = phaserun("-rs", "test_y.py", "--phase-deselected=skip")

    assert skip_reasons(result) == [
        "depends on test_x.py::test_c, which was not selected"
    ]
    result.assert_outcomes(skipped=1)


def test_ignore_runs_tests_without_those_that_were_not_selected(phaserun):
    result = phaserun("-v", "-k", "test_c", "--phase-deselected=ignore")

    assert order(result) == ["test_c"]
    result.assert_outcomes(passed=1, deselected=2)


def test_ignore_honours_the_dependencies_that_are_left(phaserun):
    result = phaserun("-v", "-k", "test_b or test_c", "--phase-deselected=ignore")

    assert order(result) == ["test_b", "test_c"]
    result.stdout.fnmatch_lines(["phaserun: 2 tests in 2 phases"])


def test_ini_key_says_what_becomes_of_them(pytester, phaserun):
    pytester.makeini("[pytest]\nphase_deselected = skip\n")

    result = phaserun("-k", "test_c")

    result.assert_outcomes(skipped=1, deselected=2)


def test_unknown_names_are_errors_whatever_becomes_of_the_others(pytester, phaserun):
    pytester.makepyfile(
        test_y="import pytest\n@pytest.mark.depends_on('xyzzy')\ndef test_y(): ..."
    )

    result = phaserun("test_y.py", "--phase-deselected=ignore")

    assert errors(result) == ["test_y.py:2: test_y depends on unknown test 'xyzzy'"]


# Deselected by name


def test_named_in_deselect_is_never_pulled_in(phaserun):
    result = phaserun("-v", "-rs", "--deselect", "test_x.py::test_a")

    assert skip_reasons(result) == [
        "depends on test_x.py::test_a, which was deselected by --deselect",
        "depends on test_x.py::test_b (skipped)",
    ]
    result.assert_outcomes(skipped=2, deselected=1)


def test_named_in_deselect_is_not_pulled_in_from_another_file(pytester, phaserun):
    pytester.makepyfile(
        test_y="import pytest\n@pytest.mark.depends_on('test_b')\ndef test_y(): ..."
    )

    result = phaserun("-rs", "test_y.py", "--deselect", "test_x.py")

    assert skip_reasons(result) == [
        "depends on test_x.py::test_b, which was deselected by --deselect"
    ]


def test_deselect_far_back_skips_the_test_before_which_it_stands(phaserun):
    result = phaserun("-rs", "-k", "test_c", "--deselect", "test_x.py::test_a")

    assert skip_reasons(result) == [
        "depends on test_x.py::test_a, which was deselected by --deselect",
        "depends on test_x.py::test_b (skipped)",
    ]


def test_ignore_runs_tests_without_what_is_named_in_deselect(phaserun):
    result = phaserun(
        "-v", "--deselect", "test_x.py::test_a", "--phase-deselected=ignore"
    )

    assert order(result) == ["test_b", "test_c"]


def test_prerequisites_of_a_test_that_is_skipped_are_not_pulled_in(pytester, phaserun):
    pytester.makepyfile(
        test_x="""
        import pytest

        def test_a(): ...

        def test_b(): ...

        @pytest.mark.depends_on("test_a", "test_b")
        def test_c(): ...
        """
    )

    result = phaserun("-k", "test_c", "--deselect", "test_x.py::test_a")

    result.assert_outcomes(skipped=1, deselected=2)


@pytest.mark.parametrize(
    ("arguments", "is_run"),
    [
        ("'test_a', 'test_b', require='any'", True),
        ("'test_a', require='any'", False),
        ("'test_a', when='finished'", True),
        ("'test_a', when='failed'", False),
    ],
)
def test_whether_a_test_can_do_without_depends_on_how_it_depends(
    pytester, phaserun, arguments, is_run
):
    pytester.makepyfile(
        test_x=f"""
        import pytest

        def test_a(): ...

        def test_b(): ...

        @pytest.mark.depends_on({arguments})
        def test_c(): ...
        """
    )

    result = phaserun("--deselect", "test_x.py::test_a")

    result.assert_outcomes(passed=1 + is_run, skipped=not is_run, deselected=1)


# Not known


@pytest.fixture
def unknown(pytester):
    """Add tests that depend on others that there are not."""
    pytester.makepyfile(
        test_x="""
        import pytest

        def test_a(): ...

        @pytest.mark.depends_on("xyzzy", "test_a")
        def test_b(): ...

        @pytest.mark.depends_on("test_b")
        def test_c(): ...

        @pytest.mark.depends_on("plugh")
        def test_d(): ...
        """
    )


@pytest.mark.usefixtures("unknown")
@pytest.mark.parametrize("options", [[], ["--phase-missing=error"]])
def test_unknown_names_are_told_at_once_and_nothing_runs(phaserun, options):
    result = phaserun(*options)

    assert errors(result) == [
        "test_x.py:5: test_b depends on unknown test 'xyzzy'",
        "test_x.py:11: test_d depends on unknown test 'plugh'",
    ]
    assert "passed" not in result.stdout.str()


@pytest.mark.usefixtures("unknown")
def test_what_depends_on_unknown_tests_can_be_skipped(phaserun):
    result = phaserun("-rs", "--phase-missing=skip")

    assert set(skip_reasons(result)) == {
        "test_x.py:5: test_b depends on unknown test 'xyzzy'",
        "test_x.py:11: test_d depends on unknown test 'plugh'",
        "depends on test_x.py::test_b (skipped)",
    }
    result.assert_outcomes(passed=1, skipped=3)


@pytest.mark.usefixtures("unknown")
def test_what_depends_on_unknown_tests_can_be_run(phaserun):
    result = phaserun("-v", "--phase-missing=run", "--phase-concurrency=1")

    assert order(result) == ["test_a", "test_d", "test_b", "test_c"]
    result.assert_outcomes(passed=4)


@pytest.mark.usefixtures("unknown")
def test_ini_key_says_what_becomes_of_unknown_names(pytester, phaserun):
    pytester.makeini("[pytest]\nphase_missing = run\n")

    result = phaserun()

    result.assert_outcomes(passed=4)


@pytest.mark.parametrize("missing", ["skip", "run"])
def test_names_in_files_that_were_not_named_are_not_unknown(
    pytester, phaserun, missing
):
    pytester.makepyfile(
        test_y="import pytest\n@pytest.mark.depends_on('test_a')\ndef test_y(): ..."
    )

    result = phaserun("-v", "test_y.py", f"--phase-missing={missing}")

    assert order(result) == ["test_a", "test_y"]


@pytest.mark.parametrize("missing", ["skip", "run"])
def test_ambiguous_names_stay_errors(pytester, phaserun, missing):
    pytester.makepyfile(
        test_1="def test_same(): ...",
        test_2="def test_same(): ...",
        test_x="import pytest\n@pytest.mark.depends_on('test_same')\ndef test_x(): ...",
    )

    result = phaserun(f"--phase-missing={missing}")

    (line,) = errors(result)
    assert "which may mean any of" in line


@pytest.mark.parametrize("name", ["deselected", "missing"])
def test_an_option_alone_activates_the_plugin(phaserun, name):
    result = phaserun.installed(f"--phase-{name}=run", "-k", "test_c")

    result.assert_outcomes(passed=3)
