"""Which resources fixtures stand for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_phaserun.markers.declared import NOTHING, Use
from pytest_phaserun.markers.elsewhere.fixture_resources import (
    FixtureResources,
    parse_lines,
)


def test_lines_say_what_is_held_and_how():
    found = parse_lines(["db = database", "  cache=redis read", "pool = links 2"])

    assert found == {
        "db": Use(resource="database"),
        "cache": Use(resource="redis", is_shared=True),
        "pool": Use(resource="links", units=2),
    }


@pytest.mark.parametrize(
    "line",
    ["db", "db =", "= database", "db = database write", "db = a 0", "db = a 1 2"],
)
def test_line_that_says_something_else_is_told(line):
    with pytest.raises(pytest.UsageError) as raised:
        parse_lines(["pool = links", line])

    assert raised.value.args == (
        f"phase_fixture_resources: {line!r} is not valid; write 'fixture = resource', "
        "'fixture = resource read' or 'fixture = resource 2'",
    )


def uses_of(lines: list[str], *fixtures: str) -> tuple[Use, ...]:
    """Return what a test that uses some fixtures holds."""
    item = SimpleNamespace(fixturenames=list(fixtures))
    return FixtureResources(parse_lines(lines))(item, []).uses


def test_test_holds_what_its_fixtures_stand_for():
    lines = ["db = database", "cache = redis read", "pool = links"]

    assert set(uses_of(lines, "db", "tmp_path", "cache")) == {
        Use(resource="database"),
        Use(resource="redis", is_shared=True),
    }


@pytest.mark.parametrize("fixtures", [("reader", "writer"), ("writer", "reader")])
def test_of_two_fixtures_for_one_resource_the_one_that_excludes_stands(fixtures):
    lines = ["reader = database read", "writer = database"]

    assert uses_of(lines, *fixtures) == (Use(resource="database"),)


def test_test_without_such_fixtures_holds_nothing():
    found = FixtureResources(parse_lines(["db = database"]))

    assert found(SimpleNamespace(fixturenames=["tmp_path"]), []) is NOTHING
    assert found(SimpleNamespace(), []) is NOTHING
