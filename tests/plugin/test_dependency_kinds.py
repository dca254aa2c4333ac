"""How others must end: passed, failed or at all; all of them or one."""

from __future__ import annotations

import pytest

from .reading import errors, order, skip_reasons

at_every_concurrency = pytest.mark.parametrize("at_once", [1, 8])
in_every_schedule = pytest.mark.parametrize("schedule", ["batch", "phase", "graph"])

#: How a test can end, and with what.
ENDS = {
    "passed": "def test_db(): ...",
    "failed": "def test_db(): assert 0",
    "setup": "def test_db(nonsense): ...",
    "teardown": "def test_db(bad_teardown): ...",
    "timeout": "@pytest.mark.task(timeout=0.1)\n"
    "def test_db():\n    import threading; threading.Event().wait(9)",
    "skipped": "def test_db(): pytest.skip('today')",
    "xfailed": "@pytest.mark.xfail\ndef test_db(): assert 0",
    "blocked": "def test_root(): assert 0\n"
    "@pytest.mark.depends_on('test_root')\ndef test_db(): ...",
    "alone": "@pytest.mark.exclusive\ndef test_db(): assert 0",
}

#: For each the reason for which a test is skipped that runs only if it failed.
NOT_FAILED = {
    "passed": "runs only if test_it.py::test_db fails, and it passed",
    "skipped": "runs only if test_it.py::test_db fails, and it did not (skipped)",
    "xfailed": "runs only if test_it.py::test_db fails, and it did not (xfailed)",
    "blocked": "runs only if test_it.py::test_db fails, and it was blocked by "
    "test_it.py::test_root (failed)",
}

SUITE = """
import pytest

@pytest.fixture
def bad_teardown():
    yield
    raise RuntimeError

@pytest.mark.depends_on("test_db", {how})
def test_last(): ...

"""


@pytest.fixture
def run(pytester, phaserun):
    """Run one file with a test that depends on ``test_db``."""

    def run(how, end, at_once):
        pytester.makepyfile(test_it=SUITE.format(how=how) + ENDS[end])
        return phaserun("-v", "-rs", f"--phase-concurrency={at_once}")

    return run


@at_every_concurrency
@pytest.mark.parametrize("end", ENDS)
def test_test_for_the_end_runs_after_whatever_came_of_the_other(run, end, at_once):
    result = run("when='finished'", end, at_once)

    result.stdout.fnmatch_lines(["*::test_last PASSED*"])
    lines = [each for each in order(result) if each in ("test_db", "test_last")]
    assert lines[-1] == "test_last"


@at_every_concurrency
@pytest.mark.parametrize("end", ENDS)
def test_test_for_a_failure_runs_only_after_one(run, end, at_once):
    result = run("when='failed'", end, at_once)

    if end in NOT_FAILED:
        assert NOT_FAILED[end] in skip_reasons(result)
    else:
        result.stdout.fnmatch_lines(["*::test_last PASSED*"])


ANY = """
import pytest

@pytest.fixture
def costly():
    raise RuntimeError("a fixture of a blocked test was set up")

@pytest.mark.depends_on("test_a", "test_b", require="any"{when})
def test_last({fixture}): ...

def test_a(): {a}

def test_b(): {b}
"""
PASS, FAIL = "pass", "assert 0"


@at_every_concurrency
@pytest.mark.parametrize(("a", "b"), [(PASS, FAIL), (FAIL, PASS), (PASS, PASS)])
def test_any_of_several_is_enough(pytester, phaserun, a, b, at_once):
    pytester.makepyfile(test_it=ANY.format(when="", fixture="", a=a, b=b))

    result = phaserun("-v", f"--phase-concurrency={at_once}")

    result.stdout.fnmatch_lines(["*::test_last PASSED*"])


@at_every_concurrency
def test_none_of_any_blocks_before_fixtures_and_tells_all(pytester, phaserun, at_once):
    suite = ANY.format(when="", fixture="costly", a=FAIL, b="pytest.skip('x')")
    pytester.makepyfile(test_it=suite)

    result = phaserun("-rs", f"--phase-concurrency={at_once}")

    assert (
        "depends on any of test_it.py::test_a and test_it.py::test_b; none passed: "
        "test_it.py::test_a (failed), test_it.py::test_b (skipped)"
    ) in skip_reasons(result)


