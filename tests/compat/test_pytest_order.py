"""Ordinals and options of pytest-order, with and without that plugin."""

from __future__ import annotations

import pytest

from .events import make_suite

PLUGIN = ("-p", "pytest_order.plugin")

every_concurrency = pytest.mark.parametrize("at_once", [1, 8])


# Ordinals

#: Ordinals of tests in the order in which they stand, and of those that start.
ORDINALS = {
    "none": ([None, None], [None, None]),
    "first": ([None, '"first"'], ['"first"', None]),
    "last": (['"last"', None], [None, '"last"']),
    "first and last": (
        ['"last"', '"first"', None],
        ['"first"', None, '"last"'],
    ),
    "from the end": (["-1", "-2", "1"], ["1", "-2", "-1"]),
    "with gaps": (["10", "20", "5"], ["5", "10", "20"]),
    "with gaps from the end": (["-10", "-20", "-5"], ["-20", "-10", "-5"]),
    "from both ends": (
        ["10", "20", "5", "-10", "-20", "-5", "0"],
        ["0", "5", "10", "20", "-20", "-10", "-5"],
    ),
    "around tests without": (
        ["5", "0", None, "1", "-1", "-5"],
        ["0", "1", "5", None, "-5", "-1"],
    ),
    "words": (
        ['"second_to_last"', '"last"', '"second"', '"first"'],
        ['"first"', '"second"', '"second_to_last"', '"last"'],
    ),
    "by name": (
        ["index=-1", "index=-2", "index=1"],
        ["index=1", "index=-2", "index=-1"],
    ),
}


def write_ordinals(pytester: pytest.Pytester, scenario: str) -> list[str]:
    """Write a suite; return the names of its tests in the order expected."""
    written, expected = ORDINALS[scenario]
    names = {ordinal: f"test_{place}" for place, ordinal in enumerate(written)}
    if len(names) < len(written):
        marks = {f"test_{place}": () for place in range(len(written))}
        pytester.makepyfile(test_it=make_suite(marks))
        return list(marks)
    marks = {name: [f"order({o})"] if o else [] for o, name in names.items()}
    pytester.makepyfile(test_it=make_suite(marks))
    return [names[ordinal] for ordinal in expected]


@pytest.mark.parametrize("scenario", ORDINALS)
def test_tests_start_in_the_order_of_their_ordinals(
    pytester, recorded, scenario, order_plugin
):
    expected = write_ordinals(pytester, scenario)

    run = recorded("--strict-markers", *order_plugin, at_once=1)

    run.result.assert_outcomes(passed=len(expected))
    assert run.started == expected


@pytest.mark.parametrize("scenario", ORDINALS)
def test_order_is_that_of_pytest_order(pytester, recorded, scenario):
    pytest.importorskip("pytest_order")
    write_ordinals(pytester, scenario)

    there = recorded.plain(*PLUGIN)
    here = recorded(at_once=1)

    assert here.started == there.started


