"""What pytest-asyncio runs coroutines with, made fit for tests on threads.

That plugin makes an ``asyncio.Runner`` for each scope, which serves one thread at a
time. The stand-in for those of wide scopes serves all.
"""

from __future__ import annotations

import sys
import threading
from asyncio import AbstractEventLoop, CancelledError
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from types import TracebackType
from typing import Any

import pytest

from .context_tasks import create_task
from .current import current_run
from .errors import TimeoutInterrupt
from .guarding import stage_guard
from .shared_loops import SharedLoop, SharedLoops

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: The module of pytest-asyncio that makes runners.
_MODULE = "pytest_asyncio.plugin"


@contextmanager
def routed_runners(config: pytest.Config, loops: SharedLoops) -> Iterator[None]:
    """While active, pytest-asyncio makes runners that serve tests on threads.

    ``Runner``, a global of its plugin in 1.1 to 1.5, has no public hook.
    """
    module: Any = sys.modules.get(_MODULE)
    if module is None or not has_known_runner():
        yield
        return
    stock = module.Runner

    def make(**options: Any) -> Any:
        run = current_run()
        is_shared = run is None or bool(run.making)
        return RoutedRunner(stock(**options), loops if is_shared else None)

    module.Runner = make
    try:
        yield
    finally:
        module.Runner = stock


def has_known_runner() -> bool:
    """Tell whether this pytest-asyncio makes its runners as expected."""
    module = sys.modules.get(_MODULE)
    # The one maker of runners, in 1.1 to 1.5.
    maker = getattr(module, "_create_scoped_runner_fixture", None)
    if maker is None or not hasattr(module, "Runner"):
        return False
    codes = [c for c in maker.__code__.co_consts if hasattr(c, "co_names")]
    return any("Runner" in code.co_names for code in codes)


def is_runner_of(value: object, shared: SharedLoop) -> bool:
    """Tell whether the value of a fixture is the runner of a shared loop."""
    return isinstance(value, RoutedRunner) and value._shared is shared


class RoutedRunner:
    """Stands for an ``asyncio.Runner``, as far as pytest-asyncio uses it.

    Made and closed by the thread that sets its fixture up and takes it down; ``run``
    is for any thread.

    :param stock: makes and closes the loop, and runs it where nothing else runs.
    :param loops: those that tests share; ``None`` for a loop of one test.
    """

    def __init__(self, stock: Any, loops: SharedLoops | None) -> None:
        self._stock = stock
        self._loops = loops
        self._shared: SharedLoop | None = None

    def __repr__(self) -> str:
        return f"<RoutedRunner {self._shared or 'of one test'}>"

    def __enter__(self) -> RoutedRunner:
        self._stock.__enter__()
        if self._loops is not None:
            self._shared = self._loops.add(self.get_loop())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shared is not None and self._loops is not None:
            self._loops.remove(self._shared)
            if self._shared.lost:
                return
        self._stock.__exit__(kind, error, traceback)

    def get_loop(self) -> AbstractEventLoop:
        """Return the loop, which may be running."""
        loop: AbstractEventLoop = self._stock.get_loop()
        return loop

    def run(
        self,
        coroutine: Coroutine[Any, Any, Any],
        *,
        context: Context | None = None,
    ) -> Any:
        """Run a coroutine and wait for it.

        :param context: in which it runs; by default in a copy of the caller's.
        :raises BaseException: what it raises.
        """
        try:
            return self._run(coroutine, context or copy_context())
        except CancelledError:
            guard = stage_guard.get()
            if guard is None or not guard.is_interrupted:
                raise
            # pytest would neither note it as a failure of a fixture nor go on with
            # the teardown.
            raise TimeoutInterrupt from None

    def _run(self, coroutine: Coroutine[Any, Any, Any], context: Context) -> Any:
        shared = self._shared
        if shared is not None and shared.lost and _is_teardown():
            # What was set up on a lost loop can only be left up.
            coroutine.close()
            return None
        if shared is not None and shared.is_running:
            return shared.run(coroutine, context)
        if threading.current_thread() is threading.main_thread():
            return self._stock.run(coroutine, context=context)
        # Like the stock one; before 3.11 that replaces `contextvars.copy_context` for
        # all threads while it makes a task.
        loop = self.get_loop()
        return loop.run_until_complete(create_task(loop, coroutine, context))


def _is_teardown() -> bool:
    run = current_run()
    return run is None or run.stage == "teardown"
