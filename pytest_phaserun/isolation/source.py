"""Which code changes the whole process, read from what it refers to.

A static reading of code objects: names are looked up in the globals of the function,
so that ``from os import chdir as cd`` is found; functions of the same module that it
calls are read as well, and those of other modules of the same test suite. What cannot
be known counts as safe.
"""

from __future__ import annotations

import dis
import inspect
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from .by_hand import find_patched, find_written
from .reads import READABLE, is_only_read

#: What changes the process, by module; ``*`` stands for everything in it.
UNSAFE: Mapping[str, frozenset[str]] = {
    module: frozenset(names.split())
    for module, names in {
        # What is forked beside an interpreter ends with a fatal error.
        "_interpreters": "*",
        "anyio.to_interpreter": "*",
        "asyncio": "get_event_loop set_event_loop set_event_loop_policy",
        # Replaces functions of the process while its context lasts.
        "blockbuster": "*",
        "blockbuster_ctx": "*",
        "breakpoint": "*",
        "click.testing": "CliRunner",
        "codecs": "register register_error unregister",
        "concurrent.futures": "InterpreterPoolExecutor",
        "concurrent.futures.interpreter": "*",
        "concurrent.interpreters": "*",
        "contextlib": "chdir redirect_stdout redirect_stderr",
        "faulthandler": "*",
        "freezegun": "*",
        "freezegun.api": "*",
        "gc": "*",
        "importlib": "invalidate_caches reload",
        "locale": "setlocale",
        "logging": "basicConfig disable setLoggerClass",
        "logging.config": "*",
        "multiprocessing": "set_start_method",
        "multiprocessing.context": "set_start_method",
        "os": "_exit abort chdir dup2 environ environb fchdir fork forkpty kill killpg "
        "nice putenv setegid seteuid setgid setpgid setsid setuid umask unsetenv",
        "pdb": "*",
        "pytest": "MonkeyPatch set_trace",
        "random": "seed setstate",
        "resource": "setrlimit",
        "signal": "*",
        "socket": "setdefaulttimeout",
        "sys": "addaudithook argv breakpointhook displayhook excepthook meta_path "
        "modules path path_hooks path_importer_cache setcheckinterval setprofile "
        "setrecursionlimit setswitchinterval settrace unraisablehook",
        "threading": "active_count enumerate excepthook main_thread setprofile "
        "settrace stack_size",
        "time": "tzset",
        "time_machine": "*",
        "tornado.process": "Subprocess fork_processes",
        "tracemalloc": "*",
        "typer.testing": "CliRunner",
        "unittest.mock": "*",
        "mock": "*",
        "warnings": "formatwarning resetwarnings showwarning",
    }.items()
}

#: Attributes that say enough whatever they are attributes of.
UNSAFE_ATTRIBUTES = frozenset(
    {
        "add_signal_handler",
        "invoke",
        "isolated_filesystem",
        "remove_signal_handler",
        "set_event_loop_policy",
    }
)

#: Attributes of ``sys`` that matter only where they are assigned.
_ASSIGNED = frozenset({"stdout", "stderr", "stdin"})

#: Makes values that belong to the thread that made them.
THREAD_BOUND: Mapping[str, frozenset[str]] = {
    "sqlite3": frozenset({"connect"}),
    "tkinter": frozenset({"*"}),
    "playwright.sync_api": frozenset({"*"}),
    "asyncio": frozenset({"new_event_loop", "Runner"}),
}

#: How many calls deep functions of the same module or suite are read.
DEPTH = 2

#: Packages that hold tests and what helps them.
_SUITES = frozenset({"test", "tests"})

_STORE_GLOBAL = dis.opmap["STORE_GLOBAL"]


