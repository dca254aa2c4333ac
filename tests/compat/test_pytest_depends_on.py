"""The mark of pytest-depends-on, with and without that plugin."""

from __future__ import annotations

import sys

import pytest

from .events import make_suite

PLUGIN = ("-p", "pytest_depends_on.depends_on")

every_concurrency = pytest.mark.parametrize("at_once", [1, 8])


@pytest.fixture(
    params=[(), PLUGIN, (*PLUGIN, "--depends-on", "--depends-on-reorder")],
    ids=["alone", "beside", "beside and asked for"],
)
def others(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Run with nothing else, and with the other plugin active."""
    if request.param:
        _require_plugin()
    return request.param


def _require_plugin() -> None:
    if sys.version_info < (3, 12):
        pytest.skip("the other plugin needs Python 3.12")
    pytest.importorskip("pytest_depends_on")


@every_concurrency
def test_tests_run_after_those_they_depend_on(pytester, recorded, at_once, others):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.depends_on(tests=["TestA::test_b", {"name": "test_c[1]"}])
        def test_a(): ...

        class TestA:
            @pytest.mark.depends_on(tests=["test_c[0]"], status="passed")
            def test_b(self): ...

        @pytest.mark.parametrize("n", range(2))
        def test_c(n): ...

        @pytest.mark.depends_on(tests=["test_d"])
        def test_e(): ...
        """,
        test_other=make_suite({"test_d": []}),
    )

    run = recorded("--strict-markers", *others, at_once=at_once)

    run.result.assert_outcomes(passed=6)
    assert run.has_order("TestA::test_b", "test_a")
    assert run.has_order("test_c", "test_a")
    assert run.has_order("test_d", "test_e")


@every_concurrency
def test_dependents_of_what_failed_are_skipped(pytester, recorded, at_once, others):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on(tests=["test_b"])
        def test_c(): ...

        @pytest.mark.depends_on(tests=["test_a"])
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


@every_concurrency
def test_status_failed_asks_for_a_failure(pytester, recorded, at_once, others):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on(tests=["test_bad"], status="failed")
        def test_repair(): ...

        @pytest.mark.depends_on(tests=[{"name": "test_good", "status": "failed"}])
        def test_needless():
            assert False

        def test_bad():
            assert False

        def test_good(): ...
        """
    )

    run = recorded(*others, at_once=at_once)

    run.result.assert_outcomes(passed=2, failed=1, skipped=1)
    assert run.has_order("test_bad", "test_repair")


@every_concurrency
def test_parameters_are_matched(pytester, recorded, at_once, others):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("chip", ["a", "b"])
        @pytest.mark.depends_on(tests=["test_flash"], match_params=["chip"])
        def test_boot(chip): ...

        @pytest.mark.parametrize("speed", [1, 2])
        @pytest.mark.parametrize("chip", ["a", "b"])
        def test_flash(chip, speed):
            assert (chip, speed) != ("b", 2)
        """
    )

    run = recorded(*others, "-v", at_once=at_once)

    run.result.assert_outcomes(passed=4, failed=1, skipped=1)
    run.result.stdout.fnmatch_lines_random(
        ["*::test_boot[[]a] PASSED*", "*::test_boot[[]b] SKIPPED*"]
    )


def test_test_that_need_not_run_is_waited_for_if_it_does(pytester, recorded, others):
    marks = {
        "test_a": ['depends_on(tests=["test_b", "test_none"], allowed_not_run=True)'],
        "test_b": [],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    together = recorded(*others)
    alone = recorded(*others, "-k", "test_a")

    assert together.started == ["test_b", "test_a"]
    assert alone.started == ["test_a"]


# What differs


def test_marks_count_without_the_switch_of_the_other_plugin(pytester, recorded):
    marks = {"test_a": ['depends_on(tests=["test_b"])'], "test_b": ["skip"]}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded()

    run.result.assert_outcomes(skipped=2)


def test_what_a_selected_test_depends_on_is_pulled_in(pytester, recorded, others):
    marks = {"test_a": ['depends_on(tests=["test_b"])'], "test_b": []}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*others, "-k", "test_a")

    assert run.started == ["test_b", "test_a"]


def test_name_without_parameters_means_all(pytester, recorded, others):
    marks = {
        "test_a": ['depends_on(tests=["test_b"])'],
        "test_b": ['parametrize("n", range(3))'],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*others)

    run.result.assert_outcomes(passed=4)
    assert run.has_order("test_b", "test_a")


def test_marks_of_class_and_test_add_up(pytester, recorded, others):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on(tests=["test_b"])
        class TestA:
            @pytest.mark.depends_on(tests=["test_c"])
            def test_a(self): ...

        def test_b(): ...

        def test_c(): ...
        """
    )

    run = recorded(*others)

    assert run.has_order("test_b", "TestA::test_a")
    assert run.has_order("test_c", "TestA::test_a")


def test_text_is_one_name(pytester, recorded, others):
    marks = {"test_a": ['depends_on(tests="test_b")'], "test_b": []}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*others)

    assert run.started == ["test_b", "test_a"]


def test_unexpected_pass_is_a_pass(pytester, recorded, others):
    marks = {
        "test_a": ['depends_on(tests=["test_b"], status="passed")'],
        "test_b": ["xfail"],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*others)

    run.result.assert_outcomes(passed=1, xpassed=1)


def test_test_that_need_not_run_and_is_skipped_blocks(pytester, recorded, others):
    marks = {
        "test_a": ['depends_on(tests=["test_b"], allowed_not_run=True)'],
        "test_b": ["skip"],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*others)

    run.result.assert_outcomes(skipped=2)


@pytest.mark.parametrize("status", ["skipped", "xfailed", "xpassed"])
def test_other_statuses_are_an_error(pytester, recorded, status, others):
    marks = {
        "test_a": [f'depends_on(tests=["test_b"], status="{status}")'],
        "test_b": [],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    result = recorded(*others).result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            f"ERROR: test_it.py:3: the marker 'depends_on' waits for '{status}', which "
            "phaserun has no counterpart of; use 'passed' or 'failed', or our own mark "
            "with when='finished'"
        ]
    )


def test_unknown_name_is_an_error(pytester, recorded, others):
    marks = {"test_a": ['depends_on(tests=["test_bb"])'], "test_b": []}
    pytester.makepyfile(test_it=make_suite(marks))

    result = recorded(*others).result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: test_it.py:3: test_a depends on unknown test 'test_bb'; did you *"]
    )


def test_circle_is_an_error(pytester, recorded, others):
    marks = {
        "test_a": ['depends_on(tests=["test_b"])'],
        "test_b": ['depends_on(tests=["test_a"])'],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    result = recorded(*others).result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: cycle: test_it.py::test_a -> *"])


# Both plugins


def test_header_says_who_judges(pytester, recorded):
    _require_plugin()
    pytester.makepyfile(test_it=make_suite({"test_a": []}))

    result = recorded(*PLUGIN, "--depends-on").result

    result.stdout.fnmatch_lines(
        ["phaserun: reads the marks of pytest-depends-on in its place"]
    )


def test_statuses_of_the_other_plugin_are_taken(pytester, recorded):
    _require_plugin()
    pytester.makepyfile(
        """
        import pytest
        from pytest_depends_on.consts.status import Status

        @pytest.mark.depends_on(tests=["test_b"], status=Status.FAILED)
        def test_a(): ...

        def test_b():
            assert False
        """
    )

    run = recorded(*PLUGIN, "--depends-on")

    run.result.assert_outcomes(passed=1, failed=1)
