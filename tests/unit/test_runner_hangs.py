"""Whatever way a task hangs, it ends as timed out and nothing else does.

Each hang is one function of a table. It hangs until the test is over; the limit comes
when the last of the other tasks moves the clock there, so that it cannot come before
the others have run.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
import sys
import threading
import time
from collections.abc import Callable

import pytest
from running import Clock, run_python

from pytest_phaserun import abandoned
from pytest_phaserun.model import Schedule, Status, Task, TaskResult
from pytest_phaserun.runner import ParallelRunner

#: The limit of the task that hangs, on a clock that the others move: seconds.
LIMIT = 1000.0

#: A grace that is over at once, and one that is not over before the test fails.
SHORT, LONG = 0.01, 60.0

#: What bounds a test that would hang: seconds.
GUARD = 30.0


class Scene:
    """One task that hangs, and others that run meanwhile.

    :ivar over, let_go: set at the end, for threads and for the loop.
    :ivar lock: held until the end.
    :ivar log: what the task that hangs has to tell.
    """

    def __init__(self, clock: Clock) -> None:
        self.over = threading.Event()
        self.log: list[str] = []
        self.lock = threading.Lock()
        self.lock.acquire()
        self.let_go = asyncio.Event()
        self._clock: Clock | None = clock
        # Other tests may have left some that never end.
        self._others = set(abandoned._abandoned)
        self._loop = asyncio.get_running_loop()
        self._began = asyncio.Event()

    def begin(self) -> None:
        """Tell, from any thread, that the hanging begins now."""
        self._loop.call_soon_threadsafe(self._began.set)

    async def pass_by(self, task: Task) -> None:
        """Run beside the one that hangs; the last one lets its time be up."""
        await self._began.wait()
        if task.id == "last":
            self.advance()

    def advance(self) -> None:
        """Let the time of the one that hangs be up, once."""
        if self._clock is not None:
            self._clock.advance(LIMIT)
        self._clock = None

    async def end(self) -> None:
        """Let everything go, and wait for what has been given up."""
        self.over.set()
        self.let_go.set()
        self.lock.release()
        while abandoned._abandoned - self._others:
            await asyncio.sleep(0)


Hang = Callable[[Scene], object]


async def awaits(scene: Scene) -> None:
    scene.begin()
    await asyncio.Event().wait()


async def is_busy(scene: Scene) -> None:
    scene.begin()
    while True:
        await asyncio.sleep(0)


async def waits_for_a_lock(scene: Scene) -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    scene.begin()
    await lock.acquire()


async def waits_for_a_thread(scene: Scene) -> None:
    scene.begin()
    await asyncio.to_thread(scene.over.wait)


async def receives_nothing(scene: Scene) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        scene.begin()
        await asyncio.get_running_loop().sock_recv(ours, 1)


async def reads_a_silent_stream(scene: Scene) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        reader, writer = await asyncio.open_connection(sock=ours)
        scene.begin()
        try:
            await reader.readline()
        finally:
            writer.close()
            await writer.wait_closed()


async def waits_for_a_process(scene: Scene) -> None:
    command = (sys.executable, "-c", "import time; time.sleep(3600)")
    process = await asyncio.create_subprocess_exec(*command)
    scene.begin()
    try:
        await process.wait()
    finally:
        process.kill()
        await process.wait()
        scene.log.append("process has ended")


async def swallows_cancellation(scene: Scene) -> None:
    scene.begin()
    while not scene.over.is_set():
        try:
            await scene.let_go.wait()
        except asyncio.CancelledError:
            scene.log.append("swallowed")


async def swallows_everything(scene: Scene) -> None:
    scene.begin()
    while not scene.over.is_set():
        try:
            await asyncio.sleep(0)
        except:  # noqa: E722 - that is the point
            scene.log.append("swallowed")


async def cleans_up_for_ever(scene: Scene) -> None:
    scene.begin()
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.to_thread(scene.over.wait)


def sleeps_in_a_thread(scene: Scene) -> None:
    scene.begin()
    scene.over.wait()


def waits_for_a_lock_in_a_thread(scene: Scene) -> None:
    scene.begin()
    with scene.lock:
        pass


def is_busy_in_a_thread(scene: Scene) -> None:
    scene.begin()
    while not scene.over.is_set():
        pass


def swallows_everything_in_a_thread(scene: Scene) -> None:
    scene.begin()
    while not scene.over.is_set():
        try:
            time.sleep(SHORT)
            raise ValueError("no")
        except:  # noqa: E722 - that is the point
            pass


def returns_what_hangs(scene: Scene) -> object:
    return awaits(scene)


#: These end when they are cancelled.
OBEDIENT: list[Hang] = [
    awaits,
    is_busy,
    waits_for_a_lock,
    waits_for_a_thread,
    receives_nothing,
    reads_a_silent_stream,
    waits_for_a_process,
    returns_what_hangs,
]

#: These have to be given up.
STUBBORN: list[Hang] = [
    swallows_cancellation,
    swallows_everything,
    cleans_up_for_ever,
    sleeps_in_a_thread,
    waits_for_a_lock_in_a_thread,
    is_busy_in_a_thread,
    swallows_everything_in_a_thread,
]


@pytest.fixture
def make_scene(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Scene]:
    """Return what sets the scene on the running loop."""

    def make() -> Scene:
        loop = asyncio.get_running_loop()
        clock = Clock(loop)
        monkeypatch.setattr(loop, "time", clock.time)
        return Scene(clock)

    return make


def make_executor(hang: Hang, scene: Scene) -> Callable[[Task], object]:
    """Return an executor of the same kind as the function that hangs."""
    if not inspect.iscoroutinefunction(hang):
        return lambda task: hang(scene) if task.id == "hangs" else scene.pass_by(task)

    async def execute(task: Task) -> None:
        await (hang(scene) if task.id == "hangs" else scene.pass_by(task))

    return execute


async def run_beside_others(
    hang: Hang, scene: Scene, grace: float
) -> dict[str, TaskResult]:
    """Run the one that hangs beside three others; return the results by their ids."""
    names = ("hangs", "first", "second", "last")
    tasks = [Task(id=name, timeout=LIMIT * (name == "hangs")) for name in names]
    runner = ParallelRunner(2, grace=grace, schedule=Schedule.PHASE)
    try:
        run = runner.run(tasks, make_executor(hang, scene))
        # What comes from outside is counted on the same clock.
        results = await asyncio.wait_for(run, LIMIT + GUARD)
    finally:
        await asyncio.wait_for(scene.end(), GUARD)
    return {result.task_id: result for result in results}


def check(results: dict[str, TaskResult]) -> None:
    """Assert that one timed out and the others completed."""
    hung = results.pop("hangs")
    assert (hung.status, hung.error) == (Status.TIMEOUT, "timed out after 1000 s")
    assert [result.status for result in results.values()] == [Status.COMPLETED] * 3


@pytest.mark.asyncio
@pytest.mark.parametrize("hang", OBEDIENT)
async def test_task_that_hangs_and_can_be_cancelled_has_timed_out(
    hang: Hang, make_scene: Callable[[], Scene]
) -> None:
    scene = make_scene()

    results = await run_beside_others(hang, scene, LONG)

    # Had it been given up, its grace would show.
    assert LIMIT <= results["hangs"].duration < LIMIT + LONG
    check(results)


@pytest.mark.asyncio
@pytest.mark.parametrize("hang", STUBBORN)
async def test_task_that_hangs_and_ignores_its_cancellation_has_timed_out(
    hang: Hang, make_scene: Callable[[], Scene]
) -> None:
    scene = make_scene()

    results = await run_beside_others(hang, scene, SHORT)

    check(results)


@pytest.mark.asyncio
async def test_process_of_a_task_that_hangs_is_ended_by_its_own_clean_up(
    make_scene: Callable[[], Scene],
) -> None:
    scene = make_scene()

    await run_beside_others(waits_for_a_process, scene, LONG)

    assert scene.log == ["process has ended"]


@pytest.mark.asyncio
@pytest.mark.parametrize("then", ["returns", "goes on"])
async def test_task_that_blocks_the_loop_has_timed_out_once_it_lets_go(
    then: str, make_scene: Callable[[], Scene]
) -> None:
    scene = make_scene()

    async def block(scene: Scene) -> None:
        scene.begin()
        thread = threading.Thread(target=let_time_pass, args=(scene,))
        thread.start()
        # What would be a lock that somebody else holds.
        thread.join()
        if then == "goes on":
            await scene.let_go.wait()

    def let_time_pass(scene: Scene) -> None:
        scene.log.append("blocked")
        scene.advance()

    results = await run_beside_others(block, scene, LONG)

    assert scene.log == ["blocked"]
    check(results)


#: Executors of tasks that never end, as they come to the exit of the interpreter.
ENDLESS = {
    "swallows everything": """
