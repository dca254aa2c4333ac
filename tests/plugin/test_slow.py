"""Notices of tests that take long, while they run."""

from __future__ import annotations

import re

import pytest

#: A test that is slow for as long as it takes to be noticed: the notice ends it.
CONFTEST = """
import threading

told = threading.Event()

def pytest_configure():
    from pytest_phaserun.drivers.notices import Notices

    write = Notices.write

    def write_and_tell(notices, lines):
        write(notices, lines)
        told.set()

    Notices.write = write_and_tell
"""

PREAMBLE = """
import threading
import time

import pytest
from conftest import told

def wait_for_notice():
    assert told.wait(20)
"""

SLOW = "--phase-slow=0.1"


@pytest.fixture
def run(pytester, phaserun):
    def run_suite(suite: str, *arguments: object) -> pytest.RunResult:
        (pytester.path / "conftest.py").write_text(CONFTEST)
        (pytester.path / "test_x.py").write_text(PREAMBLE + suite)
        # In this process a patched class would stay patched.
        return phaserun.apart(*arguments)

    return run_suite


def notices(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("phaserun: slow: ")]


def shapes(result: pytest.RunResult) -> list[str]:
    """Return the notices without their seconds."""
    return [re.sub(r"\d+\.\d+ s", "_ s", line) for line in notices(result)]


ALONE = "pytestmark = pytest.mark.exclusive\n"
everywhere = pytest.mark.parametrize("marks", ["", ALONE], ids=["beside", "alone"])
each_capture = pytest.mark.parametrize("capture", ["fd", "sys", "no", "tee-sys"])

IN_CALL = """
def test_slow():
    wait_for_notice()
"""
IN_SETUP = """
@pytest.fixture
def slow():
    wait_for_notice()

def test_slow(slow): ...
"""
IN_TEARDOWN = """
@pytest.fixture
def slow():
    yield
    wait_for_notice()

def test_slow(slow): ...
"""


@everywhere
@each_capture
def test_notice_is_written_while_the_test_runs(run, marks, capture):
    # Without the notice the test would wait for it in vain, and fail.
    result = run(marks + IN_CALL, SLOW, f"--capture={capture}")

    assert result.parseoutcomes() == {"passed": 1}
    assert shapes(result) == [
        "phaserun: slow: test_x.py::test_slow, _ s in setup and call so far"
    ]


@everywhere
@pytest.mark.parametrize(
    ("suite", "part"),
    [(IN_SETUP, "setup and call"), (IN_TEARDOWN, "teardown")],
    ids=["setup", "teardown"],
)
def test_notice_names_the_part_of_the_test(run, marks, suite, part):
    result = run(marks + suite, SLOW)

    assert result.parseoutcomes() == {"passed": 1}
    assert shapes(result) == [
        f"phaserun: slow: test_x.py::test_slow, _ s in {part} so far"
    ]


@everywhere
def test_notice_shows_the_stack(pytester, run, marks):
    result = run(marks + IN_CALL, SLOW)

    place = result.outlines.index(notices(result)[0])
    stack = result.outlines[place + 1 : place + 5]
    where = f'  File "{pytester.path / "test_x.py"}", line'
    assert stack[0].startswith(where)
    assert stack[0].endswith("in test_slow")
    assert stack[1] == "    wait_for_notice()"
    assert stack[2].startswith(where)
    assert stack[3] == "    assert told.wait(20)"


def test_each_slow_test_is_told_of_once(run):
    result = run(
        """
@pytest.mark.parametrize("i", range(2))
def test_slow(i):
    wait_for_notice()
    time.sleep(0.5)
""",
        SLOW,
    )

    assert sorted(shapes(result)) == [
        f"phaserun: slow: test_x.py::test_slow[{i}], _ s in setup and call so far"
        for i in range(2)
    ]


def test_last_line_counts_slow_tests(run):
    slow = run(IN_CALL, SLOW)
    quick = run("def test_quick(): ...\n")

    slow.stdout.fnmatch_lines(["phaserun: 1 phase, 4 at once, * s of tests, 1 slow"])
    quick.stdout.no_fnmatch_line("phaserun: *slow*")


def test_limit_is_a_third_of_the_timeout_by_default(run):
    result = run("@pytest.mark.task(timeout=0.3)\n" + IN_CALL.lstrip())

    assert result.parseoutcomes() == {"passed": 1}
    assert len(notices(result)) == 1


QUIET = "def test_sleeps():\n    time.sleep(0.5)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--phase-slow=0", "--phase-timeout=1"),
        ("--phase-timeout=0",),
        ("--phase-slow=60", "--phase-timeout=1"),
        (SLOW, "-qq"),
    ],
    ids=["switched off", "no timeout", "long limit", "very quiet"],
)
def test_there_are_no_notices_without_a_reason(run, arguments):
    result = run(QUIET, *arguments)

    assert notices(result) == []


def test_limit_holds_without_a_timeout(run):
    result = run(IN_CALL, SLOW, "--phase-timeout=0")

    assert len(notices(result)) == 1


def test_ini_key_is_read(pytester, run):
    pytester.makeini("[pytest]\nphase_slow = 0.1\n")

    result = run(IN_CALL)

    assert len(notices(result)) == 1


def test_test_that_waits_for_another_one_is_not_slow(run):
    result = run(
        """
making = threading.Event()

@pytest.fixture(scope="session")
def slow():
    making.set()
    wait_for_notice()
    time.sleep(1)

def test_maker(slow): ...

@pytest.mark.parametrize("i", range(3))
def test_waiter(i, request):
    assert making.wait(20)
    request.getfixturevalue("slow")
""",
        "--phase-slow=0.4",
    )

    assert result.parseoutcomes() == {"passed": 4}
    assert shapes(result) == [
        "phaserun: slow: test_x.py::test_maker, _ s in setup and call so far"
    ]


def test_setup_and_call_count_together_and_teardown_anew(run):
    result = run(
        """
@pytest.fixture
def slow():
    time.sleep(0.6)
    yield
    time.sleep(0.6)

def test_slow(slow):
    time.sleep(0.6)
""",
        "--phase-slow=0.9",
    )

    (line,) = shapes(result)
    assert line.endswith("in setup and call so far")


def test_verbose_line_names_its_test_after_a_notice(run):
    result = run(ALONE + IN_CALL, SLOW, "-v")

    result.stdout.fnmatch_lines(
        ["phaserun: slow: *", "test_x.py::test_slow PASSED *[[]100%[]]"]
    )
