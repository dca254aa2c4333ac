"""Tests that hang: what is said of them, and that the run goes on."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from .reading import order, section, skip_reasons

#: Ways to hang. A sleep in a worker thread cannot be interrupted, one in pieces can;
#: the main thread can be in either.
IN_PIECES = """
def hang():
    while True:
        time.sleep(0.01)
"""
IN_ONE_SLEEP = """
def hang():
    time.sleep(60)
"""
AGAINST_ALL_ODDS = """
def hang():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass
"""

PREAMBLE = """
import threading
import time

import pytest
"""

IN_SETUP = """
@pytest.fixture
def hanging():
    hang()

def test_hangs(hanging): ...
"""
IN_CALL = """
def test_hangs():
    hang()
"""
IN_TEARDOWN = """
@pytest.fixture
def hanging():
    yield
    hang()

def test_hangs(hanging): ...
"""
STAGES = {"setup": IN_SETUP, "call": IN_CALL, "teardown": IN_TEARDOWN}

interruptible_or_not = pytest.mark.parametrize(
    "hang", [IN_PIECES, IN_ONE_SLEEP], ids=["interruptible", "uninterruptible"]
)
every_stage = pytest.mark.parametrize("stage", STAGES)


def run_hanging(phaserun, hang: str, *arguments: str) -> pytest.RunResult:
    """Run in a process of its own what leaves a thread behind."""
    run = phaserun if hang is IN_PIECES else phaserun.apart
    return run(*arguments)


#: Short, so that the hangs of these tests take no time.
LIMITS = ("--phase-timeout=0.2", "--phase-grace=0.05")


def write(pytester: pytest.Pytester, *parts: str) -> None:
    """Write ``test_x.py`` from its parts."""
    (pytester.path / "test_x.py").write_text("".join([PREAMBLE, *parts]))


# What is said


@interruptible_or_not
@every_stage
def test_hang_is_a_timeout_in_any_stage(pytester, phaserun, hang, stage):
    write(pytester, hang, STAGES[stage])

    result = run_hanging(phaserun, hang, "-v", *LIMITS)

    passed = {"passed": 1} if stage == "teardown" else {}
    assert result.parseoutcomes() == {"timeout": 1, **passed}
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "test_x.py::test_hangs TIMEOUT *[[]100%[]]",
            "=* FAILURES =*",
            "_* test_hangs _*",
            f"Timed out after 0.2 s in {stage}*",
            "=* short test summary info =*",
            "TIMEOUT test_x.py::test_hangs - Timed out after 0.2 s in *",
        ]
    )


def test_hang_has_a_letter_of_its_own(pytester, phaserun):
    write(pytester, IN_PIECES, IN_CALL)

    result = phaserun(*LIMITS)

    result.stdout.fnmatch_lines(["T  *[[]100%[]]"])


def test_entry_tells_limit_and_stack(pytester, phaserun):
    write(pytester, IN_PIECES, IN_CALL)

    result = phaserun(*LIMITS)

    entry = section(result, "test_hangs")
    assert entry[:4] == [
        "Timed out after 0.2 s in call, the limit of setup and call together",
        "",
        "Stack of its thread when its time was up:",
        f'  File "{pytester.path / "test_x.py"}", line 12, in test_hangs',
    ]
    assert entry[4] == "    hang()"
    assert f'  File "{pytester.path / "test_x.py"}", line 9, in hang' in entry


def test_entry_of_an_abandoned_test_says_so(pytester, phaserun):
    write(pytester, IN_ONE_SLEEP, IN_CALL)

    result = phaserun.apart(*LIMITS)

    assert section(result, "test_hangs") == [
        "Timed out after 0.2 s in call, the limit of setup and call together",
        "It did not stop when told to; its thread is abandoned.",
        "",
        "Stack of its thread when its time was up:",
        f'  File "{pytester.path / "test_x.py"}", line 11, in test_hangs',
        "    hang()",
        f'  File "{pytester.path / "test_x.py"}", line 8, in hang',
        "    time.sleep(60)",
    ]


def test_entry_of_a_hang_in_setup_shows_the_fixture(pytester, phaserun):
    write(pytester, IN_PIECES, IN_SETUP)

    result = phaserun(*LIMITS)

    entry = section(result, "test_hangs")
    assert entry[0] == (
        "Timed out after 0.2 s in setup, the limit of setup and call together"
    )
    assert f'  File "{pytester.path / "test_x.py"}", line 13, in hanging' in entry


def test_entry_of_a_hang_in_teardown_names_no_shared_limit(pytester, phaserun):
    write(pytester, IN_PIECES, IN_TEARDOWN)

    result = phaserun(*LIMITS)

    assert section(result, "test_hangs")[0] == "Timed out after 0.2 s in teardown"


def test_output_of_a_hung_test_stands_in_its_entry(pytester, phaserun):
    write(
        pytester, IN_ONE_SLEEP, "def test_hangs():\n    print('before')\n    hang()\n"
    )

    result = phaserun.apart(*LIMITS)

    result.stdout.fnmatch_lines(
        ["Timed out after*", "-* Captured stdout call -*", "before"]
    )


def test_several_timeouts_are_counted(pytester, phaserun):
    write(
        pytester,
        IN_PIECES,
        "@pytest.mark.parametrize('i', [1, 2])\ndef test_hangs(i):\n    hang()\n",
        "def test_good(): ...\n",
        "def test_bad():\n    assert False\n",
    )

    result = phaserun(*LIMITS)

    result.stdout.fnmatch_lines(["=* 1 failed, 1 passed, 2 timeout in *"])


def test_last_line_and_words_of_a_timeout_are_red(pytester, phaserun):
    write(pytester, IN_PIECES, IN_CALL, "def test_good(): ...\n")

    result = phaserun("--color=yes", "-v", *LIMITS)

    red = "\x1b[31m"
    lines = result.stdout.lines
    assert any(f"{red}TIMEOUT" in line for line in lines)
    assert lines[-1].startswith(f"{red}=")


def test_junit_file_has_a_failure_for_a_hang_in_call(pytester, phaserun):
    write(pytester, IN_ONE_SLEEP, IN_CALL)

    phaserun.apart("--junit-xml=out.xml", *LIMITS)

    (suite,) = ElementTree.parse(pytester.path / "out.xml").getroot()
    assert suite.get("tests") == "1"
    (failure,) = suite.iter("failure")
    message = "Timed out after 0.2 s in call, the limit of setup and call together"
    assert failure.get("message") == message
    assert "time.sleep(60)" in (failure.text or "")


def test_hung_test_is_among_the_last_failed(pytester, phaserun):
    write(pytester, IN_PIECES, IN_CALL, "def test_good(): ...\n")
    phaserun(*LIMITS)

    result = phaserun("-v", "--lf", *LIMITS)

    assert order(result) == ["test_hangs"]


# What follows


@pytest.mark.parametrize(
    ("hang", "stage"),
    [*((IN_PIECES, stage) for stage in STAGES), (IN_ONE_SLEEP, "call")],
    ids=[*STAGES, "uninterruptible call"],
)
def test_dependents_of_a_hung_test_are_blocked(pytester, phaserun, hang, stage):
    write(
        pytester,
        hang,
        STAGES[stage],
        "@pytest.mark.depends_on('test_hangs')\ndef test_next(): ...\n",
        "@pytest.mark.depends_on('test_next')\ndef test_last(): ...\n",
    )

    result = run_hanging(phaserun, hang, "-rs", *LIMITS)

    assert skip_reasons(result) == [
        "depends on test_x.py::test_hangs (timed out after 0.2 s)",
        "depends on test_x.py::test_next, "
        "blocked by test_x.py::test_hangs (timed out after 0.2 s)",
    ]


@interruptible_or_not
def test_run_goes_on_with_a_fresh_slot(pytester, phaserun, hang):
    # Every slot hangs once; the pairs that follow need two slots.
    write(
        pytester,
        hang,
        """
