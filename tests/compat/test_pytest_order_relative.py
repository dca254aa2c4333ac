"""What is before or after what, by the mark of pytest-order."""

from __future__ import annotations

import pytest

from .events import make_suite

PLUGIN = ("-p", "pytest_order.plugin")

every_concurrency = pytest.mark.parametrize("at_once", [1, 8])


# Before and after

#: Tests and their marks; and of which test the end comes before the start of another.
RELATIVE = {
    "before and after": (
        {
            "test_third": ['order(after="test_second")'],
            "test_second": [],
            "test_first": ['order(before="test_second")'],
        },
        [("test_first", "test_second"), ("test_second", "test_third")],
    ),
    "several": (
        {
            "test_1": ['order(after=["test_3", "test_4", "test_5"])'],
            "test_2": [],
            "test_3": [],
            "test_4": ['order(before=["test_3", "test_2"])'],
            "test_5": [],
        },
        [
            ("test_3", "test_1"),
            ("test_4", "test_1"),
            ("test_5", "test_1"),
            ("test_4", "test_3"),
            ("test_4", "test_2"),
        ],
    ),
    "against an ordinal": (
        {
            "test_1": ["order(2)"],
            "test_2": ["order(1)"],
            "test_3": ['order(before="test_2")'],
        },
        [("test_3", "test_2")],
    ),
    "against its own ordinal": (
        {"test_1": ['order(index=0, after="test_2")'], "test_2": ["order(1)"]},
        [("test_2", "test_1")],
    ),
    "both sides of one pair": (
        {
            "test_1": ['order(after="test_3")'],
            "test_2": ["order(1)"],
            "test_3": ['order(before="test_1")'],
        },
        [("test_3", "test_1")],
    ),
    "through order_plugin": (
        {
            "test_c": ['order(after="test_b")'],
            "test_a": ["order(3)"],
            "test_b": ['order(after="test_a")'],
            "test_d": ['order(1, after="test_c")'],
        },
        [("test_a", "test_b"), ("test_b", "test_c"), ("test_c", "test_d")],
    ),
    "parametrized": (
        {
            "test_1": ['order(after="test_2")'],
            "test_2": ['parametrize("n", range(4))'],
            "test_3": ['order(before="test_2")'],
        },
        [("test_2", "test_1"), ("test_3", "test_2")],
    ),
}


@every_concurrency
@pytest.mark.parametrize("scenario", RELATIVE)
def test_before_and_after_are_honoured(
    pytester, recorded, scenario, at_once, order_plugin
):
    marks, expected = RELATIVE[scenario]
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*order_plugin, at_once=at_once)

    assert run.result.ret == 0
    assert [pair for pair in expected if not run.has_order(*pair)] == []


CLASSES = """
    import pytest

    class TestA:
        @pytest.mark.order(after="TestB::test_b")
        def test_a(self): ...
        @pytest.mark.order(after="test_c")
        def test_b(self): ...
        def test_c(self): ...

    class TestB:
        @pytest.mark.order(before="TestA::test_c")
        def test_a(self): ...
        def test_b(self): ...
        def test_c(self): ...

    @pytest.mark.order(after="TestA", before="TestD")
    class TestC:
        def test_a(self): ...
        def test_b(self): ...

    class TestD:
        def test_a(self): ...
        def test_b(self): ...
"""


@every_concurrency
def test_names_may_be_of_classes_and_of_tests_in_them(
    pytester, recorded, at_once, order_plugin
):
    pytester.makepyfile(test_it=CLASSES)

    run = recorded(*order_plugin, at_once=at_once)

    run.result.assert_outcomes(passed=10)
    for first, second in [
        ("TestB::test_b", "TestA::test_a"),
        ("TestA::test_c", "TestA::test_b"),
        ("TestB::test_a", "TestA::test_c"),
        ("TestA::test_a", "TestC::test_a"),
        ("TestA::test_b", "TestC::test_b"),
        ("TestC::test_a", "TestD::test_b"),
        ("TestC::test_b", "TestD::test_a"),
    ]:
        assert run.has_order(first, second), (first, second)


@every_concurrency
def test_names_may_be_of_tests_in_other_files(
    pytester, recorded, at_once, order_plugin
):
    pytester.makepyfile(
        **{
            "test_a": make_suite(
                {
                    "test_1": ['order(after="test_b.py::test_2")'],
                    "test_3": ['order(after="sub/test_c.py::test_4")'],
                }
            ),
            "test_b": make_suite({"test_2": []}),
            "sub/test_c": make_suite({"test_4": ['order(after="test_b.py::test_2")']}),
        }
    )

    run = recorded(*order_plugin, at_once=at_once)

    run.result.assert_outcomes(passed=4)
    assert run.has_order("test_2", "test_1")
    assert run.has_order("test_4", "test_3")
    assert run.has_order("test_2", "test_4")


def test_others_run_whatever_came_of_the_tests_before(pytester, recorded, order_plugin):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.order(before="test_b")
        def test_a():
            assert False

        def test_b(): ...

        @pytest.mark.order(after="test_d")
        def test_c(): ...

        @pytest.mark.skip
        def test_d(): ...
        """
    )

    run = recorded(*order_plugin)

    run.result.assert_outcomes(passed=2, failed=1, skipped=1)


def test_selected_test_runs_without_those_around_it(pytester, recorded, order_plugin):
    marks = {"test_a": ['order(before="test_b")'], "test_b": ['order(after="test_a")']}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*order_plugin, "-k", "test_b")

    run.result.assert_outcomes(passed=1, deselected=1)
    assert run.started == ["test_b"]


def test_file_alone_runs_without_those_around_it(pytester, recorded, order_plugin):
    pytester.makepyfile(
        test_a=make_suite({"test_1": ['order(after="test_b.py::test_2")']}),
        test_b=make_suite({"test_2": []}),
    )

    run = recorded(*order_plugin, "test_a.py")

    run.result.assert_outcomes(passed=1)


# Mistakes


def test_unknown_name_is_an_error(pytester, recorded, order_plugin):
    pytester.makepyfile(test_it=make_suite({"test_a": ['order(before="test_bb")']}))

    result = recorded(*order_plugin).result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: test_it.py:3: test_a comes before unknown test 'test_bb'*"]
    )
    # What the other plugin says when it sorts.
    result.stdout.no_fnmatch_line("WARNING: cannot execute *")


def test_circle_is_an_error(pytester, recorded, order_plugin):
    marks = {"test_a": ['order(after="test_b")'], "test_b": ['order(after="test_a")']}
    pytester.makepyfile(test_it=make_suite(marks))

    result = recorded(*order_plugin).result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: cycle: test_it.py::test_a -> *"])


def test_unknown_word_is_an_error(pytester, recorded):
    pytester.makepyfile(test_it=make_suite({"test_a": ['order("frist")']}))

    result = recorded().result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: test_it.py:3: the marker 'order' takes *"])
