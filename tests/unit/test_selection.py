"""Selections closed under dependencies."""

from __future__ import annotations

import pytest
from nodes import Suite

from pytest_phaserun.markers.dialects.own import OwnDialect
from pytest_phaserun.markers.reading import Reader
from pytest_phaserun.markers.selection import Selection, select

task = pytest.mark.task
depends_on = pytest.mark.depends_on


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


def choose(suite: Suite, *wanted: int) -> Selection:
    """Select some tests of a suite."""
    wanted_items = [suite.items[place] for place in wanted]
    return select(suite.items, wanted_items, Reader([OwnDialect()]))


def names(items: list[pytest.Item]) -> list[str]:
    """Return the names of tests."""
    return [item.name for item in items]


def edges(selection: Selection) -> dict[str, list[str]]:
    """Return what each selected test depends on."""
    return {
        item.name: [other.name for edge in found for other in edge.items]
        for item, found in zip(selection.items, selection.edges, strict=True)
    }


def test_everything_selected_pulls_nothing_in(suite):
    suite.add("test_x.py::test_a", depends_on("test_b"))
    suite.add("test_x.py::test_b")

    selection = choose(suite, 0, 1)

    assert names(selection.items) == ["test_a", "test_b"]
    assert edges(selection) == {"test_a": ["test_b"], "test_b": []}


def test_prerequisites_are_pulled_in_before_what_was_selected(suite):
    suite.add("test_x.py::test_a", depends_on("test_b"))
    suite.add("test_x.py::test_other")
    suite.add("test_x.py::test_b", depends_on("test_c"))
    suite.add("test_x.py::test_c")

    selection = choose(suite, 0)

    assert names(selection.items) == ["test_b", "test_c", "test_a"]


def test_order_of_the_selected_tests_is_kept(suite):
    suite.add_all("test_x.py::test_a", "test_x.py::test_b", "test_x.py::test_c")

    selection = choose(suite, 2, 0)

    assert names(selection.items) == ["test_c", "test_a"]


def test_declarations_stand_at_the_place_of_their_tests(suite):
    suite.add("test_x.py::test_a", depends_on("b"), task(timeout=1))
    suite.add("test_x.py::test_b", task("b", timeout=2))

    selection = choose(suite, 0)

    assert [each.timeout for each in selection.declarations] == [2, 1]


def test_same_dependency_by_two_names_counts_once(suite):
    suite.add("test_x.py::test_a", depends_on("b", "test_b", "test_x.py::test_b"))
    suite.add("test_x.py::test_b", task("b"))

    assert edges(choose(suite, 0))["test_a"] == ["test_b"]


def test_chain_of_many_is_followed_without_recursion(suite):
    for i in range(3000):
        suite.add(f"test_x.py::test_a[{i}]", depends_on(f"test_a[{i + 1}]"))
    suite.add("test_x.py::test_a[3000]")

    assert len(choose(suite, 0).items) == 3001


def test_cycle_is_followed_once(suite):
    suite.add("test_x.py::test_a", depends_on("test_b"))
    suite.add("test_x.py::test_b", depends_on("test_a"))

    selection = choose(suite, 0)

    assert edges(selection) == {"test_b": ["test_a"], "test_a": ["test_b"]}


# Tests that a name covers as well


def test_name_of_a_test_on_itself_is_kept_to_be_told(suite):
    suite.add("test_x.py::test_a", depends_on("test_a"))

    assert edges(choose(suite, 0)) == {"test_a": ["test_a"]}


def test_name_of_a_group_leaves_its_own_test_out(suite):
    suite.add("test_x.py::TestA::test_a", depends_on("TestA"))
    suite.add("test_x.py::TestA::test_b")

    assert edges(choose(suite, 0))["test_a"] == ["test_b"]


def test_name_that_a_class_hands_down_leaves_the_test_itself_out(suite):
    on_class = [depends_on("test_a")]
    suite.add("test_x.py::TestA::test_a", on_class=on_class)
    suite.add("test_x.py::TestA::test_b", on_class=on_class)

    selection = choose(suite, 0, 1)

    assert edges(selection) == {"test_a": [], "test_b": ["test_a"]}


# Problems


def test_unknown_name_is_told_with_the_test_that_bears_it(suite):
    item = suite.add("folder/test_x.py::TestA::test_a[1]", depends_on("xyzzy"))

    selection = choose(suite, 0)

    assert selection.unresolved == [
        (item, "folder/test_x.py:1: TestA::test_a depends on unknown test 'xyzzy'")
    ]
    assert selection.problems == []


def test_unknown_name_on_a_module_is_told_with_the_module(suite):
    item = suite.add("folder/test_x.py::test_a", on_file=[depends_on("xyzzy")])

    selection = choose(suite, 0)

    assert selection.unresolved == [
        (
            item,
            "folder/test_x.py: folder/test_x.py depends on unknown test 'xyzzy'",
        )
    ]


def test_mistakes_in_marks_of_needed_tests_are_told(suite):
    suite.add("test_x.py::test_a", depends_on("test_b"))
    suite.add("test_x.py::test_b", task(3))

    assert choose(suite, 0).problems == [
        "test_x.py:2: the marker 'task' takes an id as text, not 3"
    ]


def test_mistakes_elsewhere_stay_silent(suite):
    suite.add("test_x.py::test_a")
    suite.add("test_x.py::test_b", task(3), depends_on("xyzzy"))
    suite.add("test_x.py::test_c", task("same"))
    suite.add("test_x.py::test_d", task("same"))

    selection = choose(suite, 0)

    assert (selection.problems, selection.unresolved) == ([], [])


def test_duplicate_id_that_is_depended_on_is_told(suite):
    suite.add("test_x.py::test_a", depends_on("same"))
    suite.add("test_x.py::test_b", task("same"))
    suite.add("test_x.py::test_c", task("same"))

    assert choose(suite, 0).problems == [
        "task id 'same' is used more than once: test_x.py:2, test_x.py:3"
    ]
