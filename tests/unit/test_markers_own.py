"""What marks say about a test; where they stand; what is wrong with them."""

from __future__ import annotations

import pytest
from nodes import Suite

from pytest_phaserun.markers.declared import Declaration, Use
from pytest_phaserun.markers.dialects.own import OwnDialect, explain_import_error
from pytest_phaserun.markers.places import location
from pytest_phaserun.markers.reading import Reader
from pytest_phaserun.model import Require, When

task = pytest.mark.task
depends_on = pytest.mark.depends_on
resource = pytest.mark.resource
exclusive = pytest.mark.exclusive
read_marks = Reader([OwnDialect()]).read


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
    """Return the names a test depends on, each once."""
    found = (each.name for need in declaration.needs for each in need.references)
    return list(dict.fromkeys(found))


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

    owners = [
        [(each.name, each.owner.nodeid) for each in need.references]
        for need in read(item).needs
    ]
    assert owners == [
        [("a", "test_x.py::TestA::test_a")],
        [("a", "test_x.py::TestA"), ("b", "test_x.py::TestA")],
    ]


@pytest.mark.parametrize(
    ("mark", "when", "require"),
    [
        (depends_on("a"), When.PASSED, Require.ALL),
        (depends_on("a", when="passed", require="all"), When.PASSED, Require.ALL),
        (depends_on("a", when="finished"), When.FINISHED, Require.ALL),
        (depends_on("a", when="failed"), When.FAILED, Require.ALL),
        (depends_on("a", require="any"), When.PASSED, Require.ANY),
    ],
)
def test_mark_says_how_the_others_must_end(suite, mark, when, require):
    (need,) = read(suite.add("test_x.py::test_a", mark)).needs

    assert (need.when, need.require) == (when, require)


def test_each_mark_is_a_need_of_its_own(suite):
    item = suite.add(
        "test_x.py::test_a", depends_on("a", "b", require="any"), depends_on("c")
    )

    assert [
        ([each.name for each in need.references], need.require)
        for need in read(item).needs
    ] == [(["a", "b"], Require.ANY), (["c"], Require.ALL)]


def test_resources_of_every_level_are_united_and_the_nearest_use_stands(suite):
    item = suite.add(
        "test_x.py::TestA::test_a",
        resource("database", mode="read"),
        resource(name="ports", units=2),
        on_class=[resource("database")],
        on_file=[resource("disk", mode="write")],
    )

    assert read(item).uses == (
        Use(resource="database", is_shared=True),
        Use(resource="ports", units=2),
        Use(resource="disk"),
    )


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


@pytest.mark.parametrize(
    ("mark", "complaint"),
    [
        (
            depends_on("a", when="skipped"),
            "'depends_on' takes when as one of 'passed', 'finished', 'failed', "
            "not 'skipped'",
        ),
        (
            depends_on("a", require=1),
            "'depends_on' takes require as one of 'all', 'any', not 1",
        ),
        (
            depends_on("a", whenever="failed"),
            "'depends_on' has no argument 'whenever'; use ids, when and require",
        ),
        (
            depends_on(tests=["a"]),
            "'depends_on' has no argument 'tests'; use ids, when and require, or add "
            "pytest-depends-on to phase_dialects",
        ),
        (
            depends_on(on=["a"]),
            "'depends_on' has no argument 'on'; use ids, when and require, or add "
            "keywords to phase_dialects",
        ),
        (resource(), "'resource' takes one name as text, not none"),
        (resource(3), "'resource' takes one name as text, not 3"),
        (resource("a", "b"), "'resource' takes one name as text, not 'a', 'b'"),
        (
            resource("a", mode="rw"),
            "'resource' takes the mode 'read' or 'write', not 'rw'",
        ),
        (
            resource("a", units=0),
            "'resource' takes units as a whole number from 1 on, not 0",
        ),
        (
            resource("a", units=True),
            "'resource' takes units as a whole number from 1 on, not True",
        ),
        (
            resource("a", mode="read", units=2),
            "'resource' takes no units with mode='read', which shares the resource",
        ),
        (
            resource("a", size=2),
            "'resource' has no argument 'size'; use name, mode and units",
        ),
    ],
)
def test_argument_that_cannot_be_is_told(suite, mark, complaint):
    item = suite.add("test_x.py::test_a", mark)

    assert complaints(item) == [f"test_x.py:1: the marker {complaint}"]


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
