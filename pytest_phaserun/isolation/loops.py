"""Tests that share an event loop with others: it runs in one thread at a time.

Those of Twisted, which has one reactor for the process, and those of ``pytest-asyncio``
whose loop, or that of an async fixture of theirs, lasts longer than the test.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

import pytest

#: The definition of a fixture and a function that makes it.
FixtureCode = tuple[Any, FunctionType]

#: `pytest-asyncio`, where it is installed.
_PLUGIN = "asyncio"


def find_shared_loop(
    item: pytest.Function, cls: type | None, fixtures: Iterable[FixtureCode]
) -> str | None:
    """Return the name of a loop that an item shares, ``None`` if there is none.

    :param cls: the class of the test, if it is a method.
    :param fixtures: those of the item.
    """
    for base in cls.__mro__ if cls else ():
        if base.__module__.startswith("twisted.trial"):
            return "the reactor of Twisted"
    if item.config.pluginmanager.hasplugin(_PLUGIN):
        for scope in _loop_scopes(item, fixtures):
            if scope != "function":
                return f"the event loop of the {scope}"
    return None


def _loop_scopes(
    item: pytest.Function, fixtures: Iterable[FixtureCode]
) -> Iterator[str]:
    # `_loop_scope`, on tests and on functions of fixtures in `pytest-asyncio` 1.3 to
    # 1.5, has no public name. Without it loops count as the test's own.
    yield getattr(item, "_loop_scope", "function")
    for definition, function in fixtures:
        if _is_async(function):
            own = getattr(function, "_loop_scope", None)
            yield own or _default_scope(item.config, definition.scope)


def _is_async(function: FunctionType) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _default_scope(config: pytest.Config, of_fixture: str) -> str:
    """Return the scope of the loop of a fixture that names none."""
    configured = config.getini("asyncio_default_fixture_loop_scope")
    return of_fixture if configured in (None, "", "fixture-scope") else str(configured)
