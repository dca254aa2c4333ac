"""Event loops that several tests use at once, each run by a thread of its own.

While tests run beside one another such a loop runs all the time, and tests give it
their coroutines. When a test runs alone the loop stands still, so that the main thread
can run it itself, as pytest would.
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any

from .context_tasks import create_task
from .current import THREAD_ATTRIBUTE, current_run
from .errors import LoopLostError, TimeoutInterrupt
from .interrupt import take_back

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: Seconds that a loop is given to come to a standstill.
PATIENCE = 2.0

#: Called with a loop that is given up, and the thread of the test that blocks it.
OnLost = Callable[["SharedLoop", "int | None"], None]


class SharedLoop:
    """One event loop, and the thread that runs it while it is wanted to run.

    ``start``, ``stop`` and ``lose`` are for the owner, see ``SharedLoops``; any thread
    but that of the loop may call ``run``.

    :param on_lost: called when the loop is given up.
    :ivar loop: belongs to its thread, or to nobody while it stands still.
    :ivar lost: why the loop will never run again, ``None`` if it may.
    :ivar thrown_at: the work that blocked the loop when something was thrown into it.
    """

    def __init__(self, loop: AbstractEventLoop, on_lost: OnLost) -> None:
        self.loop = loop
        self._on_lost = on_lost
        self.lost: str | None = None
        self._thread: threading.Thread | None = None
        self.thrown_at: LoopWork | None = None
        self._is_stopping = False
        self._has_answered = True
        self._works: set[LoopWork] = set()

    def __repr__(self) -> str:
        state = self.lost or ("running" if self.is_running else "still")
        return f"<SharedLoop, {state}>"

    @property
    def is_running(self) -> bool:
        """Tell whether a thread of its own runs the loop."""
        return self._thread is not None

    @property
    def thread(self) -> int | None:
        """The thread that runs the loop."""
        return None if self._thread is None else self._thread.ident

    def start(self) -> None:
        """Let the loop run in a thread of its own."""
        self._is_stopping, self._has_answered = False, True
        self._thread = threading.Thread(
            target=self._drive, name="phaserun-loop", daemon=True
        )
        self._thread.start()

    def look(self) -> bool:
        """Tell whether the loop has got to nothing since the last look."""
        if not self.is_running or self.lost:
            return False
        is_blocked, self._has_answered = not self._has_answered, False
        if not is_blocked:
            self.loop.call_soon_threadsafe(self._answer)
        return is_blocked

    def _answer(self) -> None:
        self._has_answered = True

    def stop(self) -> None:
        """Let the loop stand still; lose it if it does not come to that."""
        thread, self._is_stopping = self._thread, True
        if thread is None or self.lost:
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        thread.join(PATIENCE)
        if thread.is_alive():
            self.lose("something that a test had left on it blocked it")
        else:
            self._thread = None

    def lose(self, reason: str, culprit: int | None = None) -> None:
        """Give the loop up: its thread hangs in the middle of a callback.

        :param culprit: the thread of the test whose code that is.
        """
        self.lost = reason
        self._is_stopping = True
        # Who is turned away is to find a fresh one.
        self._on_lost(self, culprit)
        for work in list(self._works):
            work.give_up(LoopLostError(reason))

    def run(self, coroutine: Coroutine[Any, Any, Any], context: Context) -> Any:
        """Run a coroutine on the loop's thread and wait for it, as many may at once.

        :raises LoopLostError: the loop was given up meanwhile, or before.
        :raises BaseException: what the coroutine raises.
        """
        work = LoopWork(self, coroutine, context)
        self._works.add(work)
        try:
            if self.lost is not None:
                coroutine.close()
                raise LoopLostError(self.lost)
            return work.finish()
        finally:
            self._works.discard(work)

    def _drive(self) -> None:
        # Whoever started it, the thread works for all.
        setattr(threading.current_thread(), THREAD_ATTRIBUTE, None)
        while not self._is_stopping:
            try:
                self.loop.run_forever()
            except (KeyboardInterrupt, SystemExit, TimeoutInterrupt):
                # They unwind a loop. The test that raised them has them too, and the
                # others are to go on.
                continue


class LoopWork:
    """A coroutine of a test that runs on a shared loop while the test waits.

    Made by the thread that waits; the loop's thread ends it, or the watchdog.

    :ivar task: the task of the loop, once it has started.
    :ivar run: of the test that waits, on ``thread``.
    """

    def __init__(
        self, home: SharedLoop, coroutine: Coroutine[Any, Any, Any], context: Context
    ) -> None:
        self.home = home
        self.task: asyncio.Task[Any] | None = None
        self.run = current_run()
        self.thread = threading.get_ident()
        self._coroutine = coroutine
        self._context = context
        self._ended = threading.Event()
        self._given_up: BaseException | None = None

    def finish(self) -> Any:
        """Start the coroutine, wait, and return what it returns."""
        thread = threading.get_ident()
        _works[thread] = self
        try:
            self.home.loop.call_soon_threadsafe(self._start)
            self._ended.wait()
        finally:
            del _works[thread]
        if self._given_up is not None:
            raise self._given_up
        assert self.task is not None
        return self.task.result()

    def give_up(self, error: BaseException) -> None:
        """Let the test go on with an exception; the coroutine is left to itself."""
        if not self._ended.is_set():
            self._given_up = error
            self._ended.set()

    def _start(self) -> None:
        self.task = create_task(self.home.loop, self._coroutine, self._context)
        self.task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        if self.home.thrown_at is self:
            # What has not come by now would come to somebody else.
            take_back(threading.get_ident())
            self.home.thrown_at = None
        self._ended.set()


#: What each thread waits for that has given a shared loop work. A thread writes its
#: own entry, the watchdog reads.
_works: dict[int, LoopWork] = {}


def work_of(thread: int) -> LoopWork | None:
    """Return what a thread waits for on a shared loop."""
    return _works.get(thread)


class SharedLoops:
    """All shared loops of a run; they run while tests run beside one another.

    Tests add and remove from any thread, the main thread starts and stops all.
    """

    def __init__(self, on_lost: OnLost) -> None:
        self._on_lost = on_lost
        self._loops: dict[AbstractEventLoop, SharedLoop] = {}
        self._are_running = False
        self._lock = threading.Lock()

    def add(self, loop: AbstractEventLoop) -> SharedLoop:
        """Make a loop a shared one; it runs from now on, if the others do."""
        with self._lock:
            shared = self._loops[loop] = SharedLoop(loop, self._on_lost)
            if self._are_running:
                shared.start()
        return shared

    def remove(self, shared: SharedLoop) -> None:
        """Let a loop stand still, for the calling thread to close it."""
        with self._lock:
            self._loops.pop(shared.loop, None)
        shared.stop()

    def find_blocked(self) -> list[SharedLoop]:
        """Return the loops that have not got to a callback since the last look."""
        return [shared for shared in list(self._loops.values()) if shared.look()]

    def _standing(self) -> list[SharedLoop]:
        return [shared for shared in self._loops.values() if not shared.lost]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let all loops run while active."""
        with self._lock:
            self._are_running = True
            for shared in self._standing():
                shared.start()
        try:
            yield
        finally:
            with self._lock:
                self._are_running = False
                for shared in self._loops.values():
                    shared.stop()
