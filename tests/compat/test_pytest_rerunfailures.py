"""Reruns of pytest-rerunfailures: the outcomes and counts are those of plain pytest."""

from __future__ import annotations

import re
from textwrap import dedent
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
    """Run a suite that has ``fails`` of ``FLAKY``, with phases or without."""
    pytester.makepyfile(flaky=FLAKY)
    pytester.makeini("[pytest]\nmarkers =\n  exclusive\n  depends_on\n")

    def run(suite, *arguments, at_once=8, apart=False):
        imports = "import threading\nimport pytest\nfrom flaky import fails, seen\n"
        pytester.makepyfile(test_it=imports + dedent(suite))
        options = ["-p", "pytest_rerunfailures", "-rR", *arguments]
        if not at_once:
            return phaserun.plain(*(o for o in options if "phase-" not in o))
        start = phaserun.apart if apart else phaserun
        return start(f"--phase-concurrency={at_once}", *options)

    return run


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
        return sorted((each.get("name"), *(c.tag for c in each)) for each in found)

    assert cases(at_once=8) == cases(at_once=1) == cases(at_once=0)


# Dependencies


@pytest.mark.parametrize("at_once", [1, 8])
def test_dependents_wait_for_the_last_attempt(run, at_once):
    result = run(
        """
        def test_a(): fails(2, "a")

        @pytest.mark.depends_on("test_a")
        def test_b():
            assert seen.count("a:3") == 1
            fails(1, "b")

        @pytest.mark.depends_on("test_b")
        def test_c():
            assert seen == ["a:1", "a:2", "a:3", "b:1", "b:2"]
        """,
        "--reruns=2",
        at_once=at_once,
    )

    assert result.parseoutcomes() == {"passed": 3, "rerun": 3}


@pytest.mark.parametrize("at_once", [1, 8])
def test_dependents_of_what_fails_in_all_attempts_are_blocked(run, at_once):
    result = run(
        """
        def test_a(): fails(99)

        @pytest.mark.depends_on("test_a")
        def test_b(): ...
        """,
        "--reruns=2",
        at_once=at_once,
    )

    assert result.parseoutcomes() == {"failed": 1, "skipped": 1, "rerun": 2}


def test_dependents_of_what_failed_in_subtests_at_first_run(run):
    pytest.importorskip("_pytest.subtests")

    result = run(
        """
        def test_a(subtests):
            with subtests.test("flaky"): fails(1)

        @pytest.mark.depends_on("test_a")
        def test_b(): ...
        """,
        "--reruns=1",
        "--phase-confirm=off",
    )

    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 2
    assert "failed" not in outcomes


# Beside others


def test_attempts_run_in_place_beside_others(run):
    result = run(
        """
        both = threading.Barrier(2)

        @pytest.mark.flaky(reruns=1)
        def test_flaky():
            both.wait(20)
            fails(1)

        def test_other():
            both.wait(20)
            both.wait(20)
        """,
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 1}


def test_class_fixture_stays_up_between_attempts(run):
    result = run(
        """
        made = []

        @pytest.fixture(scope="class")
        def thing():
            made.append("up")
            yield
            made.append("down")

        class TestIt:
            def test_flaky(self, thing): fails(2)

        @pytest.mark.depends_on("TestIt")
        def test_down():
            assert made == ["up", "down"]
        """,
        "--reruns=2",
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 2}


def test_what_is_wider_comes_down_with_the_attempt_that_proves_to_be_the_last(
    run, pytester
):
    result = run(
        """
        @pytest.fixture(scope="class")
        def wide():
            yield
            with open("down", "a") as file: file.write(threading.current_thread().name)

        class TestIt:
            @pytest.fixture
            def own(self):
                yield
                raise RuntimeError("no more attempts")

            def test_it(self, wide, own): fails(9)
        """,
        "--reruns=2",
        "--rerun-except=RuntimeError",
        "--phase-confirm=off",
    )

    assert result.parseoutcomes() == {"failed": 1, "errors": 1}
    assert pytester.path.joinpath("down").read_text() == "phaserun-slot-0"


def test_fixture_that_failed_is_made_anew_by_whoever_needs_it_next(run):
    result = run(
        """
        waiting = threading.Event()

        @pytest.fixture(scope="module")
        def thing():
            seen.append("made")
            if len(seen) == 1:
                waiting.wait(20)
                raise ValueError("the first time")

        @pytest.mark.flaky(reruns=1)
        def test_first(thing): ...

        def test_other(request):
            while not seen: pass
            threading.Timer(0.1, waiting.set).start()
            request.getfixturevalue("thing")
        """,
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 1}


