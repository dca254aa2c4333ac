"""Measure what the live view costs: ``python benchmarks/live_view.py``; Linux only.

Tests that do nothing run on a pseudo-terminal. After every so many of them the view is
taken away or put back, so that stretches with it and without it stand side by side in
one run: whole runs scatter by more than the view takes. The figure is how much more CPU
time, user and system, the process needs for a stretch with the view than for the two
beside it, of all the CPU time that so many tests need. They run in processes of their
own, so that all that the measured one does is to report them.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
MODULES, TESTS = 50, 400

#: Tests of a stretch, for which the view is drawn at least twice.
STRETCH = 1000

RUNS = 8

ARGS = ("--disable-plugin-autoload", "-p", "phaserun", "-p", "no:cacheprovider")
PROCESSES = ("--phase-live=on", "--phase-executor=process", "--phase-concurrency=2")


class Alternation:
    """A plugin that takes the view away and puts it back.

    :ivar stretches: the seconds of CPU time of each, with the first the view is away.
    """

    def __init__(self) -> None:
        self.stretches: list[float] = []
        self._tests = 0
        self._is_shown = True
        self._began: float | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Remember where the view is to be found."""
        self._config = config

    def pytest_runtest_logfinish(self) -> None:
        """Count a test."""
        self._tests += 1
        if self._tests % STRETCH == 0:
            if self._began is not None:
                self.stretches.append(time.process_time() - self._began)
            self._turn()
            self._began = time.process_time()

    def _turn(self) -> None:
        writer: Any = self._config.get_terminal_writer()
        plugins = self._config.pluginmanager.get_plugins()
        view = next(each for each in plugins if type(each).__name__ == "LiveView")
        self._is_shown = not self._is_shown
        if self._is_shown:
            writer._file = view.screen
            del view._draw
            view.screen.release("benchmark")
        else:
            view.screen.hold("benchmark")
            view._draw = lambda now: None
            writer._file = view.screen._below


def run_alternating(folder: Path, *options: str) -> None:
    """Run the suite in this process, and write what its stretches took."""
    alternation = Alternation()
    os.chdir(folder)
    code = pytest.main([*ARGS, *PROCESSES, *options], plugins=[alternation])
    assert code == 0, f"the run has ended with {code}"
    (folder / "stretches.json").write_text(json.dumps(alternation.stretches))


def measure(folder: Path, columns: int, *options: str) -> tuple[list[float], float]:
    """Run the suite on a terminal.

    :returns: what the stretches took, and what one would take of all CPU time.
    """
    process, terminal = pty.fork()
    if not process:
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(sys.stdout.fileno(), termios.TIOCSWINSZ, size)
        wanted = {"TERM": "xterm", "PYTHONPATH": str(ROOT), "COLUMNS": str(columns)}
        command = [sys.executable, __file__, str(folder), *options]
        os.execve(sys.executable, command, {**os.environ, **wanted})
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # the process has ended
        pass
    os.close(terminal)
    _, status, usage = os.wait4(process, 0)
    assert status == 0, f"the run has ended with {status}"
    stretches: list[float] = json.loads((folder / "stretches.json").read_text())
    spent = usage.ru_utime + usage.ru_stime
    return stretches, spent * STRETCH / (MODULES * TESTS)


def compare(folder: Path, columns: int, *options: str) -> list[float]:
    """Return how many percent of the CPU time the view took in each stretch."""
    found = []
    for _ in range(RUNS):
        times, all_of_one = measure(folder, columns, *options)
        stretches = zip(times[::2], times[1::2], times[2::2], strict=False)
        for before, shown, after in stretches:
            found.append((shown - (before + after) / 2) / all_of_one * 100)
    return found


def write_suite(folder: Path) -> None:
    """Write tests that do nothing."""
    for module in range(MODULES):
        tests = [f"def test_{number}(): ...\n" for number in range(TESTS)]
        (folder / f"test_{module:02}.py").write_text("".join(tests))


def main() -> None:
    """Print what the view costs, with the standard error, and the quartiles."""
    print(f"Python {sys.version.split()[0]}, empty tests; % of CPU time")
    print(f"{'columns':>7}  {'options':8}{'median':>8}{'error':>7}  quartiles")
    with tempfile.TemporaryDirectory() as name:
        write_suite(Path(name))
        for columns in (80, 200):
            for options in ((), ("-v",)):
                found = compare(Path(name), columns, *options)
                low, median, high = statistics.quantiles(found)
                # Of a median of values that scatter normally.
                error = 1.25 * statistics.stdev(found) / len(found) ** 0.5
                shown = " ".join(options)
                line = f"{columns:7}  {shown:8}{median:+8.2f}{error:7.2f}"
                print(f"{line}  {low:+.1f} to {high:+.1f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_alternating(Path(sys.argv[1]), *sys.argv[2:])
    else:
        main()