async def execute(task):
    while True:
        try:
            await asyncio.sleep(1)
        except:
            pass
""",
    "swallows everything and is busy": """
async def execute(task):
    while True:
        try:
            await asyncio.sleep(0)
        except BaseException:
            pass
""",
    "is busy in a thread": """
def execute(task):
    while True:
        pass
""",
    "waits for a lock in a thread": """
lock = threading.Lock()
lock.acquire()

def execute(task):
    lock.acquire()
""",
    "waits for a process in a thread": """
def execute(task):
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    subprocess.run(command, stdin=subprocess.PIPE)
""",
}


@pytest.mark.parametrize("executor", ENDLESS.values(), ids=ENDLESS)
def test_process_exits_in_silence_whatever_still_hangs(executor: str) -> None:
    code = f"""
import asyncio, subprocess, sys, threading
from pytest_phaserun import ParallelRunner, Task
{executor}
runner = ParallelRunner(2, 0.01, grace=0.01)
results = asyncio.run(runner.run([Task(id="a"), Task(id="b")], execute))
print(*(result.status.value for result in results))
"""

    # Not by -X dev: that lets asyncio tell what was slow.
    ended = run_python(code, "-W", "error")

    assert ended.stderr == ""
    assert ended.stdout == "timeout timeout\n"
    assert ended.returncode == 0
