"""Tests that cannot run beside others because of the event loop that they use.

Those of Twisted, which has one reactor for the process, and those of ``pytest-asyncio``
that do more to the loop than to run on it, or whose version is not known.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

import pytest

from .asyncio_runners import has_known_runner

#: The definition of a fixture and a function that makes it.
FixtureCode = tuple[Any, FunctionType]

#: `pytest-asyncio`, where it is installed.
_PLUGIN = "asyncio"


def find_lone_loop(
    item: pytest.Function, cls: type | None, fixtures: Iterable[FixtureCode]
) -> str | None:
    """Return what of its loop makes an item run alone, ``None`` if nothing does.

    :param cls: the class of the test, if it is a method.
    :param fixtures: those of the item.
    """
    for base in cls.__mro__ if cls else ():
        if base.__module__.startswith("twisted.trial"):
            return "the reactor of Twisted"
    if not item.config.pluginmanager.hasplugin(_PLUGIN):
        return None
    return _find_in_asyncio(item, list(fixtures))


def is_unknown_asyncio(item: pytest.Function) -> bool:
    """Tell whether a test is one of a `pytest-asyncio` whose runners are not known."""
    return hasattr(item, "_loop_scope") and not has_known_runner()


def _find_in_asyncio(
    item: pytest.Function, fixtures: Iterable[FixtureCode]
) -> str | None:
    # `_loop_scope`, on tests and on functions of fixtures in `pytest-asyncio` 1.1 to
    # 1.5, has no public name. Without it loops count as the test's own.
    scope = getattr(item, "_loop_scope", None)
    if scope is not None and hasattr(item.obj, "hypothesis"):
        # Its plugin replaces the function of such a test for each run.
        return "asyncio under hypothesis"
    for definition, _ in fixtures:
        if definition.argname == "event_loop_policy" and scope is not None:
            return "an event loop policy of its own"
    if not has_known_runner():
        for each in _loop_scopes(item, scope, fixtures):
            if each != "function":
                return f"the event loop of the {each}"
    return None


def _loop_scopes(
    item: pytest.Function, scope: str | None, fixtures: Iterable[FixtureCode]
) -> Iterator[str]:
    yield scope or "function"
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
