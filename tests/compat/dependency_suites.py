"""Suites of pytest-dependency that mean the same here, and how their tests end."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

import pytest

#: What every inner file begins with.
HEAD = """
import pytest
dependency = pytest.mark.dependency
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Files, and how each of their tests ends.

    :ivar ends: ``P`` passed, ``F`` failed, ``E`` error, ``S`` skipped, ``x`` xfailed,
        ``X`` xpassed; a test that passes and errs in its teardown has both letters.
    """

    files: dict[str, str]
    ends: dict[str, str]
    options: tuple[str, ...] = ()

    def write(self, pytester: pytest.Pytester) -> None:
        """Write the files."""
        for path, source in self.files.items():
            file = pytester.path / path
            file.parent.mkdir(exist_ok=True)
            head = HEAD if path.endswith(".py") else ""
            file.write_text(head + dedent(source), encoding="utf-8")


def one_file(source: str, ends: str, *options: str) -> Written:
    """Return a suite of one file; ``ends`` reads ``name:letters name:letters``."""
    pairs = (each.rpartition(":") for each in ends.split())
    return Written(
        files={"test_it.py": source},
        ends={f"test_it.py::{name}": letters for name, _, letters in pairs},
        options=options,
    )


CHAIN = """
    @dependency()
    def test_a(): ...

    @dependency()
    def test_b(): {broken}

    @dependency(depends=["test_b"])
    def test_c(): ...

    @dependency(depends=["test_c"])
    def test_d(): ...

    @dependency(depends=["test_a"])
    def test_e(): ...
