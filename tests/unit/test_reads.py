"""What only reads the environment is told from what changes it or may do so."""

from __future__ import annotations

import os
import subprocess
import sys
from os import environ

import pytest

from pytest_phaserun.isolation.reads import is_only_read
from pytest_phaserun.isolation.source import UNSAFE, SourceReader

KEY = "KEY"


def takes(mapping):
    return mapping


READ = [
    lambda: os.environ["KEY"],
    lambda: os.environ[KEY],
    lambda number: os.environ[f"KEY_{number}"],
    lambda key: os.environ[key.names[0].upper()] == "1",
    lambda: os.environ.get("KEY", "1"),
    lambda: os.environ.copy(),
    lambda: "KEY" in os.environ,
    lambda: "KEY" not in os.environ,
    lambda: dict(os.environ, KEY="1"),
    lambda: len(os.environ),
    lambda: {**os.environ, "KEY": "1"},
    lambda: [key.upper() for key in os.environ],
    lambda: [os.environ["KEY"] for _ in range(3)],
    lambda: environ["KEY"],
    lambda: environ.get("KEY"),
    lambda: sorted(environ),
    lambda: sys.argv[0],
    lambda: sys.path[1:],
    lambda: os.environ["KEY"][1:2],
    lambda: takes(os.environ["KEY"]),
]


def sets():
    os.environ["KEY"] = "1"


def sets_by_name():
    environ[KEY] = "1"


def adds():
    os.environ["KEY"] += "1"


def deletes():
    del os.environ["KEY"]


def merges():
    os.environ |= {"KEY": "1"}


def replaces():
    sys.argv = ["x"]


def replaces_a_slice():
    sys.path[:] = []


def renames():
    variables = os.environ
    variables["KEY"] = "1"


def changes_inside():
    def inner():
        os.environ["KEY"] = "1"

    return os.environ["KEY"], inner


def changes_after_a_look():
    if "KEY" not in os.environ:
        os.environ.update(KEY="1")


CHANGED = [
    *(sets, sets_by_name, adds, deletes, merges, replaces, replaces_a_slice),
    *(renames, changes_inside, changes_after_a_look),
    lambda: os.environ.setdefault("KEY", "1"),
    lambda: environ.pop("KEY"),
    lambda: takes(os.environ),
    lambda: takes(environ),
    lambda: subprocess.run([], env=os.environ),
    lambda: takes(takes)(os.environ, takes[0]),
    lambda: sys.path.insert(0, "x"),
    # It is another one for each test.
    lambda: os.environ["PYTEST_CURRENT_TEST"],
    lambda: os.environ.get("PYTEST_CURRENT_TEST"),
]


@pytest.fixture(scope="module")
def reader():
    return SourceReader(UNSAFE)


@pytest.mark.parametrize("function", READ)
def test_reads_are_no_changes(reader, function):
    assert reader.find(function) is None


@pytest.mark.parametrize("function", CHANGED)
def test_changes_and_what_may_be_some_are_found(reader, function):
    assert reader.find(function) in {"os.environ", "sys.argv", "sys.path"}


def test_name_that_a_function_has_itself_counts_as_changed():
    def shadows():
        path = []
        return path[0]

    assert not is_only_read(shadows.__code__, "path")