def test_mark_of_a_class_counts_for_its_tests(pytester, recorded, order_plugin):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.order(-1)
        class TestLast:
            def test_1(self): ...
            def test_2(self): ...

        def test_middle(): ...

        @pytest.mark.order(0)
        class TestFirst:
            def test_1(self): ...
            def test_2(self): ...
            @pytest.mark.order(-2)
            def test_3(self): ...
        """
    )

    run = recorded(*order_plugin, at_once=1)

    assert run.started == [
        "TestFirst::test_1",
        "TestFirst::test_2",
        "test_middle",
        "TestFirst::test_3",
        "TestLast::test_1",
        "TestLast::test_2",
    ]


def test_tests_with_ordinals_do_not_wait_for_one_another(pytester, recorded):
    pytester.makepyfile(
        """
        import threading
        import pytest

        both = threading.Barrier(2)

        @pytest.mark.order(2)
        def test_second():
            both.wait(20)

        @pytest.mark.order(1)
        def test_first():
            both.wait(20)
        """
    )

    run = recorded("--phase-confirm=off")

    run.result.assert_outcomes(passed=2)


def test_tests_that_run_alone_follow_the_others_of_their_phase(pytester, recorded):
    marks = {
        "test_a": ["exclusive", "order(1)"],
        "test_b": ["exclusive", "order(0)"],
        "test_c": ["order(2)"],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded()

    assert run.started == ["test_c", "test_b", "test_a"]


def test_last_test_is_the_last_of_its_phase(pytester, recorded):
    marks = {
        "test_tidy": ['order("last")'],
        "test_b": ['depends_on("test_a")'],
        "test_a": [],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(at_once=1)

    assert run.started == ["test_a", "test_tidy", "test_b"]


def test_what_is_to_be_really_last_depends_on_the_rest(pytester, recorded):
    marks = {
        "test_tidy": ['depends_on("test_it.py", when="finished")'],
        "test_b": ['depends_on("test_a")'],
        "test_a": [],
    }
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded()

    assert run.started == ["test_a", "test_b", "test_tidy"]


# Options

FILES = {
    "test_a": {"test_a_last": ['order("last")'], "test_a_first": ['order("first")']},
    "test_b": {"test_b_1": ['order(after="test_a.py::test_a_last")'], "test_b_2": []},
}


@pytest.mark.parametrize("scope", ["module", "class"])
def test_order_does_not_count_outside_its_scope(
    pytester, recorded, order_plugin, scope
):
    # In one scope this would be a circle.
    pytester.makepyfile(
        test_a=make_suite({"test_1": ['order(after="test_b.py::test_2")']}),
        test_b=make_suite({"test_2": ['order(after="test_a.py::test_1")']}),
    )

    run = recorded(*order_plugin, f"--order-scope={scope}")

    run.result.assert_outcomes(passed=2)


def test_tests_of_a_scope_start_in_the_order_of_their_ordinals(
    pytester, recorded, order_plugin
):
    for name, marks in FILES.items():
        pytester.makepyfile(**{name: make_suite(marks)})

    run = recorded(*order_plugin, "--order-scope=module", at_once=1)

    names = run.started
    assert names.index("test_a_first") < names.index("test_a_last")


def test_tests_of_one_file_are_not_kept_together(pytester, recorded, order_plugin):
    pytester.makepyfile(
        test_a=make_suite({"test_1": ["order(1)"], "test_3": ["order(3)"]}),
        test_b=make_suite({"test_2": ["order(2)"]}),
    )

    run = recorded(*order_plugin, "--order-group-scope=module", at_once=1)

    assert run.started == ["test_1", "test_2", "test_3"]


def test_gaps_are_not_filled(pytester, recorded, order_plugin):
    marks = {"test_a": [], "test_b": ["order(1)"], "test_c": []}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*order_plugin, "--sparse-ordering", at_once=1)

    assert run.started == ["test_b", "test_a", "test_c"]


def test_marks_with_the_prefix_hold_ordinals(pytester, recorded, order_plugin):
    marks = {"test_a": ["my3"], "test_b": ["my1"], "test_c": ["my2"], "test_d": []}
    pytester.makepyfile(test_it=make_suite(marks))

    run = recorded(*order_plugin, "--order-marker-prefix=my", "-Wignore", at_once=1)

    assert run.started == ["test_b", "test_c", "test_a", "test_d"]


@pytest.mark.parametrize(
    "switch",
    [
        "--indulgent-ordering",
        "--order-dependencies",
        "--order-after-ff",
        "--error-on-failed-ordering",
        "--fail-all-on-failed-ordering",
    ],
)
def test_other_switches_change_nothing(pytester, recorded, order_plugin, switch):
    expected = write_ordinals(pytester, "around tests without")

    run = recorded(*order_plugin, switch, at_once=1)

    assert run.started == expected


def test_unknown_scope_is_an_error(pytester, recorded):
    write_ordinals(pytester, "first")

    result = recorded("--order-scope=function").result

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--order-scope: 'function' is not valid;*"])


# Both plugins


def test_header_says_who_orders(pytester, recorded):
    pytest.importorskip("pytest_order")
    write_ordinals(pytester, "first")

    result = recorded(*PLUGIN).result

    result.stdout.fnmatch_lines(["phaserun: reads the marks of pytest-order in its *"])


SEVERAL = {"test_a": ["order(2)"], "test_b": ["order(1)", "order(3)"]}


def test_several_marks_of_a_function_make_one_test_without_the_other_plugin(
    pytester, recorded
):
    pytester.makepyfile(test_it=make_suite(SEVERAL))

    run = recorded(at_once=1)

    # The nearest to the function counts.
    assert run.started == ["test_a", "test_b"]


def test_several_marks_of_a_function_make_a_test_each_with_the_other_plugin(
    pytester, recorded
):
    pytest.importorskip("pytest_order")
    pytester.makepyfile(test_it=make_suite(SEVERAL))

    run = recorded(*PLUGIN, at_once=1)

    assert run.started == ["test_b[index=1]", "test_a", "test_b[index=3]"]


def test_without_phases_the_other_plugin_does_what_it_did(pytester, recorded):
    pytest.importorskip("pytest_order")
    expected = write_ordinals(pytester, "around tests without")

    run = recorded.plain("-p", "pytest_phaserun.plugin", *PLUGIN, "--phase-off")

    assert run.started == expected
