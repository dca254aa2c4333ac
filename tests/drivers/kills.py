"""Runs many tests while the processes that run them are killed from outside.

From the root of the project: ``python -m tests.drivers.kills process 2000 100``.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .bodies import options_of
from .running import PATIENCE, make_command, make_environment, prepare, read, write
from .scenario import Outcomes, Scenario

#: A fifth of the tests depends on one that may have run in a process that is gone.
SUITE = """
    @pytest.mark.parametrize("n", range({first}))
    def test_first(n): time.sleep(0.002)

    @pytest.mark.parametrize("n", range({second}))
    @depends_on("test_first[{{n}}]")
    def test_second(n): time.sleep(0.002)
"""

#: Writes down which test begins in which process.
CONFTEST = """
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item):
        note(f"{item.name} {os.getpid()}")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What has come of such a run.

    :ivar pids: the processes that were killed.
    :ivar lost: the tests that ran last in them, and those that came to begin in none.
        A process may be killed when it has been told to run a test and has not begun.
    """

    code: int
    output: str
    outcomes: Outcomes
    pids: Sequence[int]
    lost: frozenset[str]


def run_and_kill(
    folder: Path, driver: str, *, tests: int, kills: int, seed: int = 0
) -> Killed:
    """Run so many tests and kill so many of the processes that run them."""
    second = tests // 5
    suite = SUITE.format(first=tests - second, second=second)
    suite_folder = folder / "suite"
    files = {"test_it.py": suite, "conftest.py": CONFTEST}
    write(suite_folder, Scenario(name="kills", files=files, outcomes={}))
    prepare(suite_folder)
    log = folder / "suite-made" / "log"
    log.touch()
    environment = make_environment(suite_folder)
    with (
        options_of(driver, suite_folder, environment) as options,
        (folder / "output").open("w+", encoding="utf-8") as output,
        subprocess.Popen(
            make_command(options, ()),
            cwd=suite_folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            pids = [*_kill(process, log, tests, kills, random.Random(seed))]
            process.wait(10 * PATIENCE)
        finally:
            process.kill()
    outcomes = read(suite_folder)
    return Killed(
        code=process.returncode,
        output=(folder / "output").read_text(encoding="utf-8"),
        outcomes=outcomes,
        pids=pids,
        lost=frozenset(_find_lost(log, pids, set(outcomes))),
    )


def _kill(
    process: subprocess.Popen[bytes],
    log: Path,
    tests: int,
    kills: int,
    choice: random.Random,
) -> Iterator[int]:
    """Kill processes, spread over the run; yield their numbers."""
    marks = sorted(choice.sample(range(1, max(2, tests * 9 // 10)), kills))
    killed = set[int]()
    with log.open(encoding="utf-8") as lines:
        begun, recent = 0, list[int]()
        while marks and process.poll() is None:
            line = lines.readline()
            if not line.endswith("\n"):
                lines.seek(lines.tell() - len(line))
                time.sleep(0.001)
                continue
            recent = [*recent[-7:], int(line.split()[1])]
            begun += 1
            alive = [each for each in dict.fromkeys(recent) if each not in killed]
            if begun >= marks[0] and alive:
                victim = choice.choice(alive)
                # Ends with the run at the latest, so the number is still its own.
                os.kill(victim, signal.SIGKILL)
                killed.add(victim)
                marks.pop(0)
                yield victim


def _find_lost(log: Path, pids: Sequence[int], names: set[str]) -> Iterator[str]:
    begun = set[str]()
    last_in: dict[int, str] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        name, pid = line.split()
        last_in[int(pid)] = name
        begun.add(name)
    yield from (name for pid, name in last_in.items() if pid in pids)
    yield from names - begun


def find_mistakes(found: Killed, tests: int) -> list[str]:
    """Return what should not have come of a run, a line each."""
    mistakes = []
    failed = sum(each not in ("passed", "skipped") for each in found.outcomes.values())
    if failed > len(found.pids):
        mistakes.append(f"{failed} tests failed, {len(found.pids)} were killed")
    if found.code != 1:
        mistakes.append(f"the exit code is {found.code}")
    if len(found.outcomes) != tests:
        mistakes.append(f"{len(found.outcomes)} of {tests} tests have an outcome")
    for name, outcome in found.outcomes.items():
        needed = name.replace("second", "first")
        is_lost = name in found.lost or needed in found.lost
        if outcome == "skipped":
            is_right = found.outcomes.get(needed) != "passed"
        else:
            # Between its call and the end of its teardown a test has two reports.
            outcomes = ("failed", "error", "error passed")
            is_right = outcome == "passed" or (is_lost and outcome in outcomes)
        if not is_right:
            mistakes.append(f"{name}: {outcome}")
    return mistakes


def main() -> int:
    """Run as the command line says; return how many mistakes there were."""
    driver, tests, kills = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        found = run_and_kill(Path(folder), driver, tests=tests, kills=kills)
    mistakes = find_mistakes(found, tests)
    print(f"{driver}: {len(found.pids)} killed, {Counter(found.outcomes.values())}")
    print(
        f"{len(found.lost)} tests were lost, exit code {found.code}",
        *mistakes,
        sep="\n",
    )
    return len(mistakes)


if __name__ == "__main__":
    sys.exit(main())
