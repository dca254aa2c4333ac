"""What our own mark says in its keyword form."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from nodes import Suite

from pytest_phaserun.markers.dialects.keywords import KeywordDialect
from pytest_phaserun.markers.dialects.own import OwnDialect
from pytest_phaserun.markers.reading import Reader
from pytest_phaserun.markers.selection import Selection, select

depends_on = pytest.mark.depends_on


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


def add(suite: Suite, nodeid: str, *marks: pytest.MarkDecorator, **values: Any) -> None:
    """Add a test whose parameters have values."""
    item = suite.add(nodeid, *marks)
    item.callspec = SimpleNamespace(marks=[], params=values)


def choose(suite: Suite) -> Selection:
    """Select all tests of a suite."""
    dialects = [KeywordDialect(SimpleNamespace()), OwnDialect()]
    return select(suite.items, suite.items, Reader(dialects))


def edges(selection: Selection) -> dict[str, list[str]]:
    """Return what each test depends on."""
    assert selection.problems == []
    assert selection.unresolved == []
    return {
        item.name: [other.name for edge in found for other in edge.items]
        for item, found in zip(selection.items, selection.edges, strict=True)
        if found
    }


def test_names_are_ids_and_names_as_in_our_own_mark(suite):
    suite.add("x.py::test_a", depends_on(on=["login", "test_c"], name="a"))
    suite.add("x.py::test_b", pytest.mark.task("login"))
    suite.add("x.py::test_c", depends_on(name="c"))
    suite.add("x.py::test_d", depends_on("a", "c"))

    assert edges(choose(suite)) == {
        "test_a": ["test_b", "test_c"],
        "test_d": ["test_a", "test_c"],
    }


def test_one_text_is_one_name(suite):
    suite.add("x.py::test_a", depends_on(on="test_b"))
    suite.add("x.py::test_b")

    assert edges(choose(suite)) == {"test_a": ["test_b"]}


def test_templates_hold_the_values_of_the_test(suite):
    made = depends_on(name="make-{backend}")
    used = depends_on(on=["make-{backend}", "test_check[{backend}]"])
    for backend in ("sqlite", "postgres"):
        add(suite, f"x.py::test_use[{backend}]", used, backend=backend)
        add(suite, f"x.py::test_make[{backend}]", made, backend=backend)
        add(suite, f"x.py::test_check[{backend}]", backend=backend)

    assert edges(choose(suite)) == {
        "test_use[sqlite]": ["test_make[sqlite]", "test_check[sqlite]"],
        "test_use[postgres]": ["test_make[postgres]", "test_check[postgres]"],
    }


def test_name_that_two_tests_give_is_used_more_than_once(suite):
    suite.add("x.py::test_a", depends_on(name="a"))
    suite.add("x.py::test_b", depends_on(name="a"))

    assert choose(suite).problems == [
        "task id 'a' is used more than once: x.py:1, x.py:2"
    ]


def test_unknown_name_is_told(suite):
    suite.add("x.py::test_a", depends_on(on=["test_bb"]))
    suite.add("x.py::test_b")

    ((_, text),) = choose(suite).unresolved

    assert text.startswith("x.py:1: test_a depends on unknown test 'test_bb'; did you")


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (depends_on("b", on=["a"]), "takes 'b' or the keywords on and name, not both"),
        (depends_on(on=["a"], when="any"), "has no argument 'when' beside on and name"),
        (depends_on(on=[1]), "takes names as text in on=, not 1"),
        (depends_on(name=1), "takes names as text in name=, not 1"),
        (
            depends_on(name="{chip}"),
            "names '{chip}', but 'chip' is no parameter of x.py::test_x",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(suite, mark, text):
    add(suite, "x.py::test_x[1]", mark, board=1)
    suite.add("x.py::test_a", pytest.mark.task("a"))

    assert choose(suite).problems == [f"x.py:1: the marker 'depends_on' {text}"]
