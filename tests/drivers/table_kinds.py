"""Kinds of tests: those of other frameworks, of other plugins, and of async code."""

from __future__ import annotations

from .scenario import Result, Scenario


def _each_has_its_setup(result: Result) -> None:
    assert sorted(result.lines_of("log")) == ["down"] * 6 + ["up"] * 6


KINDS = (
    Scenario(
        name="unittest_classes",
        files="""
            import unittest

            class TestCase(unittest.TestCase):
                @classmethod
                def setUpClass(cls): cls.up = [os.getpid()]

                @classmethod
                def tearDownClass(cls): note(f"down {cls.up.pop()}")

                def setUp(self): self.own = []

                def tearDown(self): note("test")

                def test_a(self): self.assertEqual(self.up, [os.getpid()])

                def test_b(self): self.assertEqual(self.own, [1])

                @unittest.skip("no")
                def test_c(self): pass

                @unittest.expectedFailure
                def test_d(self): self.fail()

            class TestBroken(unittest.TestCase):
                @classmethod
                def setUpClass(cls): raise ValueError

                def test_a(self): pass
        """,
        outcomes={
            "TestCase::test_a": "passed",
            "TestCase::test_b": "failed",
            "TestCase::test_c": "skipped",
            "TestCase::test_d": "xfailed",
            "TestBroken::test_a": "error",
        },
    ),
    Scenario(
        name="xunit",
        files="""
            up = []

            def setup_module(): up.append("module")

            def teardown_module(): up.clear()

            def setup_function(): note("up")

            def teardown_function(): note("down")

            @several
            def test_function(n): assert up == ["module"]

            class TestClass:
                def setup_method(self): self.own = True

                @several
                def test_method(self, n): assert self.own and up == ["module"]
        """,
        outcomes={
            **{f"test_function[{n}]": "passed" for n in range(6)},
            **{f"TestClass::test_method[{n}]": "passed" for n in range(6)},
        },
        check=_each_has_its_setup,
    ),
    Scenario(
        name="parameters",
        files="""
            @pytest.mark.parametrize("kind", ["a", "b"])
            def test_make(kind): assert kind == "a"

            @pytest.mark.parametrize("kind", ["a", "b"])
            @depends_on("test_make[{kind}]")
            def test_use(kind): pass

            @depends_on("test_make")
            def test_all(): pass
        """,
        outcomes={
            "test_make[a]": "passed",
            "test_make[b]": "failed",
            "test_use[a]": "passed",
            "test_use[b]": "skipped",
            "test_all": "skipped",
        },
    ),
    Scenario(
        name="subtests",
        files="""
            def test_many(subtests):
                for n in range(4):
                    with subtests.test("check", n=n):
                        assert n != 2

            @depends_on("test_many")
            def test_after(): pass

            def test_fine(subtests):
                with subtests.test("fine"):
                    pass
        """,
        says=("FAILED subtests/test_it.py::test_many - contains 1 failed subtest",),
        outcomes={
            "test_many": "failed failed",
            "test_after": "skipped",
            "test_fine": "passed",
        },
        needs=("_pytest.subtests",),
    ),
    Scenario(
        name="doctests",
        files={
            "test_page.txt": """
                >>> 1 + 1
                2
            """,
            "test_wrong.txt": """
                >>> print("doctests/", 1 + 1)
                doctests/ 3
            """,
        },
        outcomes={
            "test_page.txt::test_page.txt": "passed",
            "test_wrong.txt::test_wrong.txt": "failed",
        },
        # What was expected, and what it is.
        says=("    doctests/ 3", "    doctests/ 2"),
    ),
    Scenario(
        name="own_items",
        files={
            "conftest.py": """
                import pytest

                class Line(pytest.Item):
                    def runtest(self):
                        if self.name == "bad":
                            raise ValueError(self.name)

                    def repr_failure(self, excinfo):
                        return f"{self.nodeid}: {excinfo.value} is not good"

                    def reportinfo(self):
                        return self.path, 0, f"line {self.name}"

                class Lines(pytest.File):
                    def collect(self):
                        for name in self.path.read_text().split():
                            yield Line.from_parent(self, name=name)

                def pytest_collect_file(file_path, parent):
                    if file_path.suffix == ".lines":
                        return Lines.from_parent(parent, path=file_path)
            """,
            "all.lines": "good bad",
        },
        outcomes={"all.lines::good": "passed", "all.lines::bad": "failed"},
        says=("own_items/all.lines::bad: bad is not good",),
    ),
    Scenario(
        name="async_tests",
        files="""
            import asyncio

            import pytest_asyncio

            @pytest_asyncio.fixture
            async def value():
                await asyncio.sleep(0)
                yield 1
                await asyncio.sleep(0)

            @pytest.mark.asyncio
            async def test_own_loop(value): assert value == 1

            @pytest.mark.asyncio
            async def test_fails(value): assert value == 2

            loops = set()

            @pytest.mark.asyncio(loop_scope="module")
            @several
            async def test_shared_loop(n):
                loops.add(asyncio.get_running_loop())
                await asyncio.sleep(0)
                assert len(loops) == 1

            @depends_on("test_fails")
            @pytest.mark.asyncio
            async def test_after(): pass
        """,
        outcomes={
            "test_own_loop": "passed",
            "test_fails": "failed",
            **{f"test_shared_loop[{n}]": "passed" for n in range(6)},
            "test_after": "skipped",
        },
        needs=("pytest_asyncio.plugin",),
    ),
    Scenario(
        name="run_time_dependencies",
        files="""
            from pytest_phaserun import depends

            def test_waits(request): depends(request, ["test_passes"])

            def test_gives_up(request): depends(request, ["test_fails"])

            @pytest.mark.dependency()
            def test_passes(): pass

            @pytest.mark.dependency()
            def test_fails(): assert 0
        """,
        outcomes={
            "test_waits": "passed",
            "test_gives_up": "skipped",
            "test_passes": "passed",
            "test_fails": "failed",
        },
    ),
    Scenario(
        name="reruns",
        files="""
            @pytest.mark.flaky(reruns=2)
            def test_flaky():
                note("try", "tries")
                assert len((HERE / "tries").read_text().split()) == 2

            @pytest.mark.flaky(reruns=1)
            def test_bad(): assert 0

            @depends_on("test_flaky")
            def test_after(): pass
        """,
        code=1,
        outcomes={
            "test_flaky": "passed rerun",
            "test_bad": "failed rerun",
            "test_after": "passed",
        },
        needs=("pytest_rerunfailures",),
    ),
)