both = threading.Barrier(2)

@pytest.mark.parametrize("i", [1, 2])
def test_hangs(i):
    hang()

@pytest.mark.parametrize("i", range(6))
def test_pair(i):
    both.wait(10)
""",
    )

    result = phaserun.apart(
        "--phase-concurrency=2", "--phase-timeout=0.4", "--phase-grace=0.1"
    )

    assert result.parseoutcomes() == {"passed": 6, "timeout": 2}


@interruptible_or_not
def test_hang_counts_once_for_maxfail(pytester, phaserun, hang):
    write(
        pytester,
        hang,
        IN_CALL,
        "def test_bad():\n    assert False\n",
        "def test_never_started(): ...\n",
    )

    result = run_hanging(
        phaserun, hang, "--maxfail=2", "--phase-concurrency=1", *LIMITS
    )

    assert result.parseoutcomes() == {"failed": 1, "timeout": 1}


def test_late_end_of_an_abandoned_test_changes_nothing(pytester, phaserun):
    write(
        pytester,
        """
ended = threading.Event()

def test_hangs():
    try:
        time.sleep(0.4)
    finally:
        print("too late")
        ended.set()

@pytest.mark.task(timeout=0)
def test_other():
    assert ended.wait(10)
    time.sleep(0.1)
""",
    )

    result = phaserun.apart("-rA", *LIMITS)

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}
    result.stdout.no_fnmatch_line("*too late*")


def test_interrupt_that_a_test_swallows_is_still_a_timeout(pytester, phaserun):
    write(
        pytester,
        """
