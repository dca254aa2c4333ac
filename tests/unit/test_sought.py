"""What names make files that were not collected worth a look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nodes import Suite

from pytest_phaserun.markers.sought import Sought, seek_others, seek_unknown


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


@pytest.fixture
def at_root(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    return request.config.rootpath.joinpath


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("task-1", "task-1"),
        ("test_a[x-1]", "test_a"),
        ("tests/db/test_a.py::TestA::test_a[a::b/c]", "test_a"),
        ("tests/db/test_a.py", "test_a.py"),
        ("tests/db", "db"),
        ("tests/db/", "db"),
        ("test_create_*", ""),
        ("tests/db/test_?.py", ""),
        ("test_create_{kind}", ""),
        ("test_create[{kind}]", "test_create"),
    ],
)
def test_unknown_name_is_sought_everywhere_by_its_last_part(name, word):
    assert seek_unknown(name) == Sought(word=word, folder=None)


def test_name_that_stays_in_its_file_is_settled(suite):
    item = suite.add("db/test_a.py::test_a")
    other = suite.add("db/test_a.py::TestB::test_b")

    assert seek_others(item, "test_b", [other]) is None


def test_name_that_leads_to_another_file_is_sought_in_what_holds_both(suite, at_root):
    item = suite.add("app/db/test_a.py::test_a")
    other = suite.add("app/web/api/test_b.py::test_b")

    assert seek_others(item, "test_b", [other]) == Sought(
        word="test_b", folder=at_root("app")
    )


def test_folder_around_a_test_is_sought_whole(suite, at_root):
    item = suite.add("app/db/sql/test_a.py::test_a")

    assert seek_others(item, "app/db", [item]) == Sought(
        word="db", folder=at_root("app", "db")
    )


def test_glob_is_sought_everywhere(suite):
    item = suite.add("db/test_a.py::test_a")

    assert seek_others(item, "db/test_*.py", [item]) == Sought(word="")
