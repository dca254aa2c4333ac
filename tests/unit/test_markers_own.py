"""What marks say about a test; where they stand; what is wrong with them."""

from __future__ import annotations

import pytest
from nodes import Suite

from pytest_phaserun.markers.own import (
    Declaration,
    explain_import_error,
    location,
    read_marks,
)

task = pytest.mark.task
depends_on = pytest.mark.depends_on
exclusive = pytest.mark.exclusive


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


def read(item: pytest.Item) -> Declaration:
    """Read marks that are right."""
    problems: list[str] = []
    declaration = read_marks(item, problems)
    assert problems == []
    return declaration


def complaints(item: pytest.Item) -> list[str]:
    """Read marks that are wrong."""
    problems: list[str] = []
    read_marks(item, problems)
    return problems


def names(declaration: Declaration) -> list[str]:
    """Return the names a test depends on."""
    return [reference.name for reference in declaration.references]


def test_test_without_marks_says_nothing(suite):
    assert read(suite.add("test_x.py::test_a")) == Declaration()


def test_other_marks_say_nothing(suite):
    assert read(suite.add("test_x.py::test_a", pytest.mark.skip)) == Declaration()


def test_id_and_timeout_are_read(suite):
    declaration = read(suite.add("test_x.py::test_a", task("a", timeout=3)))

    assert declaration.ids == (("a", "test_x.py::test_a"),)
    assert declaration.timeout == 3.0


def test_id_may_be_given_by_name(suite):
    declaration = read(suite.add("test_x.py::test_a", task(id="a")))

    assert declaration.ids == (("a", "test_x.py::test_a"),)


def test_task_may_give_a_timeout_alone(suite):
    declaration = read(suite.add("test_x.py::test_a", task(timeout=0)))

    assert (declaration.ids, declaration.timeout) == ((), 0.0)


def test_id_of_a_function_belongs_to_all_its_parameters(suite):
    declaration = read(suite.add("test_x.py::test_a[1]", task("a")))

    assert declaration.ids == (("a", "test_x.py::test_a"),)


def test_id_of_a_parameter_belongs_to_it_alone(suite):
    declaration = read(suite.add("test_x.py::test_a[1]", on_parameter=[task("a")]))

    assert declaration.ids == (("a", "test_x.py::test_a[1]"),)


def test_ids_of_every_level_are_kept_the_nearest_first(suite):
    item = suite.add(
        "test_x.py::TestA::test_a[1]",
        task("function"),
        on_parameter=[task("parameter")],
        on_class=[task("class")],
        on_file=[task("module")],
    )

    assert read(item).ids == (
        ("parameter", "test_x.py::TestA::test_a[1]"),
        ("function", "test_x.py::TestA::test_a"),
        ("class", "test_x.py::TestA"),
        ("module", "test_x.py"),
    )


@pytest.mark.parametrize(
    ("levels", "wanted"),
    [
        ({"on_parameter": 1, "marks": 2, "on_class": 3, "on_file": 4}, 1),
        ({"marks": 2, "on_class": 3, "on_file": 4}, 2),
        ({"on_class": 3, "on_file": 4}, 3),
        ({"on_file": 4}, 4),
        ({"on_parameter": None, "marks": 2}, 2),
    ],
)
def test_nearest_timeout_wins(suite, levels, wanted):
    marks = {level: [task(timeout=limit)] for level, limit in levels.items()}

    item = suite.add("test_x.py::TestA::test_a[1]", *marks.pop("marks", ()), **marks)

    assert read(item).timeout == wanted


def test_dependencies_of_every_level_are_united_the_nearest_first(suite):
    item = suite.add(
        "test_x.py::TestA::test_a[1]",
        depends_on("b", "c"),
        on_parameter=[depends_on("a")],
        on_class=[depends_on("c", "d")],
        on_file=[depends_on("e")],
    )

    assert names(read(item)) == ["a", "b", "c", "d", "e"]


def test_dependency_knows_what_it_stands_on(suite):
    item = suite.add(
        "test_x.py::TestA::test_a", depends_on("a"), on_class=[depends_on("a", "b")]
    )

    owners = {each.name: each.owner.nodeid for each in read(item).references}
    assert owners == {"a": "test_x.py::TestA::test_a", "b": "test_x.py::TestA"}


@pytest.mark.parametrize("mark", [exclusive, pytest.mark.thread_unsafe(reason="x")])
def test_mark_that_makes_a_test_run_alone_is_named(suite, mark):
    item = suite.add("test_x.py::test_a", mark)

    assert read(item).alone == mark.name


def test_class_may_make_its_tests_run_alone(suite):
    item = suite.add("test_x.py::TestA::test_a", on_class=[exclusive])

    assert read(item).alone == "exclusive"


# Complaints


def test_complaint_names_place_and_mark(suite):
    suite.add("folder/test_x.py::test_a")

    item = suite.add("folder/test_x.py::test_b", task("a", "b"))

    assert complaints(item) == ["folder/test_x.py:2: the marker 'task' takes one id"]


def test_complaint_about_a_class_names_its_file(suite):
    item = suite.add("test_x.py::TestA::test_a", on_class=[task(3)])

    assert complaints(item) == [
        "test_x.py: the marker 'task' takes an id as text, not 3"
    ]


def test_every_mistake_is_told(suite):
    item = suite.add(
        "test_x.py::test_a", task(3, limit=1, timeout="x"), depends_on("", on="b")
    )

    assert len(complaints(item)) == 5


def test_what_is_right_beside_a_mistake_is_kept(suite):
    item = suite.add("test_x.py::test_a", depends_on("a", 3), task("b", timeout=-1))

    declaration = read_marks(item, [])

    assert names(declaration) == ["a"]
    assert [name for name, _ in declaration.ids] == ["b"]


def test_function_in_place_of_a_name_is_told_by_its_name(suite):
    def test_other(): ...

    item = suite.add("test_x.py::test_a", depends_on(test_other, "b"))

    assert complaints(item) == [
        "test_x.py:1: the marker 'depends_on' takes ids as text, "
        "not test_other itself; write 'test_other'"
    ]


# Places


def test_location_of_a_test_is_its_line(suite):
    suite.add("test_x.py::test_a")

    assert location(suite.add("test_x.py::test_b")) == "test_x.py:2"


def test_location_of_a_file_is_its_path(suite):
    item = suite.add("folder/test_x.py::test_a")

    assert location(item.parent) == "folder/test_x.py"


def test_location_of_a_module_is_its_first_line(request):
    module = request.node.getparent(pytest.Module)

    assert location(module).endswith("test_markers_own.py:1")


# Hints


@pytest.mark.parametrize("name", ["test_a", "TestA.test_a", "make.<locals>.test_a"])
def test_import_error_over_a_bare_function_is_explained(name):
    text = f"E   TypeError: {name}() takes 0 positional arguments but 1 was given"

    hint = explain_import_error(text)

    if "<" in name:
        assert hint is None
    else:
        assert (
            hint == "Was test_a itself given to depends_on? Write depends_on('test_a')."
        )


@pytest.mark.parametrize(
    "text",
    [
        "E   TypeError: helper() takes 0 positional arguments but 1 was given",
        "E   TypeError: test_a() takes 1 positional argument but 2 were given",
        "E   ModuleNotFoundError: No module named 'nonsense'",
        "",
    ],
)
def test_other_import_errors_are_not(text):
    assert explain_import_error(text) is None
