"""Measure what graph and dispatcher cost a task: ``python benchmarks/dispatch.py``.

Times the library's bookkeeping alone: the tasks exist before and do nothing.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_phaserun import Dispatcher, Schedule, Task, TaskGraph
from pytest_phaserun.model import Status

TASKS = 100_000
DEPENDENCIES = 3
#: How far back a task's dependencies are.
REACH = 1_000
CONCURRENCY = 8
ROUNDS = 5


def make_tasks() -> list[Task]:
    """Return tasks that depend on random ones among those shortly before them."""
    choose = random.Random(0).sample
    tasks = []
    for number in range(TASKS):
        before = range(max(0, number - REACH), number)
        chosen = choose(before, min(DEPENDENCIES, number))
        names = tuple(f"test_{other}" for other in chosen)
        tasks.append(Task(id=f"test_{number}", dependencies=names))
    return tasks


def measure(tasks: list[Task], schedule: Schedule) -> tuple[float, float, float]:
    """Return the seconds of build, init and run."""
    began = time.perf_counter()
    graph = TaskGraph(tasks)
    built = time.perf_counter()
    dispatcher = Dispatcher(graph, concurrency=CONCURRENCY, schedule=schedule)
    ready = time.perf_counter()
    run(dispatcher)
    ended = time.perf_counter()
    return built - began, ready - built, ended - ready


def run(dispatcher: Dispatcher) -> None:
    """Complete everything; what started first ends first."""
    running = []
    while dispatcher.is_active():
        running += dispatcher.get_ready(now=0.0)
        dispatcher.done(running.pop(0), Status.COMPLETED)


def main() -> None:
    """Print microseconds a task, the median of some rounds."""
    tasks = make_tasks()
    print(f"Python {sys.version.split()[0]}, {TASKS:,} tasks; us a task")
    print(f"{'schedule':10}{'build':>8}{'init':>8}{'run':>8}{'total':>8}")
    for schedule in Schedule:
        rounds = [measure(tasks, schedule) for _ in range(ROUNDS)]
        parts = [statistics.median(part) for part in zip(*rounds, strict=True)]
        parts.append(statistics.median(map(sum, rounds)))
        figures = "".join(f"{part / TASKS * 1e6:8.2f}" for part in parts)
        print(f"{schedule.value:10}{figures}")


if __name__ == "__main__":
    main()
