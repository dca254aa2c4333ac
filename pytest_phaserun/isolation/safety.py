"""Which tests change the whole process, and so must run alone.

A static reading: fixtures by name, and names in the code of a test, its fixtures, its
xunit methods and the functions of its own module that it calls. What it cannot know
counts as safe.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

#: Fixtures that change what all threads share.
FIXTURES = frozenset(
    {
        "capfd",
        "capfdbinary",
        "caplog",
        "monkeypatch",
        "pytester",
        "recwarn",
        "testdir",
        "mocker",
        "class_mocker",
        "module_mocker",
        "package_mocker",
        "session_mocker",
    }
)

#: Names that code uses to do the same.
NAMES = frozenset(
    {
        "catch_warnings",
        "chdir",
        "deprecated_call",
        "environ",
        "mock",
        "basicConfig",
        "putenv",
        "reload",
        "seed",
        "set_event_loop_policy",
        "setdefaulttimeout",
        "setlocale",
        "setrecursionlimit",
        "settrace",
        "signal",
        "tzset",
        "umask",
        "warns",
    }
)

#: Packages whose fixtures are not read: known by name, or safe beside others.
TRUSTED = frozenset({"_pytest", "pytest_asyncio", "pytest_phaserun"})

#: How many calls deep functions of the test's own module are read.
DEPTH = 2

_XUNIT = (
    "setup_module",
    "teardown_module",
    "setup_function",
    "teardown_function",
    "setup_class",
    "teardown_class",
    "setup_method",
    "teardown_method",
    "setUpClass",
    "tearDownClass",
    "setUp",
    "tearDown",
)


class Safety:
    """Says of tests why they must run alone; reads each function once."""

    def __init__(self) -> None:
        self._read: dict[CodeType, str | None] = {}

    def why_alone(self, item: pytest.Item) -> str | None:
        """Return the reason, in words that follow "runs alone:", or ``None``."""
        if not isinstance(item, pytest.Function):
            return f"{type(item).__name__} items may change the whole process"
        for name in item.fixturenames:
            if name in FIXTURES:
                return f"uses the fixture {name}"
        if getattr(item.obj, "patchings", None):
            return "is decorated with mock.patch"
        for function in _functions(item):
            found = self._find_name(function, DEPTH)
            if found is not None:
                return f"{function.__name__} uses {found}"
        return None

    def _find_name(self, function: FunctionType, depth: int) -> str | None:
        code = function.__code__
        if code not in self._read:
            # Set first: functions may call one another.
            self._read[code] = None
            self._read[code] = self._search(function, depth)
        return self._read[code]

    def _search(self, function: FunctionType, depth: int) -> str | None:
        for name in _names(function.__code__):
            if name in NAMES:
                return name
            value = function.__globals__.get(name)
            if value is None:
                continue
            if getattr(value, "__module__", None) == "unittest.mock":
                return f"unittest.mock.{name}"
            if depth and _is_neighbour(value, function):
                found = self._find_name(inspect.unwrap(value), depth - 1)
                if found is not None:
                    return found
        return None


def _names(code: CodeType) -> Iterator[str]:
    """Yield what a function and the functions inside it refer to."""
    yield from code.co_names
    yield from code.co_varnames[: code.co_argcount]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_neighbour(value: object, function: FunctionType) -> bool:
    return isinstance(value, FunctionType) and value.__module__ == function.__module__


def _functions(item: pytest.Function) -> Iterator[FunctionType]:
    """Yield the test, its xunit methods and its fixtures, as plain functions."""
    candidates: list[Callable[..., Any]] = [item.obj]
    for owner in (item.cls, item.module):
        candidates += [getattr(owner, name) for name in _XUNIT if hasattr(owner, name)]
    # The definitions of the fixtures that a test uses, by name; on every `Function`
    # since 3.0. Without it fixtures count as safe.
    info = getattr(item, "_fixtureinfo", None)
    for definitions in info.name2fixturedefs.values() if info else ():
        candidates += [definition.func for definition in definitions]
    for candidate in candidates:
        function = inspect.unwrap(getattr(candidate, "__func__", candidate))
        if isinstance(function, FunctionType) and not _is_trusted(function):
            yield function


def _is_trusted(function: FunctionType) -> bool:
    return function.__module__.partition(".")[0] in TRUSTED
