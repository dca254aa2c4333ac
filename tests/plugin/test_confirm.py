"""A test that fails beside others is run again alone before its failure counts."""

from __future__ import annotations

import sys

import pytest

from .reading import order, section, skip_reasons

#: Tests that fail unless they are in the main thread, as one that runs alone is.
SHY = """
    import threading

    import pytest

    def is_alone():
        return threading.current_thread() is threading.main_thread()
"""


@pytest.fixture
def shy(pytester, phaserun):
    """Run inner tests that can ask whether they are alone."""

    def run(source, *arguments):
        pytester.makepyfile(shy=SHY)
        pytester.makepyfile(test_it="from shy import *\n" + source)
        return phaserun(*arguments)

    return run


def test_test_that_passes_alone_passes(shy):
    result = shy("def test_a(): assert is_alone()\ndef test_b(): ...", "-v")

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "test_it.py::test_a PASSED ALONE *",
            "* PASSED ONLY ALONE *",
            "_* test_it.py::test_a _*",
            "E   assert False",
            "phaserun: 1 test will run alone from the next run on",
            "phaserun: *, 1 passed only alone",
        ]
    )


def test_test_that_fails_again_fails_once_with_its_first_report(shy):
    result = shy(
        """
runs = []

def test_a():
    runs.append(1)
    print("run", len(runs))
    assert 0

def test_b(): ...
"""
    )

    result.assert_outcomes(failed=1, passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert section(result, "Captured stdout call") == ["run 1"]
    result.stdout.no_fnmatch_line("*passed only alone*")


def test_report_of_the_run_that_counts_tells_nothing_of_the_other_one(shy, pytester):
    result = shy(
        """
def test_a(record_property, request):
    record_property("alone", is_alone())
    print("alone:", is_alone())
    assert is_alone()
""",
        "-rP",
        "-ojunit_family=xunit1",
        "--junit-xml=out.xml",
    )

    result.assert_outcomes(passed=1)
    assert section(result, "Captured stdout call")[0] == "alone: True"
    result.stdout.no_fnmatch_line("alone: False")
    assert '"alone" value="True"' in (pytester.path / "out.xml").read_text()
    assert '"alone" value="False"' not in (pytester.path / "out.xml").read_text()


def test_each_test_is_reported_once(shy, pytester):
    pytester.makeconftest(
        """
        calls = []

        def pytest_runtest_logstart(nodeid): calls.append(("start", nodeid))
        def pytest_runtest_logreport(report): calls.append((report.when, report.nodeid))
        def pytest_runtest_logfinish(nodeid): calls.append(("finish", nodeid))
        def pytest_sessionfinish():
            print()
            for call in calls:
                print(*call)
        """
    )

    result = shy("def test_a(): assert is_alone()\ndef test_b(): assert 0", "-s")

    said = [line for line in result.stdout.lines if "test_it.py::test_" in line]
    stages = ["start", "setup", "call", "teardown", "finish"]
    for name in ("test_it.py::test_a", "test_it.py::test_b"):
        assert [f"{stage} {name}" for stage in stages] == [
            line for line in said if line.endswith(name) and line.count(" ") == 1
        ]


def test_dependents_wait_until_it_is_known_whether_the_failure_counts(shy):
    result = shy(
        """
done = []

@pytest.mark.task("shy")
def test_a(): assert is_alone()

@pytest.mark.depends_on("shy")
def test_b(): ...

@pytest.mark.task("bad")
def test_c(): assert 0

@pytest.mark.depends_on("bad")
def test_d(): ...
""",
        "-v",
        "-rs",
    )

    result.assert_outcomes(passed=2, failed=1, skipped=1)
    names = order(result)
    assert names.index("test_a") < names.index("test_b")
    assert skip_reasons(result) == ["depends on test_it.py::test_c (failed)"]


def test_wide_fixtures_stay_up_for_the_second_run(shy):
    result = shy(
        """
log = []

@pytest.fixture(scope="module")
def db():
    log.append("up")
    yield
    log.append("down")

def test_a(db):
    assert is_alone()
    assert log == ["up"]

def test_b(db): ...

@pytest.mark.depends_on("test_a", "test_b")
def test_c(): assert log == ["up"]
"""
    )

    result.assert_outcomes(passed=3)


def test_wide_fixtures_go_down_after_a_failure_that_is_believed(shy):
    result = shy(
        """
@pytest.fixture(scope="module")
def db():
    yield
    print("db is down")

@pytest.mark.parametrize("n", range(8))
def test_a(db, n): assert 0
""",
        "-s",
        "--phase-concurrency=8",
    )

    result.assert_outcomes(failed=8)
    assert result.stdout.str().count("db is down") == 1


def test_wide_fixture_that_failed_beside_others_is_tried_once_more(shy):
    result = shy(
        """
@pytest.fixture(scope="session")
def shy():
    assert is_alone()
    return "ready"

@pytest.mark.parametrize("n", range(3))
def test_a(shy, n): assert shy == "ready"
"""
    )

    result.assert_outcomes(passed=3)


def test_wide_fixture_that_fails_again_is_tried_no_more(shy):
    result = shy(
        """
tries = []

@pytest.fixture(scope="session")
def bad():
    tries.append(1)
    raise RuntimeError(f"try {len(tries)}")

@pytest.mark.parametrize("n", range(3))
def test_a(bad, n): ...

@pytest.mark.exclusive
def test_b(): assert len(tries) == 2
"""
    )

    result.assert_outcomes(errors=3, passed=1)


def test_setup_of_a_module_that_failed_beside_others_is_tried_once_more(shy):
    result = shy(
        """
def setup_module(): assert is_alone()
def test_a(): ...
def test_b(): ...
"""
    )

    result.assert_outcomes(passed=2)


def test_second_run_has_an_instance_of_its_own(shy):
    result = shy(
        """
class TestIt:
    used = False

    def test_a(self):
        assert not self.used
        self.used = True
        assert is_alone()
"""
    )

    result.assert_outcomes(passed=1)


def test_second_run_of_a_unittest_case_is_like_the_first(shy):
    result = shy(
        """
import unittest

class TestIt(unittest.TestCase):
    def setUp(self): self.value = 1

    def test_a(self):
        self.value += 1
        self.assertEqual(self.value, 2)
        self.assertTrue(is_alone())
"""
    )

    result.assert_outcomes(passed=1)


def test_mark_added_in_the_first_run_is_forgotten(shy):
    result = shy(
        """
def test_a(request):
    if not is_alone():
        request.node.add_marker(pytest.mark.skip(reason="left over"))
    assert is_alone()
"""
    )

    result.assert_outcomes(passed=1)


def test_failure_in_teardown_is_confirmed_too(shy):
    result = shy(
        """
@pytest.fixture
def shy():
    yield
    assert is_alone()

def test_a(shy): ...
"""
    )

    result.assert_outcomes(passed=1)


def test_timeout_is_not_run_again(shy):
    result = shy(
        """
import itertools

runs = []

def test_a():
    runs.append(1)
    for _ in itertools.count():
        pass

@pytest.mark.exclusive
def test_b(): assert len(runs) == 1
""",
        "--phase-timeout=0.2",
    )

    result.stdout.fnmatch_lines(["*1 passed, 1 timeout in *"])


def test_first_failure_that_counts_ends_the_run_when_asked(shy):
    result = shy(
        """
both = threading.Barrier(2)

def test_a():
    if not is_alone():
        both.wait(10)
    assert is_alone()

def test_b():
    if not is_alone():
        both.wait(10)
    assert 0

def test_c(): ...
""",
        "-x",
        "-v",
        "--phase-concurrency=2",
    )

    result.assert_outcomes(passed=1, failed=1)
    assert order(result) == ["test_a", "test_b"]
    result.stdout.fnmatch_lines(["phaserun: *, 1 test not run*"])


def test_when_the_first_failures_were_all_real_the_rest_is_believed(shy):
    result = shy(
        """
runs = []

@pytest.mark.parametrize("n", range(8))
def test_a(n):
    runs.append(n)
    assert 0

@pytest.mark.exclusive
def test_b(): assert len(runs) == 8 + 5
""",
        "--phase-concurrency=8",
    )

    result.assert_outcomes(failed=8, passed=1)
    result.stdout.fnmatch_lines(
        ["phaserun: *, 3 failures taken as real without a second run"]
    )


def test_failure_of_a_test_alone_is_not_confirmed(shy):
    result = shy(
        """
runs = []

@pytest.mark.exclusive
def test_a():
    runs.append(1)
    assert 0

@pytest.mark.exclusive
def test_b(): assert len(runs) == 1
"""
    )

    result.assert_outcomes(failed=1, passed=1)


@pytest.mark.parametrize("option", ["--phase-confirm=off", "-ophase_confirm=off"])
def test_it_can_be_switched_off(shy, option):
    result = shy("def test_a(): assert is_alone()\ndef test_b(): ...", option)

    result.assert_outcomes(passed=1, failed=1)


def test_strict_counts_a_failure_that_does_not_come_again(shy):
    result = shy("def test_a(): assert is_alone()\ndef test_b(): ...", "--phase-strict")

    result.assert_outcomes(passed=1, failed=1)
    assert section(result, "phaserun") == [
        "The test passed when it was run again alone. With --phase-strict its failure"
        " beside others counts."
    ]
    result.stdout.fnmatch_lines(["phaserun: *, 1 failed only beside others"])


def test_test_that_passed_only_alone_starts_alone_in_the_next_run(shy, phaserun):
    shy("def test_a(): assert is_alone()\ndef test_b(): ...")

    result = phaserun("-v")

    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*PASSED ALONE*")
    result.stdout.fnmatch_lines(["phaserun: 1 alone: an earlier run (1)"])


def test_nothing_is_remembered_without_the_cache(shy, phaserun):
    first = shy("def test_a(): assert is_alone()", "-p", "no:cacheprovider")

    result = phaserun("-v", "-p", "no:cacheprovider")

    first.stdout.no_fnmatch_line("*from the next run on")
    result.stdout.fnmatch_lines(["*PASSED ALONE*"])


def test_interrupted_second_run_lets_the_failure_stand(shy):
    result = shy(
        """
def test_a():
    if is_alone():
        raise KeyboardInterrupt
    assert 0

def test_b(): ...
"""
    )

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(passed=1, failed=1)


def test_failure_is_reported_when_something_else_interrupts_the_run(shy):
    result = shy(
        """
failed = threading.Event()

def test_a():
    failed.set()
    assert 0

@pytest.mark.exclusive
def test_b(): ...

def test_c():
    failed.wait(10)
    pytest.exit("enough", returncode=7)
"""
    )

    assert result.ret == 7
    result.assert_outcomes(failed=1)


def test_error_of_a_wide_teardown_after_a_failure_is_reported(shy):
    result = shy(
        """
@pytest.fixture(scope="module")
def db():
    yield
    print("on its way down")
    raise RuntimeError("no way down")

def test_a(db): assert 0
"""
    )

    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines(["*RuntimeError: no way down", "on its way down"])


@pytest.mark.parametrize(
    ("alone", "outcome"),
    [
        ("pytest.skip('later')", "skipped"),
        ("pytest.xfail('known')", "xfailed"),
        ("request.applymarker(pytest.mark.xfail)", "xpassed"),
    ],
)
def test_second_run_has_the_outcome_that_it_has(shy, alone, outcome):
    result = shy(
        f"""
def test_a(request):
    if is_alone():
        {alone}
    else:
        assert 0
""",
        "-v",
    )

    result.assert_outcomes(**{outcome: 1})
    result.stdout.no_fnmatch_line("*PASSED ALONE*")


def test_case_of_unittest_that_failed_thrice_can_pass_alone(shy):
    result = shy(
        """
import unittest

class TestIt(unittest.TestCase):
    def setUp(self): self.addCleanup(self.check)
    def tearDown(self): self.check()
    def test_a(self): self.check()
    def check(self): assert is_alone()
"""
    )

    result.assert_outcomes(passed=1)


def test_failures_of_one_test_all_count_towards_the_limit(shy, pytester):
    pytester.makeconftest(
        """
        import threading

        import pytest

        ended = threading.Event()

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_protocol(item):
            try:
                return (yield)
            finally:
                if item.name == "test_a":
                    ended.set()
        """
    )

    result = shy(
        """
from conftest import ended

@pytest.fixture
def bad():
    yield
    assert 0

def test_a(bad):
    assert 0

@pytest.mark.parametrize("n", range(50))
def test_b(n): ended.wait(10)
""",
        "--maxfail=2",
        "--phase-concurrency=2",
        "-v",
    )

    assert order(result).count("test_a") == 2
    assert "test_b[49]" not in order(result)
    result.stdout.fnmatch_lines(["*! stopping after 2 failures !*"])


def test_hang_of_a_second_run_in_a_program_of_ones_own_loses_nothing(pytester):
    pytester.makepyfile(shy=SHY)
    pytester.makepyfile(
        """
        from shy import *

        gone = threading.Event()

        def test_a():
            for _ in range(20 if is_alone() else 0):
                try:
                    gone.wait(0.1)
                except BaseException:
                    pass
            assert 0

        def test_b(): assert 0
        def test_c(): ...
        """
    )

    program = pytester.path / "program.py"
    options = ["-p", "phaserun", "--phase-timeout=0.3", "--phase-grace=0.2"]
    program.write_text(f"import pytest\npytest.main({options})")

    result = pytester.run(sys.executable, program, timeout=60)

    result.assert_outcomes(failed=2, passed=1)


def test_hang_of_a_second_run_loses_nothing(pytester, phaserun):
    pytester.makepyfile(shy=SHY)
    pytester.makepyfile(
        """
        from shy import *

        def test_a():
            while is_alone():
                try:
                    threading.Event().wait()
                except BaseException:
                    pass
            assert 0

        def test_b(): assert 0
        def test_c(): ...
        """
    )

    result = phaserun.apart("--phase-timeout=0.5", "--phase-grace=0.2", "-rf")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(
        ["TIMEOUT *::test_a *", "FAILED *::test_b *", "*1 failed, 1 passed, 1 timeout*"]
    )
