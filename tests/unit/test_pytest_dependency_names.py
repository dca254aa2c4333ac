"""What the marks of pytest-dependency say, and which tests their names mean."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_phaserun.markers.dialect import UnresolvedError
from pytest_phaserun.markers.dialects.pytest_dependency import DependencyDialect
from pytest_phaserun.markers.reading import Reader
from pytest_phaserun.markers.registered import AUTOMARK, IGNORE_UNKNOWN


class FakeConfig:
    """Knows what the marks come with.

    :param automark: ``None`` if nobody has told it of the key.
    """

    def __init__(self, *, automark: bool | None = False, ignore: bool = False) -> None:
        self._automark = automark
        self._ignore = ignore

    def getini(self, key: str) -> bool:
        assert key == AUTOMARK
        if self._automark is None:
            raise ValueError(f"unknown configuration value: {key!r}")
        return self._automark

    def getoption(self, flag: str, default: bool) -> bool:
        assert flag == IGNORE_UNKNOWN
        return self._ignore


class Dependencies:
    """Knows what every test of a suite depends on.

    :ivar problems: what is wrong with the marks.
    """

    def __init__(self, items: list[pytest.Item], **config: bool | None) -> None:
        self.problems: list[str] = []
        dialect = DependencyDialect(FakeConfig(**config))
        read = Reader([dialect]).read
        self._ids = [item.nodeid for item in items]
        self._declared = [read(item, self.problems) for item in items]
        self._names = dialect.make_lookup(items, self._declared)

    def of(self, nodeid: str) -> list[str]:
        """Return the node ids of the tests that a test depends on."""
        place = self._ids.index(nodeid)
        return [
            self._ids[found]
            for need in self._declared[place].needs
            for reference in need.references
            for found in self._names.resolve(place, reference)
        ]

    def problem_of(self, nodeid: str) -> str:
        """Return why a name means nothing."""
        with pytest.raises(UnresolvedError) as caught:
            self.of(nodeid)
        return str(caught.value)


@pytest.fixture
def collect(pytester: pytest.Pytester):
    """Write files that have ``dependency`` and read the marks in them."""

    def write(files: dict[str, str], **config: bool | None) -> Dependencies:
        for path, source in files.items():
            file = pytester.path / path
            file.parent.mkdir(exist_ok=True)
            head = "import pytest\ndependency = pytest.mark.dependency\n"
            file.write_text(head + dedent(source), encoding="utf-8")
        items, _ = pytester.inline_genitems("--disable-plugin-autoload")
        return Dependencies(items, **config)

    return write


def in_class(name: str, scope: str) -> str:
    """Return two methods of a class, of which the second depends on ``name``."""
    return f"""
        class TestIt:
            @dependency()
            def test_a(self): ...

            @dependency(depends=[{name!r}], scope={scope!r})
            def test_b(self): ...
    """


# Which names tests have


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("session", "a/test_x.py::TestIt::test_a"),
        ("package", "a/test_x.py::TestIt::test_a"),
        ("module", "TestIt::test_a"),
        ("class", "test_a"),
    ],
)
def test_name_is_what_is_left_of_the_node_id_in_its_scope(collect, scope, name):
    found = collect({"a/__init__.py": "", "a/test_x.py": in_class(name, scope)})

    assert found.of("a/test_x.py::TestIt::test_b") == ["a/test_x.py::TestIt::test_a"]


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("session", "test_a"),
        ("session", "test_x.py::TestIt::test_a"),
        ("package", "TestIt::test_a"),
        ("module", "test_a"),
        ("module", "a/test_x.py::TestIt::test_a"),
        ("class", "TestIt::test_a"),
    ],
)
def test_what_is_left_in_another_scope_is_no_name(collect, scope, name):
    found = collect({"a/__init__.py": "", "a/test_x.py": in_class(name, scope)})

    problem = found.problem_of("a/test_x.py::TestIt::test_b")
    assert problem.startswith(f"unknown test {name!r} in its {scope}")


@pytest.mark.parametrize("scope", ["session", "package", "module", "class"])
def test_given_name_holds_in_every_scope(collect, scope):
    source = f"""
        class TestIt:
            @dependency(name="first")
            def test_a(self): ...

            @dependency(depends=["first"], scope={scope!r})
            def test_b(self): ...
    """

    found = collect({"a/__init__.py": "", "a/test_x.py": source})

    assert found.of("a/test_x.py::TestIt::test_b") == ["a/test_x.py::TestIt::test_a"]


def test_given_name_takes_the_place_of_the_other(collect):
    source = """
        @dependency(name="first")
        def test_a(): ...

        @dependency(depends=["test_a"])
        def test_b(): ...
    """

    found = collect({"test_x.py": source})

    assert found.problem_of("test_x.py::test_b").startswith("unknown test 'test_a'")


def test_scope_is_the_module_unless_said(collect):
    files = {
        "test_x.py": "@dependency()\ndef test_a(): ...",
        "test_y.py": "@dependency(depends=['test_a'])\ndef test_b(): ...",
    }

    found = collect(files)

    assert "unknown test 'test_a' in its module" in found.problem_of(
        "test_y.py::test_b"
    )


def test_nested_class_has_the_name_from_the_outer_class_on(collect):
    source = """
        class TestOuter:
            class TestInner:
                @dependency()
                def test_a(self): ...

                @dependency(depends=["TestInner::test_a"], scope="class")
                def test_b(self): ...
    """

    found = collect({"test_x.py": source})

    inner = "test_x.py::TestOuter::TestInner"
    assert found.of(f"{inner}::test_b") == [f"{inner}::test_a"]


def test_parameters_are_a_part_of_the_name(collect):
    source = """
        @dependency()
        @pytest.mark.parametrize("n", ["a::b", "c"])
        def test_a(n): ...

        @dependency(depends=["test_a[a::b]"])
        def test_b(): ...

        @dependency(depends=["test_a"])
        def test_c(): ...
    """

    found = collect({"test_x.py": source})

    assert found.of("test_x.py::test_b") == ["test_x.py::test_a[a::b]"]
    assert found.problem_of("test_x.py::test_c") == (
        "unknown test 'test_a' in its module; "
        "did you mean 'test_a[a::b]' or 'test_a[c]'?"
    )


def test_error_offers_names_that_look_alike(collect):
    source = """
        @dependency(name="login")
        def test_a(): ...

        @dependency(depends=["logni"])
        def test_b(): ...
    """

    found = collect({"test_x.py": source})

    assert found.problem_of("test_x.py::test_b") == (
        "unknown test 'logni' in its module; did you mean 'login'?"
    )


def test_error_names_the_scope_in_which_the_name_is_known(collect):
    source = "@dependency(depends=['test_x.py::test_b'])\ndef test_b(): ..."

    found = collect({"test_x.py": source})

    assert found.problem_of("test_x.py::test_b") == (
        "unknown test 'test_x.py::test_b' in its module; "
        "there is one with scope='session'"
    )


# Several of one name


def test_of_several_the_last_before_the_dependent_is_meant(collect):
    source = """
        @dependency(name="a")
        def test_1(): ...

        @dependency(name="a")
        def test_2(): ...

        @dependency(depends=["a"])
        def test_b(): ...

        @dependency(name="a")
        def test_3(): ...
    """

    found = collect({"test_x.py": source})

    assert found.of("test_x.py::test_b") == ["test_x.py::test_2"]


def test_of_several_after_the_dependent_the_last_is_meant(collect):
    source = """
        @dependency(depends=["a"])
        def test_b(): ...

        @dependency(name="a")
        def test_1(): ...

        @dependency(name="a")
        def test_2(): ...
    """

    found = collect({"test_x.py": source})

    assert found.of("test_x.py::test_b") == ["test_x.py::test_2"]


def test_same_name_in_two_files_is_told_apart_in_the_module(collect):
    source = """
        @dependency(name="a")
        def test_a(): ...

        @dependency(depends=["a"])
        def test_b(): ...
    """

    found = collect({"test_x.py": source, "test_y.py": source})

    assert found.of("test_x.py::test_b") == ["test_x.py::test_a"]
    assert found.of("test_y.py::test_b") == ["test_y.py::test_a"]


def test_name_that_only_the_dependent_has_means_itself(collect):
    found = collect(
        {"test_x.py": "@dependency(name='a', depends=['a'])\ndef test_a(): ..."}
    )

    assert found.of("test_x.py::test_a") == ["test_x.py::test_a"]


# Which tests count


UNMARKED = {
    "test_x.py": """
        def test_a(): ...

        @dependency(depends=["test_a"])
        def test_b(): ...
    """
}


@pytest.mark.parametrize("automark", [False, None])
def test_test_without_the_mark_has_no_name(collect, automark):
    found = collect(UNMARKED, automark=automark)

    assert found.problem_of("test_x.py::test_b") == (
        "unknown test 'test_a' in its module; "
        "the test of this name has no mark 'dependency'"
    )


def test_every_test_counts_if_so_configured(collect):
    found = collect(UNMARKED, automark=True)

    assert found.of("test_x.py::test_b") == ["test_x.py::test_a"]


def test_unknown_names_are_left_out_if_so_asked(collect):
    source = """
        @dependency()
        def test_a(): ...

        @dependency(depends=["test_x", "test_a"])
        def test_b(): ...
    """

    found = collect({"test_x.py": source}, ignore=True)

    assert found.of("test_x.py::test_b") == ["test_x.py::test_a"]


@pytest.mark.parametrize("scope", ["class", "package"])
def test_scope_that_the_test_is_not_in_is_named(collect, scope):
    source = f"@dependency(depends=['a'], scope={scope!r})\ndef test_b(): ..."

    found = collect({"test_x.py": source})

    problem = found.problem_of("test_x.py::test_b")
    assert problem == f"'a' in its {scope}, but it is in no {scope}"


# What a mark says


def test_of_several_marks_only_the_closest_counts(collect):
    source = """
        @dependency()
        def test_a(): ...

        @dependency(depends=["test_a"])
        class TestIt:
            def test_b(self): ...

            @dependency()
            def test_c(self): ...
    """

    found = collect({"test_x.py": source})

    assert found.of("test_x.py::TestIt::test_b") == ["test_x.py::test_a"]
    assert found.of("test_x.py::TestIt::test_c") == []


def test_mark_on_a_parameter_yields_to_the_function_as_pytest_has_it(collect):
    source = """
        @dependency()
        def test_a(): ...

        @dependency(depends=["test_a"])
        @pytest.mark.parametrize("n", [pytest.param(1, marks=dependency(name="b"))])
        def test_b(n): ...
    """

    found = collect({"test_x.py": source})

    assert found.of("test_x.py::test_b[1]") == ["test_x.py::test_a"]


@pytest.mark.parametrize(
    "written", ["'test_a'", "('test_a',)", "{'test_a'}", "['test_a', 'test_a']"]
)
def test_names_may_be_one_text_or_any_collection(collect, written):
    source = f"""
        @dependency()
        def test_a(): ...

        @dependency(depends={written})
        def test_b(): ...
    """

    found = collect({"test_x.py": source})

    assert set(found.of("test_x.py::test_b")) == {"test_x.py::test_a"}


@pytest.mark.parametrize("written", ["", "depends=None", "depends=[]", "'positional'"])
def test_mark_may_name_nothing(collect, written):
    found = collect({"test_x.py": f"@dependency({written})\ndef test_b(): ..."})

    assert found.problems == []
    assert found.of("test_x.py::test_b") == []


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("name=1", "takes a name as text, not 1"),
        ("depends=[1]", "takes names as text, not 1"),
        ("depends=1", "takes names as text, not 1"),
        (
            "scope='function'",
            "takes scope as one of 'session', 'package', 'module', 'class', "
            "not 'function'",
        ),
    ],
)
def test_wrong_mark_is_told_with_its_place(collect, written, problem):
    found = collect({"test_x.py": f"@dependency({written})\ndef test_b(): ..."})

    assert found.problems == [f"test_x.py:3: the marker 'dependency' {problem}"]
