"""Stop a test that hangs in an ``await`` of trio, and see which line waits.

An exception thrown into the thread would hit trio's own loop, which takes that for a
mistake of its own. So the loop is asked, as on Ctrl-C, to raise it in the main task:
nurseries are cancelled then, and clean-ups run.

Does not know who asks, nor what follows when the loop does not answer.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from .errors import TimeoutInterrupt
from .interrupt import frames_of, throw_into

#: Frames of these packages only say how a test is called, or what it waits with.
_MACHINERY = ("_pytest", "anyio", "pluggy", "pytest_trio", "trio")

#: The running function that has trio's runner, in trio 0.22 to 0.35, and the one that
#: has the queue by which anyio's test runner drives trio, in anyio 3.7 to 4.16. Neither
#: is to be had in a public way from another thread. Where they have other names, the
#: exception is thrown into the thread, as into any other.
_RUN = ("trio._core._run", "run")
_GUEST = ("anyio._backends._trio", "_call_in_runner_task")

#: What runs a step of a task, in the same versions of trio.
_STEP = ("trio._core._run", "unrolled_run")

_Call = Callable[[], object]


class TrioLoop:
    """A loop of trio that a test runs, directly or by anyio.

    The watchdog asks, the loop answers in its own thread.

    :param submit: lets the loop call a function.
    """

    def __init__(self, thread: int, submit: Callable[[_Call], None]) -> None:
        self._thread = thread
        self._submit = submit
        self._stack = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrioLoop) and self._thread == other._thread

    __hash__ = None  # type: ignore[assignment]  # compared only

    def cancel(self, is_wanted: Callable[[], bool]) -> None:
        """Ask the loop to end the main task of the test."""
        self._submit(lambda: self._stop(is_wanted))

    def force(self, abandon: Callable[[Any], None]) -> None:
        """Throw into the code of a task; there alone it does not break the loop."""
        if not is_waiting(self._thread):
            throw_into(self._thread)

    def lose(self) -> bool:
        """Tell that nobody else uses the loop."""
        return False

    def format(self) -> tuple[str, str] | None:
        """Say where the tasks of the test were when the loop was asked first."""
        return ("Awaits of its tasks", self._stack) if self._stack else None

    def _stop(self, is_wanted: Callable[[], bool]) -> None:
        """Raise in the outermost task that runs code of a test; called by the loop.

        That of pytest-trio then takes its fixtures down in order.
        """
        if not is_wanted():
            return
        nurseries = _lowlevel().current_root_task().child_nurseries
        # The innermost nursery of trio's own is that of the main task, 0.22 to 0.35.
        tasks = [task for nursery in nurseries[-1:] for task in _walk(nursery)]
        stacks = [(task, _format_task(task)) for task in tasks]
        own = [(task, stack) for task, stack in stacks if stack]
        self._stack = self._stack or _join(own)
        _raise_in_first([*(task for task, _ in own), *tasks])


def find_trio(thread: int) -> TrioLoop | None:
    """Return the loop of trio in which a thread is, ``None`` if it is in none."""
    submit = _find_loop(thread)
    return None if submit is None else TrioLoop(thread, submit)


def is_waiting(thread: int) -> bool:
    """Tell whether a thread is in a loop of trio, and in no code of a task.

    What is thrown into it there would break the loop and not reach the task.
    """
    for frame in frames_of(thread):
        place = _place(frame)
        if place == _STEP:
            return False
        if place in (_RUN, _GUEST):
            return True
    return False


def _find_loop(thread: int) -> Callable[[_Call], None] | None:
    """Return how to let the loop of a thread call a function."""
    for frame in frames_of(thread):
        place = _place(frame)
        if place == _RUN:
            found = frame.f_locals.get("runner")
            return None if found is None else _submit_to(found.entry_queue)
        if place == _GUEST:
            found = getattr(frame.f_locals.get("self"), "_call_queue", None)
            return None if found is None else _submit_by_host(found)
    return None


def _place(frame: FrameType) -> tuple[str, str]:
    return frame.f_globals.get("__name__", ""), frame.f_code.co_name


def _submit_by_host(queue: Any) -> Callable[[_Call], None]:
    """Return how to let a loop call a function that another program drives."""

    def submit(call: _Call) -> None:
        queue.put(lambda: in_its_thread(call))

    def in_its_thread(call: _Call) -> None:
        # It may have ended by now.
        with suppress(RuntimeError):
            _submit_to(_lowlevel().current_trio_token())(call)

    return submit


def _submit_to(entry: Any) -> Callable[[_Call], None]:
    """Return how to let a loop call a function, by its entry queue or its token."""

    def submit(call: _Call) -> None:
        # It may have ended by now: `trio.RunFinishedError`.
        with suppress(RuntimeError):
            entry.run_sync_soon(call)

    return submit


def _raise_in_first(tasks: Iterable[Any]) -> None:
    """Raise in the first task that can be woken."""
    for task in tasks:
        # What trio itself does on Ctrl-C, for which there is no public way.
        # `_abort_func` is `None` in tasks that cannot be woken, as they wait for a
        # thread.
        if getattr(task, "_abort_func", None) is not None:
            task._attempt_abort(_raise)
            return


def _raise() -> None:
    raise TimeoutInterrupt


def _join(stacks: Sequence[tuple[Any, str]]) -> str:
    if len(stacks) == 1:
        return stacks[0][1]
    return "".join(f"Task {task.name}:\n{stack}" for task, stack in stacks)


def _walk(nursery: Any) -> Iterator[Any]:
    """Yield all tasks of a nursery and below them, the outermost first."""
    waiting = [nursery]
    for each in waiting:
        tasks = sorted(each.child_tasks, key=lambda task: task.name)
        yield from tasks
        waiting.extend(below for task in tasks for below in task.child_nurseries)


def _format_task(task: Any) -> str:
    frames = list(task.iter_await_frames())
    packages = [
        frame.f_globals.get("__name__", "").partition(".")[0] for frame, _ in frames
    ]
    own = [place for place, name in enumerate(packages) if name not in _MACHINERY]
    if not own:
        return ""
    stack = traceback.StackSummary.extract(iter(frames[own[0] : own[-1] + 1]))
    return "".join(stack.format())


def _lowlevel() -> Any:
    # Never imported by us: only where a test has imported it.
    return sys.modules["trio"].lowlevel