"""

SUITES = {
    "mark alone": one_file(
        "@dependency\ndef test_a(): ...\n@dependency()\ndef test_b(): assert 0",
        "test_a:P test_b:F",
    ),
    "skip nobody waits for": one_file(
        """
        @dependency()
        def test_a(): pytest.skip("by itself")

        @dependency()
        def test_b(): ...

        @dependency(depends=["test_b"])
        def test_c(): ...
        """,
        "test_a:S test_b:P test_c:P",
    ),
    "failure": one_file(
        CHAIN.format(broken="assert 0"), "test_a:P test_b:F test_c:S test_d:S test_e:P"
    ),
    "skip": one_file(
        CHAIN.format(broken="pytest.skip('by itself')"),
        "test_a:P test_b:S test_c:S test_d:S test_e:P",
    ),
    "expected failure": one_file(
        CHAIN.format(broken="pytest.xfail('known')"),
        "test_a:P test_b:x test_c:S test_d:S test_e:P",
    ),
    "error in setup and teardown": one_file(
        """
        @pytest.fixture
        def bad_setup(): assert 0

        @pytest.fixture
        def bad_teardown():
            yield
            assert 0

        @dependency()
        def test_a(bad_setup): ...

        @dependency(depends=["test_a"])
        def test_b(): ...

        @dependency()
        def test_c(bad_teardown): ...

        @dependency(depends=["test_c"])
        def test_d(): ...
        """,
        "test_a:E test_b:S test_c:PE test_d:S",
    ),
    "unexpected pass": one_file(
        """
        @dependency()
        @pytest.mark.xfail
        def test_a(): ...

        @dependency(depends=["test_a"])
        def test_b(): ...
        """,
        "test_a:X test_b:P",
    ),
    "names": one_file(
        """
        @dependency(name="a")
        def test_a(): pytest.skip("by itself")

        @dependency(name="b")
        def test_b(): assert 0

        @dependency(name="c")
        def test_c(): ...

        @dependency(name="d", depends=["a", "c"])
        def test_d(): ...

        @dependency(name="e", depends=["c"])
        def test_e(): ...

        @dependency(name="f", depends=["d", "e"])
        def test_f(): ...

        @dependency(name="g", depends=["c", "e"])
        def test_g(): ...

        @dependency(name="h", depends=["b", "g"])
        def test_h(): ...
        """,
        "test_a:S test_b:F test_c:P test_d:S test_e:P test_f:S test_g:P test_h:S",
    ),
    "name of two, the last counts": one_file(
        """
        @dependency(name="a")
        def test_1(): assert 0

        @dependency(name="a")
        def test_2(): ...

        @dependency(depends=["a"])
        def test_b(): ...

        @dependency(name="a")
        def test_3(): assert 0

        @dependency(depends=["a"])
        def test_c(): ...
        """,
        "test_1:F test_2:P test_b:P test_3:F test_c:S",
    ),
    "methods": one_file(
        """
        @dependency()
        def test_a(): assert 0

        class TestIt:
            @dependency()
            def test_a(self): ...

            @dependency()
            def test_b(self): assert 0

            @dependency(depends=["TestIt::test_a"])
            def test_c(self): ...

            @dependency(depends=["TestIt::test_a", "TestIt::test_b"])
            def test_d(self): ...

        @dependency(depends=["test_a"])
        def test_e(): ...
        """,
        "test_a:F TestIt::test_a:P TestIt::test_b:F TestIt::test_c:P "
        "TestIt::test_d:S test_e:S",
    ),
    "marked class": one_file(
        """
        @dependency()
        def test_a(): assert 0

        @dependency(depends=["test_a"])
        class TestIt:
            def test_b(self): ...

            @dependency()
            def test_c(self): ...
        """,
        "test_a:F TestIt::test_b:S TestIt::test_c:P",
    ),
    "marked file": one_file(
        """
        pytestmark = dependency()

        def test_a(): ...

        @dependency(depends=["test_a"])
        def test_b(): ...
        """,
        "test_a:P test_b:P",
    ),
    "parameters": one_file(
        """
        @pytest.mark.parametrize("n", [0, 1])
        @dependency()
        def test_a(n): assert n == 0

        @pytest.mark.parametrize("n", [
            pytest.param(0, marks=dependency(name="b0", depends=["test_a[0]"])),
            pytest.param(1, marks=dependency(name="b1", depends=["test_a[1]"])),
        ])
        def test_b(n): ...

        @pytest.mark.parametrize("n", [
            pytest.param(0, marks=dependency(depends=["b0"])),
            pytest.param(1, marks=dependency(depends=["b0", "b1"])),
        ])
        def test_c(n): ...
        """,
        "test_a[0]:P test_a[1]:F test_b[0]:P test_b[1]:S test_c[0]:P test_c[1]:S",
    ),
    "scope class": one_file(
        """
        @dependency()
        def test_a(): assert 0

        @dependency()
        def test_b(): ...

        class TestIt:
            @dependency()
            def test_a(self): ...

            @dependency()
            def test_b(self): assert 0

            @dependency(depends=["test_a"])
            def test_c(self): ...

            @dependency(depends=["test_b"], scope="module")
            def test_d(self): ...

            @dependency(depends=["test_a"], scope="class")
            def test_e(self): ...

            @dependency(depends=["test_b"], scope="class")
            def test_f(self): ...
        """,
        "test_a:F test_b:P TestIt::test_a:P TestIt::test_b:F TestIt::test_c:S "
        "TestIt::test_d:P TestIt::test_e:P TestIt::test_f:S",
    ),
    "every test counts": one_file(
        """
        def test_a(): ...

        def test_b(): assert 0

        @dependency(depends=["test_a"])
        def test_c(): ...

        @dependency(depends=["test_b"])
        def test_d(): ...
        """,
        "test_a:P test_b:F test_c:P test_d:S",
        "-oautomark_dependency=true",
    ),
    "unknown names ignored": one_file(
        """
        @dependency()
        def test_a(): assert 0

        @dependency(depends=["nobody"])
        def test_b(): ...

        @dependency(depends=["nobody", "test_a"])
        def test_c(): ...
        """,
        "test_a:F test_b:P test_c:S",
        "--ignore-unknown-dependency",
    ),
    "scope session": Written(
        files={
            "test_x.py": """
                @dependency()
                def test_a(): ...

                @dependency()
                def test_b(): assert 0

                class TestIt:
                    @dependency(name="method")
                    def test_b(self): ...
            """,
            "test_y.py": """
                @dependency()
                def test_a(): assert 0

                @dependency(depends=["test_x.py::test_a", "method"], scope="session")
                def test_c(): ...

                @dependency(depends=["test_x.py::test_b"], scope="session")
                def test_d(): ...

                @dependency(depends=["test_y.py::test_c"], scope="session")
                def test_e(): ...

                @dependency(depends=["test_a"])
                def test_f(): ...
            """,
        },
        ends={
            "test_x.py::test_a": "P",
            "test_x.py::test_b": "F",
            "test_x.py::TestIt::test_b": "P",
            "test_y.py::test_a": "F",
            "test_y.py::test_c": "P",
            "test_y.py::test_d": "S",
            "test_y.py::test_e": "P",
            "test_y.py::test_f": "S",
        },
    ),
    "scope package": Written(
        files={
            "a/__init__.py": "",
            "a/test_x.py": """
                @dependency()
                def test_a(): ...

                @dependency(name="b")
                def test_b(): assert 0
            """,
            "b/__init__.py": "",
            "b/test_y.py": """
                @dependency(name="b")
                def test_b(): ...
            """,
            "b/test_z.py": """
                @dependency(depends=["a/test_x.py::test_a"], scope="session")
                def test_c(): ...

                @dependency(depends=["b"], scope="package")
                def test_d(): ...
            """,
        },
        ends={
            "a/test_x.py::test_a": "P",
            "a/test_x.py::test_b": "F",
            "b/test_y.py::test_b": "P",
            "b/test_z.py::test_c": "P",
            "b/test_z.py::test_d": "P",
        },
    ),
    "same name in two files": Written(
        files={
            "test_x.py": CHAIN.format(broken="assert 0"),
            "test_y.py": CHAIN.format(broken="..."),
        },
        ends={
            **{
                f"test_x.py::test_{n}": e for n, e in zip("abcde", "PFSSP", strict=True)
            },
            **{f"test_y.py::test_{n}": "P" for n in "abcde"},
        },
    ),
}
