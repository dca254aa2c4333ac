"""Which tests must run alone, and why: they change what all threads share.

By the kind of the item, by the fixtures it uses, and by what its code refers to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any, NamedTuple

import pytest

from .anyio_runner import FIXTURE as ANYIO
from .anyio_runner import find_shared_runner
from .anyio_runner import is_unknown as is_unknown_anyio
from .by_hand import find_configured
from .fixtures import scope_of
from .loops import FixtureCode, find_lone_loop, is_unknown_asyncio
from .probe import PhaserunWarning
from .random_state import SHARED_RANDOM, find_bound_functions
from .source import (
    THREAD_BOUND,
    UNSAFE,
    UNSAFE_ATTRIBUTES,
    SourceReader,
    plain_functions,
)

#: Fixtures that change what all threads share.
FIXTURES = frozenset(
    {
        "capfd",
        "capfdbinary",
        "class_mocker",
        "freezer",
        "httpserver_ssl_context",
        "mocker",
        "module_mocker",
        "monkeypatch",
        "package_mocker",
        "pytester",
        "requests_mock",
        "respx_mock",
        "session_mocker",
        "socket_disabled",
        "testdir",
    }
)

#: Packages whose fixtures are not read: known by name, or safe beside others.
TRUSTED = frozenset({"_pytest", "pytest_asyncio", "pytest_phaserun"})

#: Modules whose xunit methods are not read: they set the loop of their thread.
TRUSTED_CASES = frozenset({"tornado.testing"})

_MODULE_METHODS = (
    "setup_module",
    "setUpModule",
    "teardown_module",
    "tearDownModule",
    "setup_function",
    "teardown_function",
)
_CLASS_METHODS = (
    "setup_class",
    "setUpClass",
    "teardown_class",
    "tearDownClass",
    "setup_method",
    "setUp",
    "teardown_method",
    "tearDown",
)


class Finding(NamedTuple):
    """What makes a test run alone.

    :ivar cause: the thing that is changed or used.
    :ivar text: what this test has to do with it.
    """

    cause: str
    text: str


class Safety:
    """Says of tests why they must run alone; the main thread alone may ask.

    :param is_seeded: the random generators of the process are seeded for every test.
    """

    def __init__(self, *, is_seeded: bool = False) -> None:
        table = {**UNSAFE, **SHARED_RANDOM} if is_seeded else UNSAFE
        drawn = find_bound_functions() if is_seeded else {}
        self._changes = SourceReader(table, UNSAFE_ATTRIBUTES, objects=drawn)
        self._binds = SourceReader(THREAD_BOUND, process_state=False)
        self._owners: dict[Any, Finding | None] = {}
        self._around: dict[Any, tuple[type | None, Finding | None]] = {}
        self._functions: dict[Any, tuple[FunctionType, ...]] = {}
        self._warned: set[str] = set()

    def why_alone(self, item: pytest.Item) -> Finding | None:
        """Return what makes a test run alone, ``None`` if it may run beside others."""
        if not isinstance(item, pytest.Function):
            kind = f"{type(item).__name__} items"
            return Finding(kind, f"{kind} may change the whole process")
        for name in item.fixturenames:
            if name in FIXTURES:
                return Finding(f"the fixture {name}", f"uses the fixture {name}")
        cls, around = self._look_around(item)
        fixtures = list(self._find_fixtures(item))
        if is_unknown_anyio(item):
            missing = "anyio.pytest_plugin.get_runner"
            self._warn_of("anyio", missing, "its tests", item.config)
            return Finding(f"the fixture {ANYIO}", f"uses the fixture {ANYIO}")
        if is_unknown_asyncio(item):
            missing, which = "pytest_asyncio.plugin.Runner", "tests that share a loop"
            self._warn_of("pytest-asyncio", missing, which, item.config)
        loop = find_lone_loop(item, cls, fixtures) or find_shared_runner(item, fixtures)
        if loop is not None:
            return Finding(loop, f"uses {loop}")
        return (
            self._why_code(item.obj, cls)
            or around
            or self._why_fixtures(item, cls, fixtures)
            or _why_configured(item, fixtures)
        )

    def _warn_of(
        self, plugin: str, missing: str, which: str, config: pytest.Config
    ) -> None:
        """Warn once of a plugin whose insides are not known."""
        if plugin not in self._warned:
            self._warned.add(plugin)
            means = f"{which} run one at a time"
            warning = PhaserunWarning([missing], of=plugin, means=means)
            config.issue_config_time_warning(warning, stacklevel=2)

    def _why_code(self, candidate: Any, owner: type | None) -> Finding | None:
        for function in plain_functions(candidate):
            found = self._changes.find(function, owner)
            if found is not None:
                return Finding(found, f"{function.__name__} uses {found}")
        return None

    def _look_around(self, item: pytest.Function) -> tuple[type | None, Finding | None]:
        """Return the class of a test, and what the xunit functions around it do."""
        known = self._around.get(item.parent)
        if known is None:
            cls = item.cls
            found = self._why_owner(item.module, _MODULE_METHODS)
            known = cls, found or self._why_owner(cls, _CLASS_METHODS)
            self._around[item.parent] = known
        return known

    def _why_owner(self, owner: Any, methods: tuple[str, ...]) -> Finding | None:
        """Look at the xunit methods of a module or class."""
        if owner not in self._owners:
            cls = owner if isinstance(owner, type) else None
            found = (
                self._why_code(method, cls)
                for method in (getattr(owner, name, None) for name in methods)
                if getattr(method, "__module__", None) not in TRUSTED_CASES
            )
            self._owners[owner] = next(filter(None, found), None)
        return self._owners[owner]

    def _why_fixtures(
        self, item: pytest.Function, cls: type | None, fixtures: Iterable[FixtureCode]
    ) -> Finding | None:
        for definition, function in fixtures:
            name = definition.argname
            found = self._changes.find(function, cls)
            if found is not None:
                return Finding(found, f"its fixture {name} uses {found}")
            found = self._binds.find(function, cls)
            if found is not None and scope_of(item, definition).value != "function":
                text = f"its fixture {name} is bound to a thread ({found})"
                return Finding(found, text)
        return None

    def _find_fixtures(self, item: pytest.Function) -> Iterator[FixtureCode]:
        # The definitions of the fixtures that a test uses, by name; on every `Function`
        # since 3.0. Without it fixtures count as safe.
        info = getattr(item, "_fixtureinfo", None)
        for definitions in info.name2fixturedefs.values() if info else ():
            for definition in definitions:
                functions = self._functions.get(definition)
                if functions is None:
                    every = plain_functions(definition.func)
                    functions = tuple(each for each in every if not _is_trusted(each))
                    self._functions[definition] = functions
                for function in functions:
                    yield definition, function


def _why_configured(
    item: pytest.Function, fixtures: Iterable[FixtureCode]
) -> Finding | None:
    """Look for fixtures that a test configures, but does not have for itself."""
    wide, own = set(), [*plain_functions(item.obj)]
    for definition, function in fixtures:
        if scope_of(item, definition).value == "function":
            own.append(function)
        else:
            wide.add(definition.argname)
    for function in own if wide else ():
        for name in sorted(wide & find_configured(function)):
            cause = f"the TLS configuration of {name}"
            return Finding(cause, f"changes {cause}, which other tests use")
    return None


def _is_trusted(function: FunctionType) -> bool:
    return function.__module__.partition(".")[0] in TRUSTED
