"""The mark of pytest-depends, with and without that plugin."""

from __future__ import annotations

import pytest

from .events import make_suite

PLUGIN = ("-p", "pytest_depends")

every_concurrency = pytest.mark.parametrize("at_once", [1, 8])


@pytest.fixture(params=[(), PLUGIN], ids=["alone", "beside"])
def others(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Run with nothing else, and with the other plugin active."""
    if request.param:
        pytest.importorskip("pytest_depends")
    return request.param


SUITE = """
    import pytest

    @pytest.mark.depends(on=["TestTable", "opened"])
    def test_use(): ...

    @pytest.mark.depends(name=["opened", "open"])
    def test_open(): ...

    @pytest.mark.depends(on="open")
    class TestTable:
        @pytest.mark.depends(on="test_make")
        def test_fill(self): ...

        @pytest.mark.parametrize("n", range(4))
        def test_make(self, n): ...

    @pytest.mark.depends(on=["test_it.py::TestTable::test_make[3]"])
    def test_three(): ...

    @pytest.mark.depends(on="test_other.py")
    def test_after_the_other_file(): ...
"""


@every_concurrency
def test_tests_run_after_those_they_depend_on(pytester, recorded, at_once, others):
    pytester.makepyfile(test_it=SUITE, test_other=make_suite({"test_x": []}))

    run = recorded("--strict-markers", *others, at_once=at_once)

    run.result.assert_outcomes(passed=10)
    for first, second in [
        ("test_open", "TestTable::test_make"),
        ("test_open", "TestTable::test_fill"),
        ("TestTable::test_make", "TestTable::test_fill"),
        ("TestTable::test_fill", "test_use"),
        ("test_x", "test_after_the_other_file"),
    ]:
        assert run.has_order(first, second), (first, second)


@every_concurrency
def test_dependents_of_what_failed_are_skipped(pytester, recorded, at_once, others):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends(on="test_b")
        def test_c(): ...

        @pytest.mark.depends(on="test_a")
        def test_b(): ...

        def test_a():
            assert False
        """
    )

    run = recorded(*others, "-rs", at_once=at_once)

    run.result.assert_outcomes(failed=1, skipped=2)
    run.result.stdout.fnmatch_lines_random(
        [
            "*depends on *::test_a (failed)",
            "*depends on *::test_b, blocked by *::test_a (failed)",
        ]
    )


@pytest.mark.parametrize(
    "source",
    [
        "@pytest.fixture\ndef bad():\n    assert False\n\ndef test_a(bad): ...",
        "@pytest.fixture\ndef bad():\n    yield\n    assert False\n\n"
        "def test_a(bad): ...",
        "@pytest.mark.skip\ndef test_a(): ...",
        "@pytest.mark.xfail\ndef test_a():\n    assert False",
    ],
    ids=["setup", "teardown", "skipped", "xfailed"],
)
def test_only_what_has_passed_in_all_lets_dependents_run(
    pytester, recorded, source, others
):
    dependent = "@pytest.mark.depends(on='test_a')\ndef test_b():\n    assert False"
    pytester.makepyfile(test_it=f"import pytest\n\n{dependent}\n\n{source}\n")

    run = recorded(*others, "-rs")

    run.result.stdout.fnmatch_lines(["SKIPPED * depends on test_it.py::test_a (*"])
    assert run.result.parseoutcomes().get("failed", 0) == 0


@pytest.mark.parametrize("how", ["option", "key"])
def test_failures_do_not_matter_where_the_action_is_run(
    pytester, recorded, how, others
):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends(on="test_a")
        def test_b(): ...

        def test_a():
            assert False
        """
    )
    if how == "key":
        pytester.makeini("[pytest]\nfailed_dependency_action = run")
    options = ["--failed-dependency-action=run"] if how == "option" else []

    run = recorded(*others, *options)

    run.result.assert_outcomes(passed=1, failed=1)
    assert run.has_order("test_a", "test_b")


def test_dependents_are_skipped_where_the_action_is_fail(pytester, recorded, others):
    marks = {"test_a": ['depends(on="test_b")'], "test_b": ["skip"]}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*others, "--failed-dependency-action=fail")

    run.result.assert_outcomes(skipped=2)


def test_dependents_are_skipped_before_their_fixtures(pytester, recorded, others):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def costly():
            print("set up")

        @pytest.mark.depends(on="test_b")
        def test_a(costly): ...

        def test_b():
            assert False
        """
    )

    run = recorded(*others, "-rA", "-s")

    run.result.assert_outcomes(failed=1, skipped=1)
    run.result.stdout.no_fnmatch_line("*set up*")


def test_what_a_selected_test_depends_on_is_pulled_in(pytester, recorded, others):
    marks = {"test_a": ['depends(on="test_b")'], "test_b": []}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*others, "-k", "test_a")

    assert run.started == ["test_b", "test_a"]


def test_name_outside_the_class_is_found(pytester, recorded, others):
    pytester.makepyfile(
        """
        import pytest

        class TestA:
            @pytest.mark.depends(on="test_b")
            def test_a(self): ...

        def test_b(): ...
        """
    )

    run = recorded(*others)

    run.result.assert_outcomes(passed=2)
    assert run.started == ["test_b", "TestA::test_a"]


@pytest.mark.parametrize("action", ["skip", "run"])
def test_unknown_name_is_an_error(pytester, recorded, action, others):
    marks = {"test_a": ['depends(on="logn")'], "test_b": ['depends(name="login")']}
    pytester.makepyfile(test_it=make_suite(marks))

    result = recorded(*others, f"--missing-dependency-action={action}").result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: test_it.py:3: test_a depends on unknown test 'logn'; "
            "did you mean 'login'?"
        ]
    )


def test_circle_is_an_error_and_no_crash(pytester, recorded, others):
    marks = {
        "test_a": ['depends(on="test_b")'],
        "test_b": ['depends(on="test_a")'],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    result = recorded(*others).result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: cycle: test_it.py::test_a -> *"])


def test_lists_of_the_other_plugin_are_unknown_without_it(pytester, recorded):
    result = recorded("--list-dependency-names").result

    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_other_plugin_judges_nothing_and_leaves_nothing(pytester, recorded):
    pytest_depends = pytest.importorskip("pytest_depends")
    before = list(pytest_depends.managers)
    marks = {"test_a": ['depends(on="test_b")'], "test_b": []}
    pytester.makepyfile(test_it=make_suite(marks))

    # It would print what it knows, had it been asked for the order of the tests.
    run = recorded(*PLUGIN, "--list-processed-dependencies")

    run.result.stdout.fnmatch_lines(
        ["phaserun: reads the marks of pytest-depends in its place"]
    )
    run.result.stdout.no_fnmatch_line("Dependencies:")
    assert pytest_depends.managers == before


def test_left_to_itself_it_is_named_where_it_would_fail(pytester, recorded):
    pytest.importorskip("pytest_depends")
    marks = {"test_a": ['depends_on("test_b")'], "test_b": []}
    pytester.makepyfile(test_it=make_suite(marks))

    result = recorded(*PLUGIN, "-ophase_dialects=none", "-k", "test_a").result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: pytest-depends fails for tests that are pulled in; add it to "
            "phase_dialects, or take it out of the run: -p no:pytest_depends"
        ]
    )
    recorded(*PLUGIN, "-ophase_dialects=none").result.assert_outcomes(passed=2)