def test_hangs():
    try:
        while True:
            time.sleep(0.01)
    except BaseException:
        pass
""",
    )

    result = phaserun(*LIMITS)

    assert result.parseoutcomes() == {"timeout": 1}


def test_teardown_follows_an_interrupted_call(pytester, phaserun):
    write(
        pytester,
        IN_PIECES,
        """
@pytest.fixture
def thing():
    yield
    print("taken down")

def test_hangs(thing):
    hang()
""",
    )

    result = phaserun(*LIMITS)

    result.stdout.fnmatch_lines(["-* Captured stdout teardown -*", "taken down"])
    assert result.parseoutcomes() == {"timeout": 1}


# What the limit covers


def test_setup_and_call_share_the_limit(pytester, phaserun):
    write(
        pytester,
        """
@pytest.fixture
def slow():
    time.sleep(0.3)

def test_slow(slow):
    for _ in range(30):
        time.sleep(0.01)
""",
    )

    result = phaserun("--phase-timeout=0.4", "--phase-grace=0.1")

    assert result.parseoutcomes() == {"timeout": 1}
    result.stdout.fnmatch_lines(["Timed out after 0.4 s in call*"])


def test_teardown_has_the_limit_anew(pytester, phaserun):
    write(
        pytester,
        """
@pytest.fixture
def slow():
    yield
    time.sleep(0.3)

def test_slow(slow):
    time.sleep(0.3)
""",
    )

    result = phaserun("--phase-timeout=0.5")

    assert result.parseoutcomes() == {"passed": 1}


@pytest.mark.parametrize("option", ["--phase-timeout=0.05", "--phase-timeout=0"])
def test_zero_means_no_limit(pytester, phaserun, option):
    zero = "" if option.endswith("=0") else "@pytest.mark.task(timeout=0)\n"
    write(pytester, zero, "def test_slow():\n    time.sleep(0.25)\n")

    result = phaserun(option)

    assert result.parseoutcomes() == {"passed": 1}


def test_mark_limits_where_the_run_has_no_limit(pytester, phaserun):
    write(pytester, IN_PIECES, "@pytest.mark.task(timeout=0.1)", IN_CALL)

    result = phaserun("--phase-timeout=0")

    result.stdout.fnmatch_lines(["Timed out after 0.1 s in call*"])


def test_waiting_for_a_slot_does_not_count(pytester, phaserun):
    write(
        pytester,
        """
@pytest.mark.parametrize("i", range(6))
def test_slow(i):
    time.sleep(0.1)
""",
    )

    result = phaserun("--phase-concurrency=2", "--phase-timeout=0.25")

    assert result.parseoutcomes() == {"passed": 6}


def test_waiting_for_a_fixture_that_another_test_makes_does_not_count(
    pytester, phaserun
):
    write(
        pytester,
        """
making = threading.Event()

@pytest.fixture(scope="session")
def slow():
    making.set()
    time.sleep(0.5)

@pytest.mark.task(timeout=0)
def test_maker(slow): ...

@pytest.mark.parametrize("i", range(3))
def test_waiter(i, request):
    assert making.wait(10)
    request.getfixturevalue("slow")
""",
    )

    result = phaserun("--phase-timeout=0.3")

    assert result.parseoutcomes() == {"passed": 4}


@pytest.mark.parametrize("scope", ["session", "module", "class"])
def test_hung_wide_fixture_gives_its_waiters_an_error(pytester, phaserun, scope):
    write(
        pytester,
        f"""
@pytest.fixture(scope={scope!r})
def hanging():
    time.sleep(60)

class TestUsers:
    @pytest.mark.parametrize("i", range(4))
    def test_one(self, hanging, i): ...

def test_good(): ...
""",
    )

    result = phaserun.apart(*LIMITS)

    assert result.parseoutcomes() == {"passed": 1, "errors": 3, "timeout": 1}
    result.stdout.fnmatch_lines(
        ["fixture 'hanging': timed out in *test_one* and was given up"]
    )


def test_hung_setup_of_a_module_gives_its_waiters_an_error(pytester, phaserun):
    write(
        pytester,
        """
def setup_module():
    time.sleep(60)

@pytest.mark.parametrize("i", range(4))
def test_one(i): ...
""",
    )

    result = phaserun.apart(*LIMITS)

    assert result.parseoutcomes() == {"errors": 3, "timeout": 1}


def test_interrupted_wide_fixture_gives_its_other_users_an_error(pytester, phaserun):
    write(
        pytester,
        IN_PIECES,
        """