class SourceReader:
    """Reads each code object once; the main thread alone may ask.

    :param table: names to look for, by module.
    :param attributes: names to look for wherever they stand.
    :param objects: to look for under whatever name a module has them itself.
    """

    def __init__(
        self,
        table: Mapping[str, frozenset[str]],
        attributes: frozenset[str] = frozenset(),
        *,
        objects: Mapping[str, object] = MappingProxyType({}),
        process_state: bool = True,
    ) -> None:
        self._table = table
        self._packages = {name.rpartition(".")[0] for name in table} - {""}
        self._attributes = attributes
        self._process_state = process_state
        # With the code itself, whose identity must not pass to another one.
        self._read: dict[tuple[int, int], tuple[CodeType, str | None]] = {}
        self._objects = dict(_identities(table))
        self._objects.update((id(each), name) for name, each in objects.items())

    def find(self, function: FunctionType, owner: type | None = None) -> str | None:
        """Return the first name found in a function or what it calls, or ``None``.

        :param owner: the class of a method, in which the methods it calls are found.
        """
        return self._find(function, owner, DEPTH)

    def _find(
        self, function: FunctionType, owner: type | None, depth: int
    ) -> str | None:
        code = function.__code__
        # By identity, as to compare code takes as long as to read it.
        key = id(code), depth
        if key not in self._read:
            # Set first: functions may call one another.
            self._read[key] = code, None
            self._read[key] = code, self._search(function, owner, depth)
        return self._read[key][1]

    def _search(
        self, function: FunctionType, owner: type | None, depth: int
    ) -> str | None:
        if getattr(function, "patchings", None):
            return "mock.patch"
        code, names = function.__code__, list(_names(function.__code__))
        if not names:
            return None
        found = self._search_names(function, names)
        if found is None and self._process_state:
            found = (
                _assigned(code, names)
                or find_patched(function)
                or find_written(function, names)
            )
        if found is None and depth:
            for callee in _neighbours(function, owner, names):
                found = self._find(callee, owner, depth - 1)
                if found is not None:
                    break
        return found

    def _search_names(self, function: FunctionType, names: list[str]) -> str | None:
        for name in names:
            if name in self._attributes:
                return name
            value = function.__globals__.get(name, sys.modules.get(name))
            if isinstance(value, ModuleType):
                found = self._search_module(function.__code__, name, value, names)
            elif value is None:
                found = name if "*" in self._table.get(name, ()) else None
            else:
                found = self._objects.get(id(value))
                if found in READABLE and is_only_read(function.__code__, name):
                    found = None
            if found is not None:
                return found
        return None

    def _search_module(
        self, code: CodeType, name: str, module: ModuleType, names: list[str]
    ) -> str | None:
        wanted = self._table.get(module.__name__, frozenset())
        if "*" in wanted:
            return name
        for attribute in names:
            if attribute in wanted and _is_attribute(code, name, attribute):
                is_readable = f"{module.__name__}.{attribute}" in READABLE
                if not (is_readable and is_only_read(code, attribute)):
                    return f"{name}.{attribute}"
            # `unittest.mock`, where only `unittest` stands in the globals.
            is_package = module.__name__ in self._packages
            if is_package and f"{module.__name__}.{attribute}" in self._table:
                below = sys.modules.get(f"{module.__name__}.{attribute}")
                if below is not None and below is not module:
                    found = self._search_module(code, attribute, below, names)
                    if found is not None:
                        return found
        return None


def _identities(table: Mapping[str, frozenset[str]]) -> Iterator[tuple[int, str]]:
    """Yield the objects that the table means, of the modules that are imported.

    What is not imported by now can be used only through an import in the function.
    """
    for module_name, names in table.items():
        module = sys.modules.get(module_name)
        if module is None:
            continue
        for name in _own_names(module) if "*" in names else names:
            value = getattr(module, name, None)
            if value is not None:
                yield id(value), f"{module_name}.{name}"


def _own_names(module: ModuleType) -> Iterator[str]:
    """Yield what a module defines itself; what it imports is somebody else's."""
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) == module.__name__:
            yield name


def _names(code: CodeType) -> Iterator[str]:
    """Yield what a function and the functions inside it refer to."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_attribute(code: CodeType, name: str, attribute: str) -> bool:
    """Tell whether ``attribute`` may stand after ``name``.

    It does not where it follows another global name: ``os.path`` is no ``sys.path``.
    """
    before = None
    for step in dis.get_instructions(code):
        if step.argval == attribute and not (
            before is not None
            and before.opname in ("LOAD_GLOBAL", "LOAD_NAME")
            and before.argval != name
        ):
            return True
        before = step
    nested = (each for each in code.co_consts if isinstance(each, CodeType))
    return any(_is_attribute(each, name, attribute) for each in nested)


def _assigned(code: CodeType, names: Iterable[str]) -> str | None:
    """Return a module variable or a stream of ``sys`` that the code assigns."""
    # Instructions are two bytes each, the first one the operation.
    if _STORE_GLOBAL in code.co_code[::2]:
        return "a global variable"
    if not _ASSIGNED.isdisjoint(names):
        for step in dis.get_instructions(code):
            if step.opname == "STORE_ATTR" and step.argval in _ASSIGNED:
                return f"sys.{step.argval}"
    return None


def _neighbours(
    function: FunctionType, owner: type | None, names: Iterable[str]
) -> Iterator[FunctionType]:
    """Yield the functions of its own suite or class that a function refers to."""
    for name in names:
        value = function.__globals__.get(name)
        if value is None and owner is not None:
            value = inspect.getattr_static(owner, name, None)
        for plain in plain_functions(value):
            if _is_helper(plain, function):
                yield plain


def _is_helper(function: FunctionType, of: FunctionType) -> bool:
    """Tell whether a function is of the module or the test suite of another one."""
    if function.__module__ == of.__module__:
        return True
    suite = _suite_of(function)
    return suite is not None and suite == _suite_of(of)


def _suite_of(function: FunctionType) -> str | None:
    """Return the suite that a function stands in, ``None`` if it is in none.

    A package, ``shop.tests`` for ``shop.tests.cart.test_add``, or a directory.
    """
    parts = (function.__module__ or "").split(".")
    for end, part in enumerate(parts[:-1], 1):
        if part in _SUITES:
            return ".".join(parts[:end])
    directory = os.path.dirname(function.__globals__.get("__file__") or "")
    is_suite = len(parts) == 1 and os.path.basename(directory) in _SUITES
    return directory if is_suite else None


def plain_functions(value: Any) -> Iterator[FunctionType]:
    """Yield the Python functions in a callable: its wrappers, then its core."""
    value = getattr(value, "__func__", value)
    while value is not None:
        if isinstance(value, FunctionType):
            yield value
        # Hypothesis keeps the test that it drives here.
        driven = getattr(getattr(value, "hypothesis", None), "inner_test", None)
        value = getattr(value, "__wrapped__", None) if driven is None else driven
