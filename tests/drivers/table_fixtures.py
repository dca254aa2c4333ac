"""Fixtures of every scope: set up once in a process, taken down as often."""

from __future__ import annotations

from collections import Counter

from .scenario import Result, Scenario


def _are_up_once(result: Result) -> None:
    """Check that each was set up once in each process, and taken down in the same."""
    found = Counter(result.lines_of("log"))
    ups = [line[3:] for line in found if line.startswith("up ")]
    assert ups
    assert set(found.values()) == {1}
    assert sorted(found) == sorted(f"{x} {y}" for x in ("up", "down") for y in ups)


def _parameters_never_meet(result: Result) -> None:
    """Check that in each process one ends before the next begins."""
    up: dict[str, str | None] = {}
    for line in result.lines_of("log"):
        what, process, parameter = line.split()
        assert up.get(process) == (None if what == "up" else parameter)
        up[process] = parameter if what == "up" else None
    assert not any(up.values())


def _is_tried_once_a_process(result: Result) -> None:
    tries = result.lines_of("log")
    assert len(tries) == len(set(tries))


FIXTURES = (
    Scenario(
        name="scopes",
        files={
            "package/__init__.py": "",
            "package/conftest.py": """
                def make(scope):
                    @pytest.fixture(scope=scope, name=f"of_{scope}")
                    def fixture(request):
                        where = f"{os.getpid()} {scope} {request.node.nodeid}"
                        note(f"up {where}")
                        yield
                        note(f"down {where}")
                    return fixture

                of_session = make("session")
                of_package = make("package")
                of_module = make("module")
                of_class = make("class")
                of_function = make("function")
            """,
            "package/test_a.py": """
                class TestClass:
                    @several
                    @pytest.mark.usefixtures("of_class", "of_package")
                    def test_all(self, n, of_function, of_module, of_session): pass

                @several
                def test_module(n, of_module): pass
            """,
            "package/test_b.py": """
                @several
                def test_wide(n, of_module, of_package, of_session): pass
            """,
        },
        outcomes={
            f"package/{name}[{n}]": "passed"
            for name in (
                "test_a.py::TestClass::test_all",
                "test_a.py::test_module",
                "test_b.py::test_wide",
            )
            for n in range(6)
        },
        check=_are_up_once,
    ),
    Scenario(
        name="parametrized_module_fixture",
        files="""
            @pytest.fixture(scope="module", params=["a", "b", "c"])
            def thing(request):
                note(f"up {os.getpid()} {request.param}")
                yield request.param
                note(f"down {os.getpid()} {request.param}")

            @several
            def test_it(n, thing): assert thing in "abc"
        """,
        outcomes={f"test_it[{x}-{n}]": "passed" for x in "abc" for n in range(6)},
        check=_parameters_never_meet,
    ),
    Scenario(
        name="indirect_and_dynamic",
        files="""
            @pytest.fixture
            def double(request): return 2 * request.param

            @pytest.mark.parametrize("double", [1, 2], indirect=True)
            def test_indirect(double): assert double in (2, 4)

            @pytest.fixture
            def late(): return "late"

            def test_dynamic(request):
                assert request.getfixturevalue("late") == "late"

            class TestOverride:
                @pytest.fixture
                def late(self, late): return f"own {late}"

                def test_override(self, late): assert late == "own late"
        """,
        outcomes={
            "test_indirect[1]": "passed",
            "test_indirect[2]": "passed",
            "test_dynamic": "passed",
            "TestOverride::test_override": "passed",
        },
    ),
    Scenario(
        name="broken_module_fixture",
        files="""
            @pytest.fixture(scope="module")
            def broken():
                note(os.getpid())
                raise ValueError("no")

            @several
            def test_it(n, broken): pass
        """,
        outcomes={f"test_it[{n}]": "error" for n in range(6)},
        check=_is_tried_once_a_process,
    ),
    Scenario(
        name="errors_in_wide_teardowns",
        files={
            "test_module.py": """
                @pytest.fixture(scope="module")
                def breaks():
                    yield
                    raise ValueError("module")

                def test_it(breaks): pass
            """,
            "test_class.py": """
                class TestIt:
                    @pytest.fixture(scope="class")
                    def breaks(self):
                        yield
                        raise ValueError("class")

                    def test_it(self, breaks): pass
            """,
        },
        outcomes={
            "test_module.py::test_it": "error passed",
            "test_class.py::TestIt::test_it": "error passed",
        },
    ),
    Scenario(
        name="error_in_session_teardown",
        files="""
            @pytest.fixture(scope="session")
            def breaks():
                yield
                raise ValueError("session")

            def test_it(breaks): pass
        """,
        code=1,
        outcomes={"test_it": "error passed"},
        says=("E * ValueError: session", "*ERROR at teardown of test_it*"),
    ),
    Scenario(
        name="last_in_first_out",
        files="""
            @pytest.fixture
            def first(request):
                yield
                note("first")

            @pytest.fixture
            def second(first, request):
                request.addfinalizer(lambda: note("finalizer"))
                yield
                note("second")

            def test_it(second): note("test")

            @depends_on("test_it")
            def test_after():
                lines = (HERE / "log").read_text().split()
                assert lines == ["test", "second", "finalizer", "first"]
        """,
        outcomes={"test_it": "passed", "test_after": "passed"},
    ),
    Scenario(
        name="process_state",
        files="""
            @several
            def test_directory(n, tmp_path, monkeypatch):
                monkeypatch.chdir(tmp_path)
                monkeypatch.setenv("NUMBER", str(n))
                (tmp_path / "file").touch(exist_ok=False)
                assert os.listdir() == ["file"] and os.environ["NUMBER"] == str(n)

            @several
            def test_restored(n): assert "NUMBER" not in os.environ
        """,
        outcomes={
            f"{name}[{n}]": "passed"
            for name in ("test_directory", "test_restored")
            for n in range(6)
        },
    ),
    Scenario(
        name="state_in_a_chain",
        files="""
            found = []

            class TestSteps:
                def test_one(self): found.append(1)

                @depends_on("test_one")
                def test_two(self):
                    assert found == [1]
                    found.append(2)

                @depends_on("test_two")
                def test_three(self): assert found == [1, 2]
        """,
        outcomes={
            f"TestSteps::test_{name}": "passed" for name in ("one", "two", "three")
        },
    ),
)
