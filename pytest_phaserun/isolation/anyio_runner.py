"""A runner of its own for every test of anyio's pytest plugin.

That plugin has one runner, and with it one event loop, for the whole process: who comes
while it is in use shares it. Nothing here says what a runner does; the plugin's own
function makes each, with global variables of its own.
"""

from __future__ import annotations

import dis
import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FunctionType
from typing import Any

import pytest

from .current import ItemRun, owning_run
from .fixtures import scope_of

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: The fixture that all tests of anyio use.
FIXTURE = "anyio_backend"

_PLUGIN = "anyio.pytest_plugin"

#: The function that lends runners, in 3.7 to 4.16, and its parameters. There is no
#: public way to a second runner. Where it is another, tests of anyio run alone.
_NAME = "get_runner"
_PARAMETERS = ["backend_name", "backend_options"]

#: The variables of the module that it sets, as they are while there is no runner: the
#: first one alone before 4.4, all three up to 4.16.
_UNUSED = {"_current_runner": None, "_runner_leases": 0, "_runner_stack": None}

_GetRunner = Callable[..., AbstractContextManager[Any]]


class _OfThread(threading.local):
    """Lends the runner of the test that a thread runs."""

    run: ItemRun | None = None
    get_runner: _GetRunner | None = None


class Runners:
    """Lends each test that runs beside others its own runner.

    Any thread may ask, for the test that it runs. Those that run alone, in the main
    thread, share one runner for each backend, as what they share lives in it; between
    two of them a test of another backend may come.

    :param lend: anyio's own function, which knows one runner.
    """

    def __init__(self, lend: FunctionType) -> None:
        self._lend = lend
        self._of_thread = _OfThread()
        self._alone: list[tuple[tuple[str, object], _GetRunner]] = []

    def get_runner(
        self, backend_name: str, backend_options: dict[str, Any]
    ) -> AbstractContextManager[Any]:
        """Stand for anyio's function of this name."""
        run = owning_run()
        if run is None:
            lend = self._find_alone((backend_name, backend_options or {}))
        else:
            lend = self._find_beside(run)
        return lend(backend_name, backend_options)

    def _find_beside(self, run: ItemRun) -> _GetRunner:
        mine = self._of_thread
        if mine.run is not run or mine.get_runner is None:
            mine.run, mine.get_runner = run, _with_own_globals(self._lend)
        return mine.get_runner

    def _find_alone(self, backend: tuple[str, object]) -> _GetRunner:
        # Options need not be hashable.
        for known, lend in self._alone:
            if known == backend:
                return lend
        lend = _with_own_globals(self._lend)
        self._alone.append((backend, lend))
        return lend


@contextmanager
def separate_runners() -> Iterator[None]:
    """While active, tests of anyio can run beside one another."""
    lend = _find_function()
    if lend is None:
        yield
        return
    module = sys.modules[_PLUGIN]
    original = getattr(module, _NAME)
    setattr(module, _NAME, Runners(lend).get_runner)
    try:
        yield
    finally:
        setattr(module, _NAME, original)


def is_unknown(item: pytest.Function) -> bool:
    """Tell whether a test is one of an anyio whose runners cannot be separated."""
    return FIXTURE in item.fixturenames and _find_function() is None


def find_shared_runner(
    item: pytest.Function, fixtures: Iterable[tuple[Any, FunctionType]]
) -> str | None:
    """Return what an item of anyio shares with others, ``None`` if it is nothing.

    :param fixtures: the definitions of those of the item, and their functions.
    """
    if FIXTURE not in item.fixturenames:
        return None
    handle = getattr(item.obj, "hypothesis", None)
    if inspect.iscoroutinefunction(getattr(handle, "inner_test", None)):
        # Its plugin puts the backend of the running test into the function.
        return "anyio's handle of hypothesis"
    for definition, function in fixtures:
        scope = scope_of(item, definition).value
        if scope != "function" and _is_async(function):
            return f"the event loop of the {scope}"
    return None


def _is_async(function: FunctionType) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _find_function() -> FunctionType | None:
    """Return what makes and lends runners, without its decorator."""
    lend = getattr(sys.modules.get(_PLUGIN), _NAME, None)
    function = getattr(lend, "__wrapped__", None)
    if not isinstance(function, FunctionType):
        return None
    parameters = list(inspect.signature(function).parameters)
    variables = {
        step.argval
        for step in dis.get_instructions(function)
        if step.opname == "STORE_GLOBAL"
    }
    is_known = parameters == _PARAMETERS and variables and variables <= _UNUSED.keys()
    return function if is_known else None


def _with_own_globals(function: FunctionType) -> _GetRunner:
    """Return the function with variables of its own, which know of no runner yet."""
    namespace = {**function.__globals__, **_UNUSED}
    copy = FunctionType(
        function.__code__,
        namespace,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    return contextmanager(copy)
