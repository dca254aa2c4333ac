"""Measure what the live view costs: ``python benchmarks/live_view.py``; POSIX only.

Tests that do nothing run on a pseudo-terminal with the view and without it, in turn.
The figure is how much more CPU time, user and system, the process takes with it. It is
far below what one pair of runs scatters by: hence the many rounds, and the quartiles.
"""

from __future__ import annotations

import fcntl
import os
import pty
import statistics
import struct
import sys
import tempfile
import termios
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES, TESTS = 50, 100
ROUNDS = 15


def write_suite(folder: Path) -> None:
    """Write tests that do nothing."""
    for module in range(MODULES):
        tests = [f"def test_{number}(): ...\n" for number in range(TESTS)]
        (folder / f"test_{module:02}.py").write_text("".join(tests))


def measure(folder: Path, columns: int, *options: str) -> float:
    """Run the suite on a terminal; return the seconds of CPU time."""
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload"]
    command += ["-p", "phaserun", "-p", "no:cacheprovider", *options]
    wanted = {"TERM": "xterm", "PYTHONPATH": str(ROOT), "COLUMNS": str(columns)}
    process, terminal = pty.fork()
    if not process:
        os.chdir(folder)
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(sys.stdout.fileno(), termios.TIOCSWINSZ, size)
        os.execve(sys.executable, command, {**os.environ, **wanted})
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # the process has ended
        pass
    os.close(terminal)
    _, status, usage = os.wait4(process, 0)
    assert status == 0, f"the run has ended with {status}"
    return usage.ru_utime + usage.ru_stime


def compare(folder: Path, columns: int, *options: str) -> list[float]:
    """Return by how many percent more a run with the view takes, for each round."""
    found = []
    for number in range(ROUNDS):
        seconds = {}
        for mode in ("off", "on") if number % 2 else ("on", "off"):
            live = f"--phase-live={mode}"
            seconds[mode] = measure(folder, columns, live, *options)
        found.append((seconds["on"] / seconds["off"] - 1) * 100)
    return found


def main() -> None:
    """Print the quartiles of what the view costs."""
    print(f"Python {sys.version.split()[0]}, {MODULES * TESTS:,} tests; % of CPU time")
    print(f"{'columns':>7}  {'options':8}{'median':>8}  quartiles")
    with tempfile.TemporaryDirectory() as name:
        write_suite(Path(name))
        for columns in (80, 200):
            for options in ((), ("-v",)):
                found = compare(Path(name), columns, *options)
                low, median, high = statistics.quantiles(found)
                shown = " ".join(options)
                line = (
                    f"{columns:7}  {shown:8}{median:+8.1f}  {low:+.1f} to {high:+.1f}"
                )
                print(line, flush=True)


if __name__ == "__main__":
    main()
