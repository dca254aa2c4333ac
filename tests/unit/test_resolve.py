"""Which tests a name means, seen from the test that depends on it."""

from __future__ import annotations

import pytest
from naming import declarations_of, problem, resolve
from nodes import Suite

from pytest_phaserun.markers.names.resolve import find_duplicates

task = pytest.mark.task


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


@pytest.mark.parametrize(
    "name",
    [
        "test_b",
        "TestB",
        "TestB::test_b",
        "test_y.py",
        "test_y.py::TestB",
        "test_y.py::TestB::test_b",
        "b/test_y.py",
        "b/test_y.py::TestB::test_b",
        "a/b/test_y.py",
        "a/b/test_y.py::TestB",
        "a/b/test_y.py::TestB::test_b",
        "a/b",
    ],
)
def test_every_end_of_a_node_id_means_the_test(suite, name):
    suite.add_all("test_x.py::test_a", "a/b/test_y.py::TestB::test_b")

    assert resolve(suite, name) == ["a/b/test_y.py::TestB::test_b"]


@pytest.mark.parametrize(
    "name", ["est_b", "y.py::test_b", "test_", "Test_b", "::test_b", "test_y"]
)
def test_end_that_is_no_whole_part_means_nothing(suite, name):
    suite.add_all("test_x.py::test_a", "test_y.py::test_b")

    assert problem(suite, name).startswith(f"unknown test {name!r}")


def test_file_means_all_its_tests(suite):
    suite.add_all("test_x.py::test_a", "test_y.py::test_b", "test_y.py::TestC::test_c")

    assert resolve(suite, "test_y.py") == [
        "test_y.py::test_b",
        "test_y.py::TestC::test_c",
    ]


def test_base_name_means_all_parameters(suite):
    suite.add_all("test_x.py::test_a", "test_x.py::test_b[1]", "test_x.py::test_b[2]")

    assert resolve(suite, "test_b") == ["test_x.py::test_b[1]", "test_x.py::test_b[2]"]


def test_whole_name_means_one_parameter(suite):
    suite.add_all("test_x.py::test_a", "test_x.py::test_b[1]", "test_x.py::test_b[2]")

    assert resolve(suite, "test_b[2]") == ["test_x.py::test_b[2]"]


@pytest.mark.parametrize("parameter", ["a/b", "a::b", "[x]", "x]y["])
def test_separators_in_parameters_do_not_matter(suite, parameter):
    suite.add_all("test_x.py::test_a", f"a/test_y.py::test_b[{parameter}]")

    for name in ("test_b", f"test_b[{parameter}]", f"test_y.py::test_b[{parameter}]"):
        assert resolve(suite, name) == [f"a/test_y.py::test_b[{parameter}]"]


# Nearness


def test_name_in_the_class_is_nearest(suite):
    suite.add_all(
        "test_x.py::TestA::test_a", "test_x.py::test_b", "test_x.py::TestA::test_b"
    )

    assert resolve(suite, "test_b") == ["test_x.py::TestA::test_b"]


def test_name_in_the_module_is_nearer_than_in_another_class_of_it(suite):
    suite.add_all("test_x.py::test_a", "test_x.py::TestB::test_b", "test_x.py::test_b")

    assert resolve(suite, "test_b") == ["test_x.py::test_b"]


def test_name_in_a_class_of_the_module_is_nearer_than_in_another_module(suite):
    suite.add_all("test_x.py::test_a", "test_y.py::test_b", "test_x.py::TestB::test_b")

    assert resolve(suite, "test_b") == ["test_x.py::TestB::test_b"]


def test_name_in_the_folder_is_nearer_than_elsewhere(suite):
    suite.add_all("a/test_x.py::test_a", "b/test_y.py::test_b", "a/test_y.py::test_b")

    assert resolve(suite, "test_b") == ["a/test_y.py::test_b"]


def test_name_in_the_next_folder_is_nearer_than_further_out(suite):
    suite.add_all("a/b/test_x.py::test_a", "test_z.py::test_b", "a/test_y.py::test_b")

    assert resolve(suite, "test_b") == ["a/test_y.py::test_b"]


def test_only_test_of_a_name_is_found_anywhere(suite):
    suite.add_all("a/b/test_x.py::test_a", "c/d/test_y.py::TestB::test_b")

    assert resolve(suite, "test_b") == ["c/d/test_y.py::TestB::test_b"]


