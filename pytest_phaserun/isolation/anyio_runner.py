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
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FunctionType
from typing import Any

import pytest

from .current import ItemRun, current_item, owning_run
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


class _Lender:
    """Anyio's own function, with global variables of its own: it knows one runner."""

    def __init__(self, function: FunctionType) -> None:
        self._variables = {**function.__globals__, **_UNUSED}
        self.lend = contextmanager(
            FunctionType(
                function.__code__,
                self._variables,
                function.__name__,
                function.__defaults__,
                function.__closure__,
            )
        )

    @property
    def is_lent(self) -> bool:
        """Tell whether its runner is in use."""
        return self._variables["_current_runner"] is not None


class _OfThread(threading.local):
    """The lender of the test that a thread runs."""

    run: ItemRun | None = None
    lender: _Lender | None = None


class Runners:
    """Lends each test that runs beside others its own runner.

    Any thread may ask, for the test that it runs.

    :param function: anyio's own.
    :ivar _alone: for the main thread, whose tests share a runner for each backend: what
        several of them share lives in it.
    :ivar _opened: the file of the test that each of these was made for.
    """

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self._of_thread = _OfThread()
        self._alone: list[tuple[object, _Lender]] = []
        self._opened: dict[_Lender, object] = {}

    def get_runner(
        self, backend_name: str, backend_options: dict[str, Any]
    ) -> AbstractContextManager[Any]:
        """Stand for anyio's function of this name."""
        run = owning_run()
        if run is None:
            lender = self._find_alone((backend_name, backend_options or {}))
        else:
            lender = self._find_beside(run)
        return lender.lend(backend_name, backend_options)

    def _find_beside(self, run: ItemRun) -> _Lender:
        mine = self._of_thread
        if mine.run is not run or mine.lender is None:
            mine.run, mine.lender = run, _Lender(self._function)
        return mine.lender

    def _find_alone(self, backend: object) -> _Lender:
        """Return who lends to the test that runs alone.

        As with anyio alone, inside a file it is the runner that is in use, whatever
        the backend. That of another file can be in use with us only.
        """
        item = current_item()
        path = None if item is None else item.path
        for _, lender in self._alone:
            if lender.is_lent and self._opened[lender] == path:
                return lender
        # Options need not be hashable.
        same = (lender for known, lender in self._alone if known == backend)
        found = next(same, None)
        if found is None:
            found = _Lender(self._function)
            self._alone.append((backend, found))
        if not found.is_lent:
            self._opened[found] = path
        return found


@contextmanager
def separate_runners() -> Iterator[None]:
    """While active, tests of anyio can run beside one another."""
    function = _find_function()
    if function is None:
        yield
        return
    module = sys.modules[_PLUGIN]
    original = getattr(module, _NAME)
    setattr(module, _NAME, Runners(function).get_runner)
    try:
        yield
    finally:
        setattr(module, _NAME, original)


def is_unknown(item: pytest.Function) -> bool:
    """Tell whether a test is one of an anyio whose runners cannot be separated."""
    is_loaded = _PLUGIN in sys.modules
    return is_loaded and FIXTURE in item.fixturenames and _find_function() is None


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
