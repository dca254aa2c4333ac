"""What the mark of pytest-depends says, and what its names mean."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from nodes import Suite

from pytest_phaserun.markers.dialects.own import OwnDialect
from pytest_phaserun.markers.dialects.pytest_depends import DependsDialect
from pytest_phaserun.markers.reading import Reader
from pytest_phaserun.markers.selection import Selection, select
from pytest_phaserun.model import When

depends = pytest.mark.depends


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


def choose(suite: Suite, *wanted: int, action: str = "skip") -> Selection:
    """Select some tests of a suite, or all of them."""
    config = SimpleNamespace(
        getoption=lambda name, default=None: default,
        getini=lambda name: action,
    )
    items = [suite.items[place] for place in wanted] or suite.items
    return select(suite.items, items, Reader([DependsDialect(config), OwnDialect()]))


def edges(selection: Selection) -> dict[str, list[str]]:
    """Return what each test depends on, each without its file."""
    assert selection.problems == []
    assert selection.unresolved == []
    return {
        _short(item): [_short(other) for edge in found for other in edge.items]
        for item, found in zip(selection.items, selection.edges, strict=True)
        if found
    }


def _short(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[2]


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("test_b", ["TestA::test_b"]),
        ("TestA::test_b", ["TestA::test_b"]),
        ("a/test_x.py::TestA::test_b", ["TestA::test_b"]),
        ("a/test_x.py::test_c", ["test_c[1]", "test_c[2]"]),
        ("a/test_x.py::test_c[2]", ["test_c[2]"]),
        ("a/test_x.py::TestB", ["TestB::test_d"]),
        ("TestB", ["TestB::test_d"]),
        ("b/test_y.py", ["test_e", "test_f"]),
        ("given", ["test_f", "test_e"]),
        ("also_given", ["test_f"]),
    ],
)
def test_name_is_of_a_node_or_given(suite, name, means):
    suite.add("a/test_x.py::TestA::test_a", depends(on=[name]))
    suite.add("a/test_x.py::TestA::test_b")
    suite.add("a/test_x.py::test_c[1]")
    suite.add("a/test_x.py::test_c[2]")
    suite.add("a/test_x.py::TestB::test_d")
    suite.add("b/test_y.py::test_e", depends(name="given"))
    suite.add("b/test_y.py::test_f", depends(name=["also_given", "given"]))

    found = edges(choose(suite))

    assert sorted(found.pop("TestA::test_a")) == sorted(means)
    assert found == {}


def test_one_text_is_one_name(suite):
    suite.add("test_x.py::test_a", depends(on="test_b"))
    suite.add("test_x.py::test_b")

    assert edges(choose(suite)) == {"test_a": ["test_b"]}


def test_marks_of_all_levels_add_up(suite):
    suite.add(
        "test_x.py::TestA::test_a[1]",
        depends(on="test_x.py::test_b"),
        on_parameter=[depends(on="test_x.py::test_c", name="a1")],
        on_class=[depends(on="test_x.py::test_d")],
    )
    suite.add_all("test_x.py::test_b", "test_x.py::test_c", "test_x.py::test_d")
    suite.add("test_x.py::test_e", depends(on="a1"))

    found = edges(choose(suite))

    assert sorted(found["TestA::test_a[1]"]) == ["test_b", "test_c", "test_d"]
    assert found["test_e"] == ["TestA::test_a[1]"]


def test_tests_of_one_name_that_depend_on_it_leave_themselves_out(suite):
    suite.add("test_x.py::TestA::test_a", on_class=[depends(on="b", name="a")])
    suite.add("test_x.py::TestA::test_b")
    suite.add("test_x.py::test_c", depends(name="b"))

    both = {"TestA::test_a": ["test_c"], "TestA::test_b": ["test_c"]}
    assert edges(choose(suite)) == both


def test_other_names_are_looked_up_by_our_own_rules(suite):
    # From a class pytest-depends finds the methods of that class only.
    suite.add("test_x.py::TestA::test_a", depends(on="test_b"))
    suite.add("test_x.py::test_b")
    suite.add("test_x.py::test_c", depends(on="id"))
    suite.add("test_x.py::test_d", pytest.mark.task("id"))

    found = edges(choose(suite))

    assert found == {"TestA::test_a": ["test_b"], "test_c": ["test_d"]}


def test_dependencies_are_pulled_in(suite):
    suite.add("test_x.py::test_a", depends(on="test_b"))
    suite.add("test_x.py::test_b")

    assert len(choose(suite, 0).items) == 2


@pytest.mark.parametrize(
    ("action", "when"),
    [("skip", When.PASSED), ("fail", When.PASSED), ("run", When.FINISHED)],
)
def test_configuration_says_whether_a_failure_matters(suite, action, when):
    suite.add("test_x.py::test_a", depends(on="test_b"))
    suite.add("test_x.py::test_b")

    (edge,) = choose(suite, action=action).edges[0]

    assert edge.when is when


def test_unknown_name_is_told_with_the_nearest_given_one(suite):
    suite.add("test_x.py::test_a", depends(on="logn"))
    suite.add("test_x.py::test_b", depends(name="login"))
    suite.add("test_x.py::test_c", depends(on="test_x.py::test_bb"))

    found = [text for _, text in choose(suite).unresolved]

    assert found[0] == (
        "test_x.py:1: test_a depends on unknown test 'logn'; did you mean 'login'?"
    )
    assert found[1].startswith(
        "test_x.py:3: test_c depends on unknown test 'test_x.py::test_bb'; "
        "did you mean 'test_x.py::test_b'"
    )


def some_test() -> None: ...


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (depends("test_b"), "takes on= and name=, not 'test_b' alone"),
        (depends(upon="test_b"), "has no argument 'upon'; use on and name"),
        (depends(on=[3]), "takes names as text in on=, not 3"),
        (depends(name=3), "takes names as text, not 3"),
        (
            depends(on=[some_test]),
            "takes names as text in on=, not some_test itself; write 'some_test'",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(suite, mark, text):
    suite.add("test_x.py::test_a", mark)

    assert choose(suite).problems == [f"test_x.py:1: the marker 'depends' {text}"]
