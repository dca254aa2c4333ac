"""What tests of the runner have in common: executors, a clock, a fresh interpreter.

They do not sleep to wait: tasks meet at events, and a limit that has to pass in full
passes on a clock that the test moves.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest_phaserun
from pytest_phaserun.model import Status, Task, TaskResult

#: A limit that a test waits for: seconds.
SOON = 0.01

#: A limit that stops a test that would hang: seconds.
GUARD = 10.0

#: Ways to run tasks, by the names of the runner's methods.
METHODS = ["run", "run_phase", "run_sequential"]


def make_tasks(*ids: str) -> list[Task]:
    return [Task(id=name) for name in ids]


def get_statuses(results: Iterable[TaskResult]) -> dict[str, Status]:
    return {result.task_id: result.status for result in results}


async def let_others_run(rounds: int = 20) -> None:
    """Give every other task its turn, often enough for all that can happen now."""
    for _ in range(rounds):
        await asyncio.sleep(0)


async def hang() -> None:
    await asyncio.Event().wait()


async def complete_at_once() -> None:
    """Do nothing."""


async def swallow_cancellation(ended: asyncio.Event | None = None) -> None:
    """Go on, whatever happens, until the event comes; without one, for ever."""
    ended = ended or asyncio.Event()
    while not ended.is_set():
        try:
            await ended.wait()
        except asyncio.CancelledError:
            continue


async def complete(task: Task) -> None:
    """Do nothing."""


class Recorder:
    """An async executor that does as each task's entry in ``acts`` says.

    :ivar log: what was started, ended, cancelled, in order.
    :ivar most: how many tasks ran at once at most.
    """

    def __init__(self, **acts: Callable[[], Awaitable[object]]) -> None:
        self.acts = acts
        self.log: list[str] = []
        self.running = 0
        self.most = 0

    @property
    def started(self) -> list[str]:
        return [entry.split()[1] for entry in self.log if entry.startswith("start")]

    async def execute(self, task: Task) -> None:
        self.log.append(f"start {task.id}")
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.acts.get(task.id, let_others_run)()
        except asyncio.CancelledError:
            self.log.append(f"cancel {task.id}")
            raise
        finally:
            self.running -= 1
        self.log.append(f"end {task.id}")


class Clock:
    """The loop's clock, which a test can move forward."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._real = loop.time
        self._ahead = 0.0

    def time(self) -> float:
        return self._real() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


def run_python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter, which has to come to its end."""
    root = Path(pytest_phaserun.__file__).parents[1]
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
