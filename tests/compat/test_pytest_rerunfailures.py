"""Reruns of pytest-rerunfailures: the outcomes and counts are those of plain pytest."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from .flaky import FlakyRuns

pytest.importorskip("pytest_rerunfailures")

#: Suites by what is flaky in them, with the arguments they are run with.
SCENARIOS = {
    "nothing": ("def test_it(): ...", "--reruns=2"),
    "call": ("def test_it(): fails(2)", "--reruns=2"),
    "call, exhausted": ("def test_it(): fails(9)", "--reruns=2"),
    "mark": (
        """
        @pytest.mark.flaky(reruns=2, reruns_delay=0.01)
        def test_it(): fails(1)

        def test_not_marked(): fails(1, "not marked")
        """,
        "--phase-confirm=off",
    ),
    "ini": ("def test_it(): fails(1)", "-oreruns=1"),
    "forced": (
        """
        @pytest.mark.flaky(reruns=0)
        def test_it(): fails(1)
        """,
        "--force-reruns=1",
    ),
    "condition": (
        """
        @pytest.mark.flaky(reruns=2, condition=False)
        def test_false(): fails(9, "false")

        @pytest.mark.flaky(reruns=2, condition="'attempt' in str(error)")
        def test_true(): fails(1, "true")
        """,
    ),
    "only some errors": (
        """
        def test_it(): fails(1)
        def test_other(): assert not "an assertion"
        """,
        "--reruns=2",
        "--only-rerun=ValueError",
    ),
    "all but some errors": (
        """
        @pytest.mark.flaky(reruns=2, rerun_except="Assertion")
        def test_other(): assert not "an assertion"
        @pytest.mark.flaky(reruns=2, rerun_except="Assertion")
        def test_it(): fails(1)
        """,
    ),
    "a path left out": (
        "def test_it(): fails(9)",
        "--reruns=2",
        "--rerun-exclude-path=test_it.py",
    ),
    "flaky counts": ("def test_it(): fails(1)", "--reruns=2", "--fail-on-flaky"),
    "setup": (
        """
        @pytest.fixture
        def thing():
            fails(1)
            yield 1
            seen.append("down")

        def test_it(thing): ...
        """,
        "--reruns=2",
    ),
    "setup, exhausted": (
        """
        @pytest.fixture
        def thing(): fails(9)

        def test_it(thing): ...
        """,
        "--reruns=2",
    ),
    "teardown": (
        """
        @pytest.fixture
        def thing():
            yield 1
            fails(1)

        def test_it(thing): ...
        """,
        "--reruns=2",
    ),
    "teardown, exhausted": (
        """
        @pytest.fixture
        def thing():
            yield 1
            fails(9)

        def test_it(thing): ...
        """,
        "--reruns=2",
    ),
    "call and teardown": (
        """
        @pytest.fixture
        def thing():
            yield 1
            fails(2, "teardown")

        def test_it(thing): fails(1)
        """,
        "--reruns=3",
    ),
    "module fixture": (
        """
        @pytest.fixture(scope="module")
        def thing():
            fails(1)
            yield 1
            seen.append("down")

        @pytest.mark.parametrize("n", range(8))
        def test_it(thing, n): ...
        """,
        "--reruns=2",
    ),
    "what uses a module fixture": (
        """
        @pytest.fixture(scope="module")
        def thing():
            seen.append("up")
            yield []
            seen.append("down")

        @pytest.mark.parametrize("n", range(8))
        def test_it(thing, n): fails(n % 3, n)

        def test_once():
            assert seen.count("up") == 1
        """,
        "--reruns=2",
    ),
    "class fixture": (
        """
        class TestIt:
            @pytest.fixture(scope="class")
            def thing(self):
                fails(1)
                return 1

            @pytest.mark.parametrize("n", range(8))
            def test_it(self, thing, n): ...

            @pytest.mark.parametrize("n", range(8))
            def test_flaky(self, thing, n): fails(1, n)

            def test_bad(self, thing): fails(9, "bad")
        """,
        "--reruns=2",
    ),
    "instance": (
        """
        class TestIt:
            def test_it(self):
                assert not hasattr(self, "touched")
                self.touched = True
                fails(1)
        """,
        "--reruns=2",
    ),
    "setup of a class": (
        """
        class TestIt:
            @classmethod
            def setup_class(cls): fails(1)
            def test_it(self): ...
            def test_other(self): ...
        """,
        "--reruns=2",
    ),
    "parameters": (
        """
        @pytest.mark.parametrize("n", range(16))
        def test_it(n): fails(n % 4 and 1 + n % 2, n)

        @pytest.mark.parametrize("n", range(3))
        def test_bad(n): fails(99, f"bad {n}")
        """,
        "--reruns=2",
    ),
    "unittest": (
        """
        import unittest

        class TestIt(unittest.TestCase):
            def setUp(self): fails(1, self.id())
            def test_it(self): fails(1)
            def test_other(self): fails(9, "other")
        """,
        "--reruns=2",
    ),
    "expected failures": (
        """
        @pytest.mark.xfail
        def test_it(): fails(9)

        @pytest.mark.xfail(strict=True)
        def test_passes(): ...

        def test_skipped(): pytest.skip("no")
        """,
        "--reruns=1",
    ),
    "asyncio": (
        """
        import asyncio

        @pytest.fixture
        async def thing():
            await asyncio.sleep(0)
            fails(1, "fixture")
            return 1

        @pytest.mark.asyncio
        @pytest.mark.parametrize("n", range(8))
        async def test_it(n):
            await asyncio.sleep(0)
            fails(n % 3, n)

        import pytest_asyncio
        thing = pytest_asyncio.fixture(thing.__wrapped__)

        @pytest.mark.asyncio(loop_scope="module")
        async def test_shared(): fails(1, "shared")

        @pytest.mark.asyncio
        async def test_fixture(thing): ...
        """,
        "--reruns=2",
        "-ppytest_asyncio.plugin",
        "-oasyncio_default_fixture_loop_scope=function",
    ),
    "the first failure ends the run": (
        """
        def test_a(): fails(2, "a")
        def test_b(): fails(9, "b")
        """,
        "--reruns=2",
        "-x",
    ),
    "the second failure ends the run": (
        """
        def test_a(): fails(9, "a")
        def test_b(): fails(9, "b")
        """,
        "--reruns=1",
        "--maxfail=2",
    ),
    "the whole run has so many attempts": (
        """
        @pytest.mark.parametrize("n", range(8))
        def test_it(n): fails(99, n)
        """,
        "--reruns=2",
        "--max-suite-reruns=3",
    ),
    "alone": (
        """
        @pytest.mark.exclusive
        def test_it(): fails(1)

        @pytest.mark.exclusive
        def test_other(): fails(9, "other")
        """,
        "--reruns=2",
    ),
    "with xdist": ("def test_it(): fails(1)", "--reruns=2", "-pxdist.plugin"),
}

SUBTESTS = {
    "subtests": (
        """
        def test_it(subtests):
            with subtests.test("good"): ...
            with subtests.test("flaky"): fails(1)

        def test_bad(subtests):
            with subtests.test("bad"): fails(9, "bad")
        """,
        "--reruns=2",
    ),
}
if pytest.version_tuple >= (9, 0):
    SCENARIOS.update(SUBTESTS)


#: Whose attempt fails at a fixture that several tests use is left to chance.
WIDE = {"class fixture", "module fixture", "setup of a class"}
CHANCE = {*WIDE, "the whole run has so many attempts"}


@pytest.fixture
def run(pytester, phaserun):
    return FlakyRuns(pytester, phaserun)


def facts(result, *, names=True):
    """Return what must not differ: counts, exit code, and who was run again."""
    reruns = sorted(re.findall("^RERUN .*", str(result.stdout), re.MULTILINE))
    return result.parseoutcomes(), int(result.ret), reruns if names else len(reruns)


@pytest.mark.parametrize("name", SCENARIOS)
def test_outcomes_and_reruns_are_those_of_plain_pytest(run, name):
    suite, *arguments = SCENARIOS[name]
    for argument in arguments:
        if argument.startswith("-p"):
            pytest.importorskip(argument[2:].partition(".")[0])
    plain = run(suite, *arguments, at_once=0)

    phased = [run(suite, *arguments, at_once=n) for n in (1, 8)]

    names = name not in CHANCE
    expected = facts(plain, names=names)
    assert [facts(each, names=names) for each in phased] == [expected, expected]


def test_cases_in_the_junit_file_are_those_of_plain_pytest(run, pytester):
    suite = """
        @pytest.fixture
        def thing():
            yield 1
            fails(1, "teardown")

        def test_teardown(thing): ...
        def test_good(): ...
        def test_flaky(): fails(1)
        def test_bad(): fails(9, "bad")
    """

    def cases(at_once):
        run(suite, "--reruns=1", "--junit-xml=it.xml", at_once=at_once)
        found = ElementTree.parse(pytester.path / "it.xml").iter("testcase")
        # Beside others tests have properties that say where they ran.
        return sorted(
            (case.get("name"), *(part.tag for part in case if part.tag != "properties"))
            for case in found
        )

    assert cases(at_once=8) == cases(at_once=1) == cases(at_once=0)