def test_ends_of_node_ids_are_looked_for_everywhere(suite):
    suite.add_all("a/test_x.py::test_a", "b/test_y.py::TestB::test_b")

    assert resolve(suite, "TestB::test_b") == ["b/test_y.py::TestB::test_b"]


# Ids


def test_id_wins_over_a_name(suite):
    suite.add("test_x.py::test_a")
    suite.add("test_x.py::test_b")
    suite.add("test_y.py::test_c", task("test_b"))

    assert resolve(suite, "test_b") == ["test_y.py::test_c"]


def test_id_means_all_tests_of_its_object(suite):
    suite.add("test_x.py::test_a")
    for i in (1, 2):
        suite.add(f"test_y.py::test_b[{i}]", task("b"))

    assert resolve(suite, "b") == ["test_y.py::test_b[1]", "test_y.py::test_b[2]"]


def test_id_is_no_part_of_node_ids(suite):
    suite.add("test_x.py::test_a")
    suite.add("test_y.py::test_b", task("b"))

    assert problem(suite, "test_y.py::b").startswith("unknown test 'test_y.py::b'")


# Problems


def test_ambiguous_name_lists_the_candidates(suite):
    suite.add_all("test_x.py::test_a", "a/test_y.py::test_b", "b/test_y.py::test_b")

    assert problem(suite, "test_b") == (
        "'test_b', which may mean any of a/test_y.py::test_b (a/test_y.py:2), "
        "b/test_y.py::test_b (b/test_y.py:3); give more of its node id"
    )


def test_long_list_of_candidates_is_cut(suite):
    suite.add("test_x.py::test_a")
    suite.add_all(*(f"{folder}/test_y.py::test_b" for folder in "abcde"))

    assert problem(suite, "test_b") == (
        "'test_b', which may mean any of a/test_y.py::test_b (a/test_y.py:2), "
        "b/test_y.py::test_b (b/test_y.py:3), c/test_y.py::test_b (c/test_y.py:4), "
        "...; give more of its node id"
    )


def test_ambiguous_end_of_a_node_id_lists_the_candidates(suite):
    suite.add_all(
        "test_x.py::test_a", "a/test_y.py::TestB::test_b", "b/test_y.py::TestB::test_b"
    )

    assert "may mean any of" in problem(suite, "TestB::test_b")


def test_unknown_name_offers_names_and_ids(suite):
    suite.add("test_x.py::test_a")
    suite.add("test_x.py::test_create")
    suite.add("test_y.py::test_c", task("test_created"))

    assert problem(suite, "test_creat") == (
        "unknown test 'test_creat'; did you mean 'test_create' (test_x.py:2) or "
        "'test_created' (test_y.py:3)?"
    )


def test_unknown_name_like_no_other_offers_nothing(suite):
    suite.add("test_x.py::test_a")

    assert problem(suite, "xyzzy") == "unknown test 'xyzzy'"


# Duplicates


def duplicates(suite: Suite, *needed: int) -> list[str]:
    """Return the complaints about ids where only some tests are needed."""
    wanted = needed or range(len(suite.items))
    return list(find_duplicates(suite.items, declarations_of(suite), set(wanted)))


def test_id_of_two_objects_is_a_duplicate(suite):
    suite.add("test_x.py::test_a", task("same"))
    suite.add("test_y.py::TestB::test_b", on_class=[task("same")])

    assert duplicates(suite) == [
        "task id 'same' is used more than once: test_x.py:1, test_y.py"
    ]


def test_id_of_one_object_with_many_tests_is_none(suite):
    suite.add("test_x.py::test_a[1]", task("same"))
    suite.add("test_x.py::test_a[2]", task("same"))

    assert duplicates(suite) == []


def test_id_on_function_and_class_alike_is_a_duplicate(suite):
    suite.add("test_x.py::TestA::test_a", task("same"), on_class=[task("same")])
    suite.add("test_x.py::TestA::test_b")

    assert duplicates(suite) == [
        "task id 'same' is used more than once: test_x.py:1, test_x.py"
    ]


def test_duplicate_among_tests_that_are_not_needed_stays_silent(suite):
    suite.add("test_x.py::test_a", task("same"))
    suite.add("test_x.py::test_b", task("same"))
    suite.add("test_x.py::test_c")

    assert duplicates(suite, 2) == []


def test_duplicate_of_which_one_is_needed_is_told(suite):
    suite.add("test_x.py::test_a", task("same"))
    suite.add("test_x.py::test_b", task("same"))

    assert len(duplicates(suite, 1)) == 1
