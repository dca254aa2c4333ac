"""Signals that end a run: Ctrl-C and SIGTERM."""

from __future__ import annotations

import fnmatch
import signal

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGUSR1"), reason="sends signals of POSIX"
)

both_signals = pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])

#: A hang that stops when told to, and one that does not.
POLLING = """
    def hang():
        while True:
            time.sleep(0.01)
"""
BLOCKED = """
    def hang():
        threading.Lock().acquire() and threading.Event().wait()
"""

GRACE = "--phase-grace=0.3"


def has_line(output: str, pattern: str) -> bool:
    """Tell whether a line of the output matches."""
    return any(fnmatch.fnmatch(line, pattern) for line in output.splitlines())


@both_signals
def test_signal_stops_running_tests_and_takes_them_down(live, name):
    live.start(
        POLLING
        + """
    @pytest.fixture(scope="session")
    def wide():
        yield
        ready("w")

    @pytest.fixture
    def own(wide):
        yield
        ready("t")

    @pytest.mark.parametrize("n", range(3))
    def test_hangs(n, own):
        ready()
        hang()

    def test_never(own): ...

    @pytest.mark.depends_on("test_hangs")
    def test_later(): ...
    """,
        "--phase-concurrency=3",
        "-v",
    )
    live.wait_ready("...")

    live.process.send_signal(getattr(signal, name))

    live.wait_ready("tttw")
    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "!* KeyboardInterrupt*!")
    assert has_line(output, "phaserun: *, 2 tests not run")
    assert has_line(output, "phaserun: 3 tests interrupted: test_it.py::test_hangs?*")
    assert has_line(output, "=* no tests ran in *=")


@both_signals
def test_signal_while_a_test_runs_alone_takes_it_down(live, name):
    live.start(
        POLLING
        + """
    @pytest.fixture
    def own():
        yield
        ready("t")

    @pytest.mark.exclusive
    def test_hangs(own):
        ready()
        hang()

    @pytest.mark.depends_on("test_hangs")
    def test_later(): ...
    """
    )
    live.wait_ready()

    live.process.send_signal(getattr(signal, name))

    live.wait_ready("t")
    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "phaserun: *, 1 test not run")
    assert has_line(output, "phaserun: 1 test interrupted: test_it.py::test_hangs")


def test_end_by_sigterm_names_the_signal(live):
    live.start(POLLING + "\n    def test_hangs():\n        ready()\n        hang()")
    live.wait_ready()

    live.process.terminate()

    assert has_line(live.finish(), "!* KeyboardInterrupt: SIGTERM !*")


def test_results_so_far_are_reported(live):
    live.start(
        POLLING
        + """
    def test_fails(): assert 0

    @pytest.mark.exclusive
    def test_passes(): ...

    @pytest.mark.depends_on("test_passes")
    def test_hangs():
        ready()
        hang()
    """,
        "-v",
    )
    live.wait_ready()

    live.process.send_signal(signal.SIGINT)

    output = live.finish()
    assert has_line(output, "test_it.py::test_fails FAILED *")
    assert has_line(output, "=* 1 failed, 1 passed in *")


def test_test_that_does_not_stop_is_given_up(live):
    live.start(
        BLOCKED
        + """
    @pytest.fixture(scope="module", autouse=True)
    def wide():
        yield
        ready("w")

    def test_hangs():
        ready()
        hang()
    """,
        GRACE,
    )
    live.wait_ready()

    live.process.send_signal(signal.SIGINT)

    live.wait_ready("w")
    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "phaserun: 1 test interrupted: test_it.py::test_hangs")
    assert has_line(output, "=* no tests ran in *=")


def test_more_than_a_few_interrupted_tests_are_not_all_named(live):
    live.start(
        POLLING
        + """
    @pytest.mark.parametrize("n", range(4))
    def test_hangs(n):
        ready()
        hang()
    """,
        "-q",
    )
    live.wait_ready("....")

    live.process.send_signal(signal.SIGINT)

    names = "test_it.py::test_hangs?*, " * 3
    assert has_line(live.finish(), f"phaserun: 4 tests interrupted: {names}...")


def test_error_of_a_teardown_is_reported(live):
    live.start(
        POLLING
        + """
    @pytest.fixture
    def own():
        yield
        raise RuntimeError("not closed")

    def test_hangs(own):
        ready()
        hang()
    """
    )
    live.wait_ready()

    live.process.send_signal(signal.SIGINT)

    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "E *RuntimeError: not closed")
    assert has_line(output, "=* 1 error in *")


@pytest.mark.parametrize("scope", ["function", "session"])
def test_teardown_that_hangs_is_stopped_after_the_grace(live, scope):
    live.start(
        POLLING
        + f"""
    @pytest.fixture(scope="session")
    def first():
        yield
        ready("f")

    @pytest.fixture(scope="{scope}")
    def closes(first):
        yield
        hang()

    def test_hangs(closes):
        ready()
        hang()
    """,
        GRACE,
    )
    live.wait_ready()

    live.process.send_signal(signal.SIGINT)

    live.wait_ready("f")
    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "phaserun: 1 test interrupted: test_it.py::test_hangs")
    assert "failed" not in output
    assert "timeout" not in output.splitlines()[-1]


def test_test_in_its_teardown_may_finish_it(live):
    live.start(
        """
    @pytest.fixture
    def own():
        yield
        ready()
        wait()
        ready("t")

    def test_passes(own): ...
    """,
        "-v",
    )
    live.wait_ready()
    live.process.send_signal(signal.SIGINT)
    live.read_until("phaserun: stopping 1 test, within 2 s")

    live.say()

    live.wait_ready("t")
    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "=* 1 passed in *")
    assert "tests interrupted" not in output


@pytest.mark.parametrize(
    "mark", ["", "@pytest.mark.exclusive"], ids=["beside", "alone"]
)
def test_second_signal_ends_the_run_at_once_without_teardown(live, mark):
    live.start(
        POLLING
        + f"""
    @pytest.fixture(scope="session")
    def wide():
        yield
        ready("w")
        hang()

    @pytest.fixture
    def own(wide):
        yield
        ready("t")
        hang()

    {mark}
    def test_hangs(own):
        ready()
        hang()
    """,
        "--phase-grace=600",
    )
    live.wait_ready()
    live.process.send_signal(signal.SIGINT)
    live.wait_ready("t")

    live.process.send_signal(signal.SIGINT)

    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "phaserun: 1 test interrupted: test_it.py::test_hangs")
    assert has_line(output, "=* no tests ran in *=")


def test_signal_while_a_test_that_ends_the_run_waits_for_others_hurries_them(live):
    live.start(
        POLLING
        + """
    def test_hangs():
        ready()
        hang()

    def test_ends():
        ready()
        wait()
        pytest.exit("enough")
    """,
        "--phase-grace=600",
    )
    live.wait_ready("..")
    live.say()

    live.process.send_signal(signal.SIGINT)

    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "phaserun: 2 tests interrupted: *")


def test_test_alone_that_eats_the_signal_is_stopped_after_the_grace(live):
    live.start(
        """
    @pytest.mark.exclusive
    def test_hangs():
        try:
            ready()
            while True:
                time.sleep(0.01)
        except KeyboardInterrupt:
            ready("e")
        while True:
            time.sleep(0.01)

    @pytest.mark.depends_on("test_hangs")
    def test_later(): ...
    """,
        GRACE,
    )
    live.wait_ready()

    live.process.terminate()

    live.wait_ready("e")
    output = live.finish()
    assert live.code == pytest.ExitCode.INTERRUPTED
    assert has_line(output, "Timed out after * s in call: the run was interrupted")
