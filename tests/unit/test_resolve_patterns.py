"""Names with a part left open: globs, and templates of the dependent's parameters."""

from __future__ import annotations

import enum
import re

import pytest
from naming import names_of, problem, resolve
from nodes import Suite

from pytest_phaserun.markers.declared import Reference
from pytest_phaserun.markers.names.parameters import ValueIndex, describe_value

task = pytest.mark.task


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> Suite:
    return Suite(request.session)


# Globs


@pytest.mark.parametrize(
    ("glob", "meant"),
    [
        ("test_create_*", ["test_create_a", "test_create_b[1]", "test_create_b[2]"]),
        ("test_create_?", ["test_create_a", "test_create_b[1]", "test_create_b[2]"]),
        ("test_create_b[*]", ["test_create_b[1]", "test_create_b[2]"]),
        ("test_create_b[?]", ["test_create_b[1]", "test_create_b[2]"]),
        ("*_b[2]", ["test_create_b[2]"]),
        ("TestB::test_*", ["test_b", "test_c"]),
        ("test_y.py::*::test_c", ["test_c"]),
        ("tests/db/*", ["test_b", "test_c"]),
        ("db/*.py::TestB", ["test_b", "test_c"]),
        ("tests/*/test_y.py", ["test_b", "test_c"]),
        ("te*/*/test_y.py::TestB::test_b", ["test_b"]),
        ("Test*", ["test_b", "test_c"]),
        ("test_y*", ["test_b", "test_c"]),
        ("d?", ["test_b", "test_c"]),
    ],
)
def test_glob_means_all_that_matches_by_its_end(suite, glob, meant):
    suite.add_all(
        "tests/test_x.py::test_a",
        "tests/test_x.py::test_create_a",
        "tests/test_x.py::test_create_b[1]",
        "tests/test_x.py::test_create_b[2]",
        "tests/db/test_y.py::TestB::test_b",
        "tests/db/test_y.py::TestB::test_c",
    )

    found = resolve(suite, glob)

    assert [nodeid.rpartition("::")[2] for nodeid in found] == meant


@pytest.mark.parametrize(
    "glob",
    [
        "est_b*",
        "db*/test_b",
        "tests/*::test_b",
        "tests/*/test_b",
        "b/*",
        "test_[ab]",
        "*::b]",
    ],
)
def test_glob_that_matches_no_whole_parts_means_nothing(suite, glob):
    suite.add_all("test_x.py::test_a", "tests/db/test_y.py::test_b[a/b]")

    assert problem(suite, glob).startswith(("unknown test", f"{glob!r}, which"))


def test_glob_without_a_match_is_told(suite):
    suite.add("test_x.py::test_a")

    assert problem(suite, "test_b*") == "'test_b*', which matches no test"


def test_glob_prefers_tests_and_classes_to_files_and_folders(suite):
    suite.add_all(
        "test_a.py::test_user", "test_create.py::test_b", "test_x.py::test_create_c"
    )

    assert resolve(suite, "test_create*") == ["test_x.py::test_create_c"]


def test_glob_means_ids_as_well(suite):
    suite.add("test_x.py::test_a")
    suite.add("test_x.py::test_b", task("db-up"))
    suite.add("test_x.py::TestC::test_c", on_class=[task("db-filled")])

    assert resolve(suite, "db-*") == ["test_x.py::test_b", "test_x.py::TestC::test_c"]


def test_glob_leaves_the_dependent_out(suite):
    suite.add_all("test_x.py::test_a", "test_x.py::test_b")

    assert resolve(suite, "test_*") == ["test_x.py::test_b"]
    assert resolve(suite, "test_a*") == []


@pytest.mark.parametrize("parameter", ["*", "a?", "[*]", "a::*", "*/b"])
def test_wildcards_in_parameters_are_taken_literally_first(suite, parameter):
    suite.add_all("test_x.py::test_a", f"test_x.py::test_b[{parameter}]")
    suite.add("test_x.py::test_b[other]")

    assert resolve(suite, f"test_b[{parameter}]") == [f"test_x.py::test_b[{parameter}]"]


def test_glob_is_looked_for_once(suite, monkeypatch):
    suite.add_all(*(f"test_x.py::test_a[{i}]" for i in range(10)), "test_x.py::test_b")
    names = names_of(suite)
    asked = []
    match = names._index.match
    monkeypatch.setattr(names._index, "match", lambda g: asked.append(g) or match(g))

    for place in range(10):
        reference = Reference(name="test_*", owner=suite.items[place])
        assert len(names.resolve(place, reference)) == 10

    assert len(asked) == 1


# Templates


class Colour(enum.Enum):
    RED = 1


class Backend:
    """Has no text of its own; equal if it has the same name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Backend) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class Unhashable(Backend):
    __hash__ = None


class Array:
    """Cannot say whether it is equal."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None


def test_template_means_the_one_with_the_dependents_own_value(suite):
    for backend in ("lite", "post"):
        suite.add(f"test_x.py::test_a[{backend}]", backend=backend)
        suite.add(f"test_x.py::test_b[{backend}]", backend=backend)

    assert resolve(suite, "test_b[{backend}]", seen_from=0) == [
        "test_x.py::test_b[lite]"
    ]
    assert resolve(suite, "test_b[{backend}]", seen_from=2) == [
        "test_x.py::test_b[post]"
    ]


def test_template_may_have_several_parameters_and_fixed_parts(suite):
    suite.add("test_x.py::test_a[1-2]", a=1, b=2)
    suite.add_all("test_x.py::test_b[2-x-1]", "test_x.py::test_b[1-x-2]")

    assert resolve(suite, "test_b[{b}-x-{a}]") == ["test_x.py::test_b[2-x-1]"]