@pytest.fixture(scope="session")
def hanging():
    hang()

@pytest.mark.parametrize("i", range(3))
def test_one(i, hanging): ...

def test_good(): ...
""",
    )

    result = phaserun(*LIMITS)

    assert result.parseoutcomes() == {"passed": 1, "errors": 2, "timeout": 1}
    result.stdout.fnmatch_lines(["*fixture 'hanging'*"])


# Tests that run alone


@every_stage
def test_exclusive_test_is_interrupted_in_the_main_thread(pytester, phaserun, stage):
    write(
        pytester,
        IN_ONE_SLEEP,
        "pytestmark = pytest.mark.exclusive\n",
        STAGES[stage],
        "def test_good(): ...\n",
    )

    result = phaserun.apart("-v", *LIMITS)

    passed = 2 if stage == "teardown" else 1
    assert result.parseoutcomes() == {"timeout": 1, "passed": passed}
    result.stdout.fnmatch_lines(
        ["test_x.py::test_hangs TIMEOUT*", f"Timed out after 0.2 s in {stage}*"]
    )


def test_hang_in_the_main_thread_is_interrupted_in_a_lock(pytester, phaserun):
    write(
        pytester,
        """
@pytest.mark.exclusive
def test_hangs():
    threading.Event().wait()
""",
    )

    result = phaserun.apart(*LIMITS)

    assert result.parseoutcomes() == {"timeout": 1}


HOPELESS = [
    AGAINST_ALL_ODDS,
    """
def test_first(): ...

@pytest.mark.exclusive
@pytest.mark.depends_on("test_first")
def test_hangs():
    print("before")
    hang()

@pytest.mark.depends_on("test_first")
def test_beside(): ...

@pytest.mark.exclusive
@pytest.mark.depends_on("test_beside")
def test_never_started(): ...
""",
]


def test_hopeless_hang_in_the_main_thread_ends_the_process(pytester, phaserun):
    write(pytester, *HOPELESS)

    result = phaserun.apart("-v", *LIMITS)

    assert result.ret == 1
    assert result.parseoutcomes() == {"passed": 2, "timeout": 1}


def test_what_is_known_is_reported_before_the_process_ends(pytester, phaserun):
    write(pytester, *HOPELESS)

    result = phaserun.apart("-v", *LIMITS)

    result.stdout.fnmatch_lines(
        [
            "test_x.py::test_first PASSED *",
            "test_x.py::test_beside PASSED *",
            "test_x.py::test_hangs TIMEOUT *",
            "Timed out after 0.2 s in call, the limit of setup and call together",
            "It did not stop when told to; the run ends here.",
            "-* Captured stdout call -*",
            "before",
            "phaserun: *1 test not run",
            "TIMEOUT test_x.py::test_hangs - Timed out after*",
            "=* 2 passed, 1 timeout in *",
        ]
    )


def test_junit_file_is_written_before_the_process_ends(pytester, phaserun):
    write(pytester, *HOPELESS)

    phaserun.apart("--junit-xml=out.xml", *LIMITS)

    (suite,) = ElementTree.parse(pytester.path / "out.xml").getroot()
    assert {case.get("name"): [part.tag for part in case] for case in suite} == {
        "test_first": ["properties"],
        "test_beside": ["properties"],
        "test_hangs": ["properties", "failure"],
    }


def test_serial_run_has_the_same_limits(pytester, phaserun):
    write(pytester, IN_ONE_SLEEP, IN_CALL, "def test_good(): ...\n")

    result = phaserun.apart("--phase-concurrency=1", *LIMITS)

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}


# All together


def test_ten_hangs_among_fifty_good_tests(pytester, phaserun):
    write(
        pytester,
        """
import socket

lock = threading.Lock()
lock.acquire()

def hang_in_sleep():
    time.sleep(60)

def hang_in_lock():
    lock.acquire()

def hang_in_socket():
    a, b = socket.socketpair()
    a.recv(1)

def hang_in_loop():
    while True:
        pass

def hang_in_pieces():
    while True:
        time.sleep(0.01)

HANGS = [hang_in_sleep, hang_in_lock, hang_in_socket, hang_in_loop, hang_in_pieces]

@pytest.mark.parametrize("i", range(60))
def test_one(i):
    if i % 6 == 0:
        HANGS[i // 6 % 5]()
""",
    )

    result = phaserun.apart(
        "--phase-concurrency=10", "--phase-timeout=1", "--phase-grace=0.2"
    )

    assert result.ret == 1
    assert result.parseoutcomes() == {"passed": 50, "timeout": 10}
