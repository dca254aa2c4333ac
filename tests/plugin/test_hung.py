"""Tests that were abandoned: what they hold, and what is said of that."""

from __future__ import annotations

import textwrap

import pytest

from .reading import section

LIMITS = ("--phase-timeout=0.3", "--phase-grace=0.05", "--phase-slow=0")

PREAMBLE = """
import threading
import time

import pytest
from conftest import given_up, join, remember

def log(word):
    with open("log.txt", "a") as file:
        print(word, file=file)

# What hangs until the run is over, or until a test lets it go.
let_go = threading.Event()
"""

CONFTEST = """
import threading

given_up = threading.Event()
threads = []

# Tests that themselves ask for their threads run alone.
def remember():
    threads.append(threading.current_thread())

def join():
    for thread in threads:
        thread.join(20)

def pytest_runtest_logreport(report):
    if hasattr(report, "phaserun_timeout"):
        given_up.set()
"""


@pytest.fixture
def hung(pytester, phaserun):
    """Run a suite whose threads hang, in a process of its own."""

    def run(suite: str, *arguments: object) -> pytest.RunResult:
        path = pytester.path / "test_x.py"
        (pytester.path / "conftest.py").write_text(CONFTEST)
        path.write_text(PREAMBLE + textwrap.dedent(suite))
        return phaserun.apart(*LIMITS, *arguments)

    return run


def read_log(pytester: pytest.Pytester) -> list[str]:
    return (pytester.path / "log.txt").read_text().split()


def abandoned(result: pytest.RunResult) -> list[str]:
    """Return the lines of the section on abandoned tests."""
    return section(result, "ABANDONED")


# What they claim

#: Two parameters of one fixture. The first one hangs, and the other waits for it.
TWO_STATES = """
@pytest.fixture(scope="session", params=["one", "two"])
def db(request):
    return request.param

def test_db(db):
    log(f"begin-{db}")
    if db == "one":
        try:
            let_go.wait(30)
        finally:
            log("end-one")
"""


def test_other_state_waits_for_the_end_of_the_abandoned_test(pytester, hung):
    result = hung(
        TWO_STATES
        + """
@pytest.mark.task(timeout=0)
def test_lets_go():
    assert given_up.wait(20)
    log("let-go")
    let_go.set()
    deadline = time.monotonic() + 20
    while "begin-two" not in open("log.txt").read():
        assert time.monotonic() < deadline
        time.sleep(0.01)
"""
    )

    assert result.parseoutcomes() == {"passed": 2, "timeout": 1}
    assert read_log(pytester) == ["begin-one", "let-go", "end-one", "begin-two"]
    assert not any("until nothing else" in line for line in abandoned(result))


def test_other_state_does_not_wait_for_ever(pytester, hung):
    result = hung(TWO_STATES)

    assert result.parseoutcomes() == {"passed": 1, "timeout": 1}
    assert read_log(pytester) == ["begin-one", "begin-two"]
    assert abandoned(result)[1:] == [
        "  kept db from test_x.py::test_db[two] until nothing else could run; "
        "may still use it"
    ]


def test_tests_that_run_alone_go_before_what_waits(pytester, hung):
    hung(
        TWO_STATES
        + """
@pytest.mark.exclusive
def test_alone():
    log("alone")
"""
    )

    assert read_log(pytester) == ["begin-one", "alone", "begin-two"]


# The section


def test_section_names_stage_seconds_and_thread(hung):
    result = hung("def test_hangs():\n    let_go.wait(60)\n")

    (line,) = abandoned(result)
    stage, seconds = line.split(" for ")
    assert stage == "test_x.py::test_hangs: in call"
    assert seconds.endswith(" s, thread phaserun-slot-0 still runs")
    assert float(seconds.split()[0]) >= 0.3


def test_section_tells_of_a_thread_that_has_ended_since(hung):
    result = hung(
        """
        def test_hangs():
            remember()
            let_go.wait(60)

        @pytest.mark.task(timeout=0)
        @pytest.mark.exclusive
        def test_lets_go():
            let_go.set()
            join()
        """
    )

    (line,) = abandoned(result)
    assert line.endswith("thread phaserun-slot-0 has ended since")


def test_there_is_no_section_without_abandoned_tests(pytester, phaserun):
    pytester.makepyfile(
        """
        import time

        def test_hangs():
            while True:
                time.sleep(0.01)
        """
    )

    result = phaserun(*LIMITS)

    assert result.parseoutcomes() == {"timeout": 1}
    result.stdout.no_fnmatch_line("*ABANDONED*")


# What is not torn down


@pytest.mark.parametrize("stage", ["setup", "call", "teardown"])
def test_own_fixtures_of_an_abandoned_test_are_named(hung, stage):
    result = hung(
        f"""
        def hang_in(stage):
            if stage == {stage!r}:
                let_go.wait(60)

        @pytest.fixture
        def value():
            return 1

        @pytest.fixture
        def yields(value):
            yield

        @pytest.fixture
        def finalizes(request):
            request.addfinalizer(lambda: None)

        @pytest.fixture
        def hangs(yields, finalizes):
            hang_in("setup")
            yield
            hang_in("teardown")

        def test_hangs(hangs):
            hang_in("call")
        """
    )

    own = ["hangs", "yields", "finalizes"][stage == "setup" :]
    (line,) = abandoned(result)[1:]
    assert sorted(line.removeprefix("  not torn down: ").split(", ")) == sorted(own)