@at_every_concurrency
def test_failure_of_any_is_enough_for_who_waits_for_one(pytester, phaserun, at_once):
    when = ", when='failed'"
    pytester.makepyfile(
        test_it=ANY.format(when=when, fixture="", a=PASS, b=FAIL),
        test_no=ANY.format(when=when, fixture="costly", a=PASS, b=PASS),
    )

    result = phaserun("-v", "-rs", f"--phase-concurrency={at_once}")

    result.stdout.fnmatch_lines(["test_it.py::test_last PASSED*"])
    assert skip_reasons(result) == [
        "runs only if any of test_no.py::test_a and test_no.py::test_b fails; "
        "none did: test_no.py::test_a (passed), test_no.py::test_b (passed)"
    ]


@pytest.mark.parametrize("name", ["test_many", "TestMany", "many*", "test_more.py"])
def test_any_of_a_name_of_several_tests_is_any_of_these(pytester, phaserun, name):
    pytester.makepyfile(
        test_it=f"""
        import pytest

        @pytest.mark.depends_on({name!r}, require="any")
        def test_last(): ...

        @pytest.mark.task("many-1")
        @pytest.mark.parametrize("n", range(4))
        def test_many(n): assert n == 2

        class TestMany:
            def test_a(self): assert 0
            def test_b(self): ...
        """,
        test_more="""
        def test_a(): ...
        def test_b(): assert 0
        """,
    )

    result = phaserun("-v", "--phase-concurrency=1")

    result.stdout.fnmatch_lines(["*::test_last PASSED*"])


def test_marks_of_several_kinds_must_all_come_true(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.depends_on("test_good")
        class TestLast:
            @pytest.mark.depends_on("test_bad", when="failed")
            @pytest.mark.depends_on("test_bad", "test_good", require="any")
            def test_runs(self): ...

            @pytest.mark.depends_on("test_bad", when="finished")
            @pytest.mark.depends_on("test_good", when="failed")
            def test_does_not(self): ...

        def test_good(): ...
        def test_bad(): assert 0
        """
    )

    result = phaserun("-v", "-rs")

    result.stdout.fnmatch_lines(["*::test_runs PASSED*"])
    assert skip_reasons(result) == [
        "runs only if test_it.py::test_good fails, and it passed"
    ]


@in_every_schedule
@at_every_concurrency
def test_clean_up_runs_after_a_blocked_chain(pytester, phaserun, at_once, schedule):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on("test_order", when="finished")
        def test_clean_up(): ...

        @pytest.mark.depends_on("test_clean_up")
        def test_behind(): ...

        @pytest.mark.depends_on("test_login")
        def test_order(): ...

        def test_login(): assert 0
        """
    )

    result = phaserun(
        "-v", f"--phase-concurrency={at_once}", f"--phase-schedule={schedule}"
    )

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    assert order(result)[-2:] == ["test_clean_up", "test_behind"]


def test_selected_test_pulls_in_what_it_depends_on_in_any_way(pytester, phaserun):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.depends_on("test_end", when="finished")
        @pytest.mark.depends_on("test_fail", when="failed")
        @pytest.mark.depends_on("test_one", "test_two", require="any")
        def test_last(): ...

        def test_end(): assert 0
        def test_fail(): assert 0
        def test_one(): assert 0
        def test_two(): ...
        def test_other(): ...
        """
    )

    result = phaserun("-k", "test_last")

    result.assert_outcomes(passed=2, failed=3, deselected=1)


@pytest.mark.parametrize("kind", ["when='finished'", "when='failed'", "require='any'"])
def test_cycle_of_any_kind_is_one(pytester, phaserun, kind):
    pytester.makepyfile(
        test_it=f"""
        import pytest

        @pytest.mark.depends_on("test_b", "test_c", {kind})
        def test_a(): ...

        @pytest.mark.depends_on("test_a")
        def test_b(): ...

        def test_c(): ...
        """
    )

    result = phaserun()

    assert errors(result) == [
        "cycle: test_it.py::test_a -> test_it.py::test_b -> test_it.py::test_a "
        "(test_it.py:3, test_it.py:6); remove one of these dependencies"
    ]


def test_plan_tells_every_kind(pytester, phaserun):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.depends_on("test_a")
        @pytest.mark.depends_on("test_b", when="finished")
        @pytest.mark.depends_on("test_a", "test_b", require="any", when="failed")
        @pytest.mark.resource("disk")
        @pytest.mark.resource("database", mode="read")
        def test_last(): ...

        def test_a(): ...
        def test_b(): ...
        """
    )

    result = phaserun("--phase-explain=test_last")

    result.stdout.fnmatch_lines(
        [
            "test_it.py::test_last",
            "  if any of test_it.py::test_a, test_it.py::test_b fails",
            "  after test_it.py::test_b has ended",
            "  after test_it.py::test_a",
            "  shares database",
            "  holds disk",
            "  runs beside others",
        ],
        consecutive=False,
    )
