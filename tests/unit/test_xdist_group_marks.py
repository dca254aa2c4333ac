"""What the mark of pytest-xdist says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from nodes import Suite

from pytest_phaserun.markers.declared import Declaration, Use
from pytest_phaserun.markers.dialects.xdist_group import GroupDialect
from pytest_phaserun.markers.reading import Reader

xdist_group = pytest.mark.xdist_group


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


def read(item: pytest.Item, problems: list[str]) -> Declaration:
    return Reader([GroupDialect(SimpleNamespace())]).read(item, problems)


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (xdist_group("db"), "db"),
        (xdist_group(name="db"), "db"),
        (xdist_group(7), "7"),
        (xdist_group, "default"),
    ],
)
def test_group_is_held_and_kept_in_order(suite, mark, name):
    problems: list[str] = []

    declaration = read(suite.add("x.py::test_a", mark), problems)

    assert problems == []
    assert declaration.uses == (Use(resource=f"xdist_group {name}"),)
    assert declaration.keeps_order


def test_test_may_be_in_several_groups(suite):
    item = suite.add(
        "x.py::TestA::test_a", xdist_group("a"), on_class=[xdist_group("b")]
    )

    declaration = read(item, [])

    assert [use.resource for use in declaration.uses] == [
        "xdist_group a",
        "xdist_group b",
    ]


@pytest.mark.parametrize("mark", [xdist_group("a", "b"), xdist_group(group="a")])
def test_mistakes_are_told_with_their_place(suite, mark):
    problems: list[str] = []

    read(suite.add("x.py::test_a", mark), problems)

    assert problems == ["x.py:1: the marker 'xdist_group' takes one name"]