def test_fixture_that_timed_out_is_made_anew_by_the_next_attempt(run):
    result = run(
        """
        import itertools

        @pytest.fixture(scope="module")
        def thing():
            if len(seen) < 1:
                seen.append("hangs")
                for _ in itertools.count(): ...

        @pytest.mark.parametrize("n", range(4))
        def test_it(thing, n): ...
        """,
        "--reruns=1",
        "--phase-timeout=1",
        apart=True,
    )

    outcomes = result.parseoutcomes()
    assert outcomes.pop("rerun") >= 1
    assert outcomes == {"passed": 4}


# Confirmation


def test_what_fails_in_all_attempts_is_confirmed_by_one_more_alone(run):
    result = run(
        """
        def test_it(): fails(99)

        """,
        "--reruns=2",
    )

    assert result.parseoutcomes() == {"failed": 1, "rerun": 2}
    result.stdout.fnmatch_lines(["*ValueError: it fails in attempt 3"])
    result.stdout.no_fnmatch_line("*attempt 4*")


def test_confirmation_is_a_single_attempt(run, pytester):
    run(
        """
        def test_it():
            with open("attempts", "a") as file: file.write(".")
            fails(99)
        """,
        "--reruns=2",
    )

    assert pytester.path.joinpath("attempts").read_text() == "...."


def test_what_fails_beside_others_and_passes_alone_has_no_reruns(run):
    result = run(
        """
        def test_it():
            assert "slot" not in threading.current_thread().name
        """,
        "--reruns=2",
        "--fail-on-flaky",
    )

    assert result.parseoutcomes() == {"passed": 1}
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*PASSED ONLY ALONE*"])


def test_teardown_of_what_is_wider_is_reported_once(run):
    result = run(
        """
        @pytest.fixture(scope="module")
        def thing():
            yield
            raise RuntimeError("in the module's teardown")

        def test_it(thing): fails(99)
        """,
        "--reruns=2",
    )

    assert result.parseoutcomes() == {"failed": 1, "errors": 1, "rerun": 2}


# Limits

HANGS = """
    import itertools

    def hang():
        for _ in itertools.count(): ...
"""


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_every_attempt_has_the_limit_anew(run, alone):
    result = run(
        dedent(HANGS)
        + dedent(
            f"""
            {alone}
            def test_it():
                threading.Event().wait(0.4)
                fails(2)

            {alone}
            def test_hung_at_first():
                seen.append("hung")
                if seen.count("hung") == 1: hang()
            """
        ),
        "--reruns=2",
        "--phase-timeout=0.7",
        apart=True,
    )

    assert result.parseoutcomes() == {"passed": 2, "rerun": 3}


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_what_hangs_in_all_attempts_times_out(run, alone):
    result = run(
        dedent(HANGS) + f"{alone}\ndef test_it(): hang()\n",
        "--reruns=1",
        "--phase-timeout=0.3",
        apart=True,
    )

    assert result.parseoutcomes() == {"timeout": 1, "rerun": 1}


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_delays_between_attempts_do_not_count(run, alone):
    result = run(
        f"{alone}\ndef test_it(): fails(1)",
        "--reruns=1",
        "--reruns-delay=0.6",
        "--phase-timeout=0.3",
        apart=True,
    )

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_deadline_of_the_run_cuts_a_delay_short(run, alone):
    result = run(
        f"{alone}\ndef test_it(): fails(99)",
        "--reruns=5",
        "--reruns-delay=1000",
        "--phase-deadline=1",
        apart=True,
    )

    assert "timeout" in result.parseoutcomes() or "failed" in result.parseoutcomes()
    assert result.parseoutcomes()["rerun"] == 1


@pytest.mark.parametrize("alone", ["", "@pytest.mark.exclusive"])
def test_interrupt_cuts_a_delay_short(run, alone):
    result = run(
        f"""
        import os, signal

        {alone}
        def test_it():
            threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
            fails(99)
        """,
        "--reruns=5",
        "--reruns-delay=1000",
        "--phase-detect=off",
        apart=True,
    )

    assert result.ret == pytest.ExitCode.INTERRUPTED
