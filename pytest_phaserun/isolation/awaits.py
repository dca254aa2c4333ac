"""The event loop that a hung test runs or waits for, and how to make it let go.

Found from outside, by what is on the stack of its thread: nothing is done for tests
that do not hang.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import traceback
from asyncio import AbstractEventLoop
from collections.abc import Callable, Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from inspect import isasyncgen
from types import CodeType, FrameType
from typing import Any, Protocol

from .current import ItemRun, run_in
from .errors import TimeoutInterrupt
from .interrupt import format_thread, frames_of, throw_into
from .shared_loops import LoopWork, SharedLoop, work_of

#: A loop, and what its thread runs it for; ``None`` if it is to run for ever.
_Found = tuple[AbstractEventLoop, "asyncio.Future[Any] | None"]

#: Attributes that hold the frame of what can be awaited, and what it awaits itself.
_FRAMES = ("cr_frame", "gi_frame", "ag_frame")
_AWAITS = ("cr_await", "gi_yieldfrom", "ag_await")

#: Frames of these packages, outermost and innermost, only say how a coroutine is called
#: and what it waits with.
_MACHINERY = ("anyio", "asyncio", "pytest_asyncio")

#: What awaits of an asynchronous generator are for: its ``__anext__`` and kin.
_STEPS = ("async_generator_asend", "async_generator_athrow", "anext_awaitable")

#: More awaits than anybody reads; a circle of them would have no end.
_LONGEST = 100

#: Where a callback of a loop is called. A loop in C, such as uvloop, has no such frame.
_CALLBACK = asyncio.Handle._run.__code__


#: See ``Awaited.force``.
Abandon = Callable[["asyncio.Task[Any]"], None]


class Awaited(Protocol):
    """What a hung test runs on an event loop; the watchdog alone may ask and act."""

    def cancel(self, is_wanted: Callable[[], bool]) -> None:
        """Cancel it, or stop what keeps the loop from doing so; may be repeated.

        :param is_wanted: tells whether it still hangs; asked in the loop's thread.
        """

    def force(self, abandon: Abandon) -> None:
        """Let the test go on, whatever the coroutine does about it.

        :param abandon: called with tasks that nobody is to wait for any more.
        """

    def lose(self) -> bool:
        """Give up the loop itself; tell whether that lets the test go on."""

    def format(self) -> tuple[str, str] | None:
        """Say where it is: what is shown, and lines as a traceback has them.

        ``None`` if the stack of the thread shows it, or it is not known yet.
        """


def find_awaited(thread: int) -> Awaited | None:
    """Return what a thread runs on an event loop, ``None`` if it runs none."""
    work = work_of(thread)
    return _OwnLoop.find(thread) if work is None else _BorrowedLoop(work)


class _OwnLoop:
    """A loop that a test runs on its own thread.

    :param target: what the thread runs the loop for.
    """

    def __init__(
        self,
        thread: int,
        loop: AbstractEventLoop,
        target: asyncio.Future[Any] | None,
    ) -> None:
        self._thread = thread
        self._loop = loop
        self._target = target
        self._has_answered = False
        self._is_wanted: Callable[[], bool] = lambda: True

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _OwnLoop)
            and self._loop is other._loop
            and self._target is other._target
        )

    __hash__ = None  # type: ignore[assignment]  # compared only

    @staticmethod
    def find(thread: int) -> _OwnLoop | None:
        found: _Found | None = None
        for frame in frames_of(thread):
            look = _RUNS_LOOP.get(frame.f_code)
            if look is not None:
                found = look(frame.f_locals)
                if found[1] is not None:
                    break
        return None if found is None else _OwnLoop(thread, *found)

    def cancel(self, is_wanted: Callable[[], bool]) -> None:
        self._has_answered, self._is_wanted = False, is_wanted
        _call_on(self._loop, self._cancel)

    def force(self, abandon: Abandon) -> None:
        if self._has_answered:
            _call_on(self._loop, lambda: self._leave(abandon))
        else:
            throw_into(self._thread)

    def lose(self) -> bool:
        return False

    def format(self) -> tuple[str, str] | None:
        if self._target is None or _is_in_code(self._thread):
            return None
        return "Awaits of its task", format_awaits(self._target)

    def _cancel(self) -> None:
        self._has_answered = True
        if self._target is None:
            self._loop.stop()
        else:
            _replace_executor(self._loop)
            self._target.cancel()

    def _leave(self, abandon: Abandon) -> None:
        if not self._is_wanted():
            return
        for task in asyncio.all_tasks(self._loop):
            abandon(task)
        self._loop.stop()


class _BorrowedLoop:
    """A loop of several tests that runs a coroutine for one, which waits for it."""

    def __init__(self, work: LoopWork) -> None:
        self._work = work
        self._was_asked = self._has_answered = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BorrowedLoop) and self._work is other._work

    __hash__ = None  # type: ignore[assignment]  # compared only

    def cancel(self, is_wanted: Callable[[], bool]) -> None:
        if self._was_asked and not self._has_answered:
            self._unblock()
        self._was_asked, self._has_answered = True, False
        _call_on(self._work.home.loop, self._cancel)

    def force(self, abandon: Abandon) -> None:
        if self._has_answered:
            self._work.give_up(TimeoutInterrupt())
            _call_on(self._work.home.loop, lambda: self._forget(abandon))
        else:
            self._unblock()

    def lose(self) -> bool:
        if self._has_answered:
            return False
        self._work.give_up(TimeoutInterrupt())
        run = self._work.run
        name = "a test" if run is None else run.item.nodeid
        reason = f"{name} blocked it and was given up"
        self._work.home.lose(reason, self._work.thread)
        return True

    def format(self) -> tuple[str, str] | None:
        thread = self._work.home.thread
        if (
            thread is not None
            and _is_in_code(thread)
            and self._work.run is find_blocker(thread)
        ):
            return "Stack of its event loop", format_thread(thread)
        if self._work.task is None:
            return None
        return "Awaits of its task", format_awaits(self._work.task)

    def _cancel(self) -> None:
        self._has_answered = True
        if self._work.task is not None:
            _replace_executor(self._work.home.loop)
            self._work.task.cancel()

    def _forget(self, abandon: Abandon) -> None:
        if self._work.task is not None and not self._work.task.done():
            abandon(self._work.task)

    def _unblock(self) -> None:
        """Throw into the loop's thread, if it hangs in code of this test or of none."""
        thread = self._work.home.thread
        if thread is None:
            return
        blocker = find_blocker(thread)
        if blocker is self._work.run or (blocker is not None and blocker.closed):
            self._work.home.thrown_at = self._work
            throw_into(thread)