def test_template_may_stand_in_the_name_itself(suite):
    suite.add("test_x.py::test_a[post]", backend="post")
    suite.add_all("test_x.py::test_start_lite", "test_x.py::test_start_post")

    assert resolve(suite, "test_start_{backend}") == ["test_x.py::test_start_post"]


def test_template_goes_by_values_where_texts_differ(suite):
    suite.add("test_x.py::test_a[mine]", n=1)
    suite.add("test_x.py::test_b[first]", n=1)
    suite.add("test_x.py::test_b[second]", n=2)

    assert resolve(suite, "test_b[{n}]") == ["test_x.py::test_b[first]"]


def test_template_of_fewer_parameters_means_all_that_agree_in_these(suite):
    suite.add("test_x.py::test_a[post]", backend="post")
    suite.add("test_x.py::test_b[post-1]", backend="post", n=1)
    suite.add("test_x.py::test_b[post-2]", backend="post", n=2)
    suite.add("test_x.py::test_b[lite-2]", backend="lite", n=2)

    assert resolve(suite, "test_b[{backend}]") == [
        "test_x.py::test_b[post-1]",
        "test_x.py::test_b[post-2]",
    ]
    assert resolve(suite, "test_b[{backend}-2]") == ["test_x.py::test_b[post-2]"]
    assert resolve(suite, "test_b[{backend}-?]") == [
        "test_x.py::test_b[post-1]",
        "test_x.py::test_b[post-2]",
    ]


@pytest.mark.parametrize("kind", [Backend, Unhashable])
def test_objects_without_a_text_are_compared(suite, kind):
    suite.add("test_x.py::test_a[backend1]", backend=kind("post"))
    suite.add("test_x.py::test_b[backend0]", backend=kind("post"))
    suite.add("test_x.py::test_b[backend1]", backend=kind("lite"))

    assert resolve(suite, "test_b[{backend}]") == ["test_x.py::test_b[backend0]"]


def test_objects_that_cannot_be_compared_are_the_same_or_not(suite):
    array = Array()
    suite.add("test_x.py::test_a[a]", a=array)
    suite.add("test_x.py::test_b[0]", a=Array())
    suite.add("test_x.py::test_c[1]", a=array)

    assert "unknown test" in problem(suite, "test_b[{a}]")
    assert resolve(suite, "test_c[{a}]") == ["test_x.py::test_c[1]"]


def test_template_works_with_ids(suite):
    suite.add("test_x.py::test_a[post]", backend="post")
    suite.add("test_x.py::test_b[post]", task("create"), backend="post")
    suite.add("test_x.py::test_b[lite]", task("create"), backend="lite")
    suite.add("test_x.py::test_c[2]", task("other"), backend="lite")
    suite.add("test_x.py::test_c[1]", task("other"), backend="post")

    assert resolve(suite, "create[{backend}]") == ["test_x.py::test_b[post]"]
    assert resolve(suite, "create[lite]") == ["test_x.py::test_b[lite]"]
    assert resolve(suite, "other[{backend}]") == ["test_x.py::test_c[1]"]


def test_braces_are_taken_literally_first(suite):
    suite.add("test_x.py::test_a[1]", n=1)
    suite.add_all("test_x.py::test_b[{n}]", "test_x.py::test_b[1]")

    assert resolve(suite, "test_b[{n}]") == ["test_x.py::test_b[{n}]"]


def test_values_are_no_globs(suite):
    suite.add("test_x.py::test_a[t*]", n="t*")
    suite.add("test_x.py::test_b[true]", n="true")

    assert problem(suite, "test_b[{n}]").startswith("unknown test 'test_b[t*]'")


def test_parameter_that_the_dependent_lacks_is_told_with_those_it_has(suite):
    suite.add("test_x.py::TestA::test_a[1-2]", a=1, b=2)
    suite.add("test_x.py::test_b[1]")

    assert problem(suite, "test_b[{c}]") == (
        "'test_b[{c}]', but test_a has no parameter 'c'; its parameters are 'a' and 'b'"
    )
    assert problem(suite, "test_b[{c}]", seen_from=1) == (
        "'test_b[{c}]', but test_b has no parameter 'c'; it has none"
    )


def test_template_that_finds_nothing_is_told_as_filled_in_and_as_written(suite):
    suite.add("test_x.py::test_a[post]", backend="post")
    suite.add("test_x.py::test_b[lite]", backend="lite")

    assert problem(suite, "test_b[{backend}]") == (
        "unknown test 'test_b[post]' (from 'test_b[{backend}]'); "
        "did you mean 'test_b[lite]' (test_x.py:2) or 'test_b' (test_x.py:2)?"
    )


VALUES = [
    *("post", "a/b", "ä", "a\nb", "", "x y", b"a", b"\xff", 1, -2.5, 1j, True, None),
    *(Colour.RED, Backend, re.compile("a+"), pytest, describe_value),
]


def test_texts_of_values_are_those_of_pytest(pytester):
    pytester.makepyfile(
        values="import enum, re, pytest\nfrom test_resolve_patterns import VALUES\n",
        test_it="import pytest\n"
        "from values import VALUES\n"
        "@pytest.mark.parametrize('value', VALUES)\n"
        "def test_it(value): ...\n",
    )

    items, _ = pytester.inline_genitems("--disable-plugin-autoload")

    texts = [item.callspec.id for item in items]
    assert texts == [describe_value(value) for value in VALUES]


def test_object_has_no_text():
    assert describe_value(Backend("post")) is None


def test_index_of_values_leaves_out_who_has_no_such_parameter(suite):
    suite.add("test_x.py::test_a[1]", a=1)
    suite.add("test_x.py::test_b[1]", b=1)

    index = ValueIndex(suite.items, [0, 1], ["b"])

    assert index.find((1,)) == [1]
