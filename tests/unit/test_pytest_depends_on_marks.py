"""What the mark of pytest-depends-on says, and how it is told from ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from nodes import Suite

from pytest_phaserun.markers.dialects.own import OwnDialect
from pytest_phaserun.markers.dialects.pytest_depends_on import DependsOnDialect
from pytest_phaserun.markers.reading import Reader
from pytest_phaserun.markers.selection import Selection, select
from pytest_phaserun.model import When

depends_on = pytest.mark.depends_on


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


def add(suite: Suite, nodeid: str, *marks: pytest.MarkDecorator, **values: Any) -> None:
    """Add a test whose parameters have values."""
    item = suite.add(nodeid, *marks)
    item.callspec = SimpleNamespace(marks=[], params=values)


def choose(suite: Suite, *wanted: int) -> Selection:
    """Select some tests of a suite, or all of them."""
    items = [suite.items[place] for place in wanted] or suite.items
    dialects = [DependsOnDialect(SimpleNamespace()), OwnDialect()]
    return select(suite.items, items, Reader(dialects))


def edges(selection: Selection) -> dict[str, list[str]]:
    """Return what each test depends on."""
    assert selection.problems == []
    assert selection.unresolved == []
    return {
        item.nodeid: [other.nodeid for edge in found for other in edge.items]
        for item, found in zip(selection.items, selection.edges, strict=True)
        if found
    }


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("test_b", ["a.py::test_b"]),
        ("TestB::test_c", ["a.py::TestB::test_c"]),
        ("test_d[1]", ["a.py::test_d[1]"]),
        ("test_d", ["a.py::test_d[1]", "a.py::test_d[2]"]),
        ("test_e", ["b.py::test_e", "c.py::test_e"]),
        ("b.py::test_b", ["b.py::test_b"]),
        ("TestB", ["a.py::TestB::test_c"]),
    ],
)
def test_name_is_of_its_own_file_or_else_of_all(suite, name, means):
    suite.add("a.py::test_a", depends_on(tests=[name]))
    suite.add_all("a.py::test_b", "a.py::TestB::test_c")
    suite.add_all("a.py::test_d[1]", "a.py::test_d[2]")
    suite.add_all("b.py::test_b", "b.py::test_e", "c.py::test_e")

    assert edges(choose(suite)) == {"a.py::test_a": means}


class Array:
    """Has no plain answer to the question whether it equals another."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    def __hash__(self) -> int:
        raise TypeError("unhashable")


def test_values_that_cannot_be_compared_match_themselves(suite):
    one, other = Array(), Array()
    match = depends_on(tests=["test_flash"], match_params=["chip"])
    add(suite, "x.py::test_flash[chip0]", chip=other)
    add(suite, "x.py::test_flash[chip1]", chip=one)
    add(suite, "x.py::test_boot[chip1]", match, chip=one)

    assert edges(choose(suite)) == {
        "x.py::test_boot[chip1]": ["x.py::test_flash[chip1]"]
    }


def test_tests_with_the_same_parameters_match(suite):
    match = depends_on(tests=["test_flash"], match_params=["chip", "board"])
    for chip in "ab":
        for board in (1, 2):
            add(suite, f"x.py::test_flash[{chip}{board}]", chip=chip, board=board)
    add(suite, "x.py::test_flash[b]", chip="b")
    add(suite, "x.py::test_boot[b2]", match, chip="b", board=2, more=3)

    assert edges(choose(suite)) == {"x.py::test_boot[b2]": ["x.py::test_flash[b2]"]}


def test_entry_goes_before_the_mark(suite):
    plain = {"name": "test_b", "status": "failed", "match_params": ["n"]}
    mark = depends_on(tests=[plain, "test_b"], match_params=["m"])
    add(suite, "x.py::test_a", mark, n=1, m=2)
    add(suite, "x.py::test_b[n]", n=1)
    add(suite, "x.py::test_b[m]", m=2)

    first, second = choose(suite).edges[0]

    assert [item.name for item in first.items] == ["test_b[n]"]
    assert first.when is When.FAILED
    assert [item.name for item in second.items] == ["test_b[m]"]
    assert second.when is When.PASSED