def format_where(thread: int) -> str:
    """Say where a thread is, by the awaits of a coroutine that it waits for."""
    awaited = find_awaited(thread)
    found = None if awaited is None else awaited.format()
    return found[1] if found else format_thread(thread)


def is_kept_waiting(thread: int, blocked: Container[SharedLoop]) -> bool:
    """Tell whether a thread waits for a loop that another running test blocks.

    :param blocked: loops that get to nothing.
    """
    work = work_of(thread)
    if work is None or work.home not in blocked or work.home.thread is None:
        return False
    blocker = find_blocker(work.home.thread)
    return blocker not in (None, work.run) and not blocker.closed


def find_blocker(thread: int) -> ItemRun | None:
    """Return the test whose code the thread of a loop runs, open or closed."""
    callback = find_callback(thread)
    # Its context, in all versions, has no public name.
    return None if callback is None else run_in(callback._context)


def _is_in_code(thread: int) -> bool:
    """Tell whether the thread of a loop runs code that is not the loop's own."""
    is_loop_own = True
    for frame in frames_of(thread):
        if frame.f_code is _CALLBACK:
            return not is_loop_own
        is_loop_own = is_loop_own and _package_of(frame) == "asyncio"
    return False


def find_callback(thread: int) -> Any:
    """Return the handle of the callback that a loop's thread is in, if any."""
    for frame in frames_of(thread):
        if frame.f_code is _CALLBACK:
            return frame.f_locals["self"]
    return None


def format_awaits(target: Any) -> str:
    """Return the chain of awaits of a future or task, as a traceback shows a stack.

    >>> async def inner(): await asyncio.sleep(60)
    >>> async def outer(): await inner()
    >>> async def show():
    ...     task = asyncio.ensure_future(outer())
    ...     await asyncio.sleep(0)
    ...     return format_awaits(task)
    >>> names = [line.split()[-1] for line in asyncio.run(show()).splitlines()]
    >>> [name for name in names if name in ("outer", "inner", "sleep")]
    ['outer', 'inner']
    """
    frames = list(_walk_awaits(target))
    own = [n for n, frame in enumerate(frames) if _package_of(frame) not in _MACHINERY]
    if not own:
        return f"  {target!r}\n"
    frames = frames[own[0] : own[-1] + 1]
    summary = traceback.StackSummary.extract((f, f.f_lineno) for f in frames)
    return "".join(summary.format())


def _package_of(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0]


def _walk_awaits(target: Any) -> Iterator[FrameType]:
    """Yield the frames of what is awaited, from the outermost inwards.

    Where a task waits for another one, that one's follow.
    """
    for _ in range(_LONGEST):
        if not hasattr(target, "get_coro"):
            return
        # What a task waits for has no public name; without it the chain ends.
        waiter = getattr(target, "_fut_waiter", None)
        yield from _walk_coroutine(target.get_coro())
        target = waiter


def _walk_coroutine(coroutine: Any) -> Iterator[FrameType]:
    for _ in range(_LONGEST):
        frame = _first_attribute(coroutine, _FRAMES)
        if frame is None:
            return
        yield frame
        coroutine = _first_attribute(coroutine, _AWAITS)
        if type(coroutine).__name__ in _STEPS:
            # They do not tell whose step they are.
            coroutine = next(filter(isasyncgen, gc.get_referents(coroutine)), None)


def _first_attribute(owner: object, names: tuple[str, ...]) -> Any:
    found = (getattr(owner, name, None) for name in names)
    return next((each for each in found if each is not None), None)


def _replace_executor(loop: AbstractEventLoop) -> None:
    """Let nobody wait for a thread of the loop that hangs; what runs there goes on."""
    loop.set_default_executor(ThreadPoolExecutor())


def _call_on(loop: AbstractEventLoop, function: Callable[[], None]) -> None:
    # A closed loop needs no help to end.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function)


def _run_until_complete(names: Mapping[str, Any]) -> _Found:
    future = names["future"]  # a coroutine at first
    return names["self"], future if asyncio.isfuture(future) else None


#: Functions that run a loop, and how to read from their local variables what for.
_RUNS_LOOP: dict[CodeType, Callable[[Mapping[str, Any]], _Found]] = {
    asyncio.BaseEventLoop.run_forever.__code__: lambda names: (names["self"], None),
    asyncio.BaseEventLoop.run_until_complete.__code__: _run_until_complete,
}
