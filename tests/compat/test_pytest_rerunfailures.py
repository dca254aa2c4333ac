"""Reruns of pytest-rerunfailures: the outcomes and counts are those of plain pytest."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

pytest.importorskip("pytest_rerunfailures")

#: What inner modules import. ``fails`` fails so many times, then passes.
FLAKY = """
    import collections
    import threading

    _lock = threading.Lock()
    _tries = collections.Counter()
    seen = []

    def fails(times, name="it"):
        with _lock:
            _tries[name] += 1
            attempt = _tries[name]
        seen.append(f"{name}:{attempt}")
        if attempt <= times:
            raise ValueError(f"{name} fails in attempt {attempt}")
"""

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
            def setUp(self): fails(1, "setup")
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
        @pytest.mark.parametrize("n", range(2))
        def test_a(n): fails(9, n)

        @pytest.mark.parametrize("n", range(8))
        @pytest.mark.depends_on("test_a", when="finished")
        def test_b(n): ...
        """.replace(', when="finished"', ""),
        "--reruns=1",
        "--maxfail=2",
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


@pytest.fixture
def run(pytester, phaserun):
    """Run a suite that has ``fails`` of ``FLAKY``, with phases or without."""
    pytester.makepyfile(flaky=FLAKY)
    pytester.makeini(
        "[pytest]\nmarkers =\n  exclusive\n  depends_on\n"
        "asyncio_default_fixture_loop_scope = function\n"
    )

    def run(suite, *arguments, at_once=8):
        pytester.makepyfile(test_it="import pytest\nfrom flaky import fails, seen\n")
        with pytester.path.joinpath("test_it.py").open("a") as file:
            from textwrap import dedent

            file.write(dedent(suite))
        options = ["-p", "pytest_rerunfailures", "-rR", *arguments]
        if at_once:
            return phaserun(f"--phase-concurrency={at_once}", *options)
        return phaserun.plain(*(o for o in options if "phase-" not in o))

    return run


def facts(result):
    """Return what must not differ: counts, exit code, and who was run again."""
    reruns = sorted(re.findall("^RERUN .*", str(result.stdout), re.MULTILINE))
    return result.parseoutcomes(), int(result.ret), reruns


@pytest.mark.parametrize("at_once", [1, 8])
@pytest.mark.parametrize("name", SCENARIOS)
def test_outcomes_and_reruns_are_those_of_plain_pytest(run, name, at_once):
    for argument in SCENARIOS[name]:
        if "asyncio" in argument:
            pytest.importorskip("pytest_asyncio")
        if "xdist" in argument:
            pytest.importorskip("xdist")
    plain = run(*SCENARIOS[name], at_once=0)

    phased = run(*SCENARIOS[name], at_once=at_once)

    assert facts(phased) == facts(plain)