@pytest.mark.parametrize(
    ("status", "when"),
    [(None, When.PASSED), ("passed", When.PASSED), ("failed", When.FAILED)],
)
def test_status_says_how_the_others_must_end(suite, status, when):
    suite.add("x.py::test_a", depends_on(tests=["test_b"], status=status))
    suite.add("x.py::test_b")

    (edge,) = choose(suite).edges[0]

    assert edge.when is when


@pytest.mark.parametrize("entry", ["test_b", {"name": "test_b"}])
def test_test_that_need_not_run_is_not_pulled_in(suite, entry):
    suite.add("x.py::test_a", depends_on(tests=[entry], allowed_not_run=True))
    suite.add("x.py::test_b")

    assert len(choose(suite, 0).items) == 1
    assert edges(choose(suite)) == {"x.py::test_a": ["x.py::test_b"]}


def test_test_that_need_not_run_need_not_be_there(suite):
    suite.add("x.py::test_a", depends_on(tests=["test_none"], allowed_not_run=True))

    assert edges(choose(suite)) == {}


def test_other_tests_are_pulled_in(suite):
    suite.add("x.py::test_a", depends_on(tests=["test_b"]))
    suite.add("x.py::test_b")

    assert len(choose(suite, 0).items) == 2


def test_our_own_mark_is_told_apart(suite):
    suite.add("x.py::test_a", depends_on("b", when="finished"), depends_on(tests=["c"]))
    suite.add("x.py::test_b", pytest.mark.task("b"))
    suite.add("x.py::test_c", pytest.mark.task("c"))

    assert edges(choose(suite)) == {"x.py::test_a": ["x.py::test_c", "x.py::test_b"]}


def test_marks_of_all_levels_add_up(suite):
    suite.add(
        "x.py::TestA::test_a",
        depends_on(tests=["test_b"]),
        on_class=[depends_on(tests="test_c")],
    )
    suite.add_all("x.py::test_b", "x.py::test_c")

    expected = ["x.py::test_b", "x.py::test_c"]
    assert edges(choose(suite)) == {"x.py::TestA::test_a": expected}


def test_unknown_name_is_told(suite):
    suite.add("x.py::test_a", depends_on(tests=["test_bb"]))
    suite.add("x.py::test_b")

    ((_, text),) = choose(suite).unresolved

    assert text.startswith(
        "x.py:1: test_a depends on unknown test 'test_bb'; did you mean 'test_b'"
    )


def some_test() -> None: ...


OTHER = (
    ", which phaserun has no counterpart of; use 'passed' or 'failed', or our own mark "
    "with when='finished'"
)


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (depends_on(tests=["a"], status="skipped"), f"waits for 'skipped'{OTHER}"),
        (depends_on(tests=["a"], status="xfailed"), f"waits for 'xfailed'{OTHER}"),
        (
            depends_on(tests=[{"name": "a", "status": "xpassed"}]),
            f"waits for 'xpassed'{OTHER}",
        ),
        (
            depends_on(tests=["a"], status="pased"),
            "takes status as one of 'passed', 'failed', not 'pased'",
        ),
        (depends_on(status="passed"), "names nothing; give it tests=[...]"),
        (
            depends_on("b", tests=["a"]),
            "takes 'b' or the keywords of pytest-depends-on, not both; put it into "
            "tests=[...]",
        ),
        (
            depends_on(tests=["a"], when="finished"),
            "has no argument 'when' beside those of pytest-depends-on: 'tests', "
            "'status', 'allowed_not_run', 'match_params'",
        ),
        (
            depends_on(tests=[{"name": "a", "state": "passed"}]),
            "has a test with 'state'; did you mean 'status'?",
        ),
        (depends_on(tests=[{"status": "passed"}]), "takes names as text, not None"),
        (
            depends_on(tests=[some_test]),
            "takes names as text, not some_test itself; write 'some_test'",
        ),
        (
            depends_on(tests=["a"], match_params=["chip"]),
            "has match_params 'chip', which is no parameter of x.py::test_x",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(suite, mark, text):
    suite.add("x.py::test_x[1]", mark)
    suite.add("x.py::test_a", pytest.mark.task("a"))

    assert choose(suite).problems == [f"x.py:1: the marker 'depends_on' {text}"]