def test_wide_fixture_that_was_being_made_is_named(hung):
    result = hung(
        """
        @pytest.fixture(scope="session")
        def used():
            yield
            print("used is taken down")

        @pytest.fixture(scope="module")
        def db(used):
            let_go.wait(60)
            yield

        def test_hangs(db): ...
        """
    )

    assert abandoned(result)[1:] == ["  not torn down: db (was being made)"]


def test_wide_fixtures_that_were_being_taken_down_are_named(hung):
    result = hung(
        """
        @pytest.fixture(scope="module")
        def first():
            yield

        @pytest.fixture(scope="module")
        def hangs(first):
            yield
            let_go.wait(60)

        @pytest.fixture(scope="session")
        def wider():
            yield

        def test_hangs(wider, hangs): ...
        """
    )

    assert abandoned(result)[1:] == [
        "  not torn down: first, hangs (was being taken down)"
    ]


def test_what_is_merely_used_is_taken_down_by_its_last_user(pytester, hung):
    result = hung(
        """
        @pytest.fixture(scope="module")
        def db():
            yield
            log("down")

        def test_hangs(db):
            let_go.wait(60)

        @pytest.mark.task(timeout=0)
        def test_user(db):
            log("used")
        """
    )

    assert len(abandoned(result)) == 1
    assert read_log(pytester) == ["used", "down"]


def test_setup_functions_are_named_as_they_are_written(hung):
    result = hung(
        """
        def setup_function(): ...
        def teardown_function(): ...

        def test_hangs():
            let_go.wait(60)
        """
    )

    assert abandoned(result)[1:] == ["  not torn down: setup_function"]


# What others are told who wait for a fixture that hangs

WAITERS = """
@pytest.mark.parametrize("i", range(4))
def test_one(i, hanging): ...
"""
STACK = "Stack of that test when its time was up:"


def errors_of(result: pytest.RunResult) -> list[list[str]]:
    names = [f"ERROR at setup of test_one[{i}]" for i in range(4)]
    return [section(result, n) for n in names if any(n in x for x in result.outlines)]


@pytest.mark.parametrize(
    ("hang", "end"),
    [
        ("let_go.wait(60)", " and was given up"),
        ("while True: time.sleep(0.01)", ""),
    ],
    ids=["given up", "interrupted"],
)
def test_error_of_those_who_wait_names_the_test_and_shows_its_stack(hung, hang, end):
    result = hung(
        f"""
        @pytest.fixture(scope="session")
        def hanging():
            {hang}
        """
        + textwrap.indent(WAITERS, " " * 8)
    )

    assert result.parseoutcomes() == {"errors": 3, "timeout": 1}
    errors = errors_of(result)
    assert len(errors) == 3
    for error in errors:
        assert error[0].startswith(
            "fixture 'hanging': timed out in test_x.py::test_one"
        )
        assert error[0].endswith(f"]{end}")
        assert error[1:3] == ["", STACK]
        assert error[3].endswith("in hanging")
        assert error[4] == f"    {hang}"
    result.stdout.fnmatch_lines(["ERROR test_x.py::test_one* - GivenUpError: fixture*"])


def test_error_of_those_who_come_later_is_the_same(hung):
    result = hung(
        """
        @pytest.fixture(scope="session")
        def hanging():
            while True: time.sleep(0.01)
        """
        + textwrap.indent(WAITERS, " " * 8),
        "--phase-concurrency=1",
    )

    assert result.parseoutcomes() == {"errors": 3, "timeout": 1}
    for error in errors_of(result):
        assert error[0] == "fixture 'hanging': timed out in test_x.py::test_one[0]"
        assert error[2] == STACK


def test_late_end_of_a_fixture_that_was_given_up_changes_nothing(hung):
    result = hung(
        """
        made = threading.Event()

        @pytest.fixture(scope="session")
        def hanging():
            remember()
            try:
                let_go.wait(60)
            except BaseException:
                pass
            return 1

        def test_maker(hanging): ...

        @pytest.mark.exclusive
        @pytest.mark.task(timeout=0)
        def test_later(request):
            let_go.set()
            join()
            request.getfixturevalue("hanging")
        """
    )

    assert result.parseoutcomes() == {"failed": 1, "timeout": 1}
    result.stdout.fnmatch_lines(["*fixture 'hanging': timed out in *test_maker*"])


def test_interrupted_setup_of_a_class_is_told_of_in_the_same_way(hung):
    result = hung(
        """
        class TestIt:
            @classmethod
            def setup_class(cls):
                while True: time.sleep(0.01)

            def test_a(self): ...
            def test_b(self): ...
        """
    )

    assert result.parseoutcomes() == {"errors": 1, "timeout": 1}
    result.stdout.fnmatch_lines(
        ["fixture *setup_class*: timed out in test_x.py::TestIt::test_*", "", STACK]
    )
