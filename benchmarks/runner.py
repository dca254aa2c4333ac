"""Measure what ``ParallelRunner`` costs a task: ``python benchmarks/runner.py``.

The tasks exist before and do nothing. As machines differ, the same is done by the least
that asyncio can do: make a task of the loop for each and await it, one by one.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_phaserun import ParallelRunner, Schedule, Task

TASKS = 100_000
CONCURRENCY = 100
ROUNDS = 5


async def do_nothing(task: Task) -> None:
    """Take the place of work."""


async def run_plainly(tasks: list[Task]) -> None:
    """Run all without a limit, an order or a result."""
    for task in tasks:
        await asyncio.create_task(do_nothing(task))


def make_run(schedule: Schedule) -> Callable[[list[Task]], Awaitable[object]]:
    """Return what runs all tasks by one schedule."""
    runner = ParallelRunner(CONCURRENCY, schedule=schedule)
    return lambda tasks: runner.run(tasks, do_nothing)


def measure(run: Callable[[list[Task]], Awaitable[object]], tasks: list[Task]) -> float:
    """Return the microseconds a task."""

    async def timed() -> float:
        began = time.perf_counter()
        await run(tasks)
        return time.perf_counter() - began

    return asyncio.run(timed()) / TASKS * 1e6


def main() -> None:
    """Print microseconds a task, the median of some rounds."""
    tasks = [Task(id=f"test_{number}") for number in range(TASKS)]
    runs = {"plain": run_plainly} | {each.value: make_run(each) for each in Schedule}
    # In turn, so that a busy machine slows down all of them alike.
    rounds = [[measure(run, tasks) for run in runs.values()] for _ in range(ROUNDS)]
    medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
    print(f"Python {sys.version.split()[0]}, {TASKS:,} tasks; us a task")
    print(f"{'run':10}{'us':>8}{'ratio':>8}")
    for name, median in zip(runs, medians, strict=True):
        print(f"{name:10}{median:8.2f}{median / medians[0]:8.2f}")


if __name__ == "__main__":
    main()
