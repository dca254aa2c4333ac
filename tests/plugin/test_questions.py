"""What runs now: asked by signals and by a key on the terminal."""

from __future__ import annotations

import fnmatch
import os
import re
import signal
import subprocess
import sys

import pytest

from pytest_phaserun.dispatch import Dispatcher, Lease
from pytest_phaserun.drivers.clock import LeaseClock
from pytest_phaserun.drivers.guard import Guard
from pytest_phaserun.drivers.running import describe_running
from pytest_phaserun.drivers.state import Shared
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Schedule, Task
from pytest_phaserun.record import RunRecord

from .live import LiveRun

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGUSR1"), reason="sends signals of POSIX"
)

SUITE = """
    def stay():
        ready()
        wait()

    {mark}
    def test_stays():
        print("captured")
        stay()

    def test_other(): ...
"""

beside_and_alone = pytest.mark.parametrize(
    "mark", ["", "@pytest.mark.exclusive"], ids=["beside", "alone"]
)

#: Makes its input the terminal of a session of its own, then becomes pytest.
LAUNCHER = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def check(live: LiveRun) -> None:
    """See that a run answers and then goes on to its end."""
    output = live.read_until(", in stay")
    lines = output.splitlines()
    pattern = "test_it.py::test_stays: for * s, in call for * s*"
    assert any(fnmatch.fnmatch(line, pattern) for line in lines)
    assert [line for line in lines if line.endswith(", in test_stays")]
    assert not [line for line in lines if "_pytest" in line]
    assert "captured" not in output
    live.say()
    assert "= 2 passed in " in live.finish()
    assert live.code == pytest.ExitCode.OK


@pytest.mark.parametrize("name", ["SIGUSR1", "SIGQUIT"])
@beside_and_alone
def test_signal_prints_what_runs_and_the_run_goes_on(live, mark, name):
    live.start(SUITE.format(mark=mark))
    live.wait_ready()

    live.process.send_signal(getattr(signal, name))

    check(live)


def test_answer_says_what_is_left_and_who_waits():
    tasks = [Task(id="a"), Task(id="b"), Task(id="c", dependencies=("a",))]
    graph = TaskGraph(tasks)
    record = RunRecord(graph=graph, concurrency=4, schedule=Schedule.PHASE)
    shared = Shared(items=(), dispatcher=Dispatcher(graph), record=record)
    _, second = shared.dispatcher.get_ready(0.0)
    second.pause_clock(0.0)

    with shared.guards.added(second, lambda: make_guard(second, shared)):
        lines = list(describe_running(shared))

    assert lines[:2] == ["phaserun: 2 tests run, 1 not started", "a: starting"]
    assert re.fullmatch(
        r"b: for \d\.\d\d s, between two stages, waits for another test", lines[2]
    )


def make_guard(lease: Lease, shared: Shared) -> Guard:
    """Return the guard of a test that runs in this thread."""
    return Guard(lease, LeaseClock(lease, shared.changed), on_main=False)


def test_signal_that_somebody_handles_is_left_alone(live, pytester):
    pytester.makeconftest(
        """
        import signal
        from talk import ready

        signal.signal(signal.SIGUSR1, lambda number, frame: ready("h"))
        """
    )
    live.start(SUITE.format(mark=""))
    live.wait_ready()

    live.process.send_signal(signal.SIGUSR1)

    live.wait_ready("h")
    live.say()
    assert "test_stays: for" not in live.finish()


def start_on_terminal(live: LiveRun, *options: str) -> int:
    """Start the suite on a terminal of its own; return our end of it."""
    live.write(SUITE.format(mark=""))
    ours, theirs = os.openpty()
    pytest_command = ["-m", "pytest", "--disable-plugin-autoload", "-p", "phaserun"]
    live.launch(
        [sys.executable, "-c", LAUNCHER, *pytest_command, *options], stdin=theirs
    )
    os.close(theirs)
    return ours


def test_key_on_the_terminal_prints_what_runs(live):
    terminal = start_on_terminal(live, "--phase-interactive")
    live.wait_ready()

    os.write(terminal, b"t\n")

    check(live)
    os.close(terminal)


def test_terminal_is_not_read_unless_asked_for(live):
    terminal = start_on_terminal(live)
    live.wait_ready()

    os.write(terminal, b"t\n")

    live.say()
    assert "test_stays: for" not in live.finish()
    os.close(terminal)


def test_run_without_a_terminal_ignores_the_option(live):
    live.start(
        SUITE.format(mark=""),
        "--phase-interactive",
        start_new_session=True,
        stdin=subprocess.PIPE,
    )
    live.wait_ready()
    live.say()

    output = live.finish("t\n")

    assert live.code == pytest.ExitCode.OK
    assert "test_stays: for" not in output
