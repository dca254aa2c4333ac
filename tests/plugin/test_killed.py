"""Runs that are killed at random moments, and what resumes them.

``PHASERUN_KILLS`` says how many are killed.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_phaserun.recording.reading import read_runs
from pytest_phaserun.recording.run import Outcome

from .reading import EXECUTORS

KILLS = int(os.environ.get("PHASERUN_KILLS", "2"))

#: Seconds after which a run is taken for a hung one.
PATIENCE = 60

SUITE = """
    import time

    import pytest

    @pytest.fixture(scope="module")
    def shared():
        time.sleep(0.02)
        yield
        time.sleep(0.02)

    @pytest.mark.parametrize("n", range(40))
    def test_many(n, shared):
        time.sleep(0.01)

    @pytest.mark.exclusive
    @pytest.mark.parametrize("n", range(5))
    def test_alone(n):
        print("x" * 10_000)
        time.sleep(0.01)

    @pytest.mark.depends_on("test_many[3]")
    @pytest.mark.parametrize("n", range(5))
    def test_behind(n):
        time.sleep(0.01)

    @pytest.mark.depends_on("test_behind[1]")
    @pytest.mark.parametrize("n", range(3))
    def test_fails(n):
        time.sleep(0.01)
        assert 0

    @pytest.mark.depends_on("test_fails[1]")
    def test_blocked(): ...

    @pytest.mark.depends_on("test_blocked")
    def test_blocked_too(): ...

    def test_skipped():
        pytest.skip()

    @pytest.mark.xfail
    def test_xfails():
        assert 0
"""

COMMAND = [
    *(sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-p", "phaserun"),
    "--phase-events=e.jsonl",
]


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """Return the last outcome of every test, whichever run it ended in."""
    return {
        test.nodeid: test.outcome
        for run in read_runs(path)
        for test in run.tests
        if test.outcome not in (Outcome.NOT_RUN, Outcome.INTERRUPTED)
    }


class Killing:
    """Starts runs of the suite in a directory."""

    def __init__(self, path: Path) -> None:
        self.events = path / "e.jsonl"
        self._path = path

    def run(self, *arguments: str) -> None:
        """Run to the end."""
        process = self._start(*arguments)
        assert process.wait(PATIENCE) == pytest.ExitCode.TESTS_FAILED

    def kill(self, size: float, delay: float) -> None:
        """Run, and kill the run some time after its events have so many bytes."""
        self.events.unlink(missing_ok=True)
        process = self._start()
        try:
            while not self._has_written(size) and process.poll() is None:
                time.sleep(0.002)
            process.wait(delay)
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.kill()
            process.wait()

    def _has_written(self, size: float) -> bool:
        return self.events.exists() and self.events.stat().st_size >= size

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [*COMMAND, *arguments]
        return subprocess.Popen(command, cwd=self._path, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_killed_run_can_be_resumed_wherever_it_was(pytester, executor):
    pytester.makepyfile(test_it=SUITE)
    pytester.makeini(f"[pytest]\nphase_executor = {executor}\n")
    killing = Killing(pytester.path)
    killing.run()
    size = killing.events.stat().st_size
    expected = read_outcomes(killing.events)
    assert len(expected) == 57

    seed = random.randrange(2**32)
    print(f"seed {seed}")
    choice = random.Random(seed)
    for _ in range(max(1, KILLS)):
        killing.kill(choice.uniform(0, size), choice.uniform(0, 0.02))
        before = read_outcomes(killing.events)
        killing.run("--phase-resume=e.jsonl")

        assert before.items() <= expected.items()
        assert read_outcomes(killing.events) == expected
        print(f"killed after {len(before)} of {len(expected)} tests")
