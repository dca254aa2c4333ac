"""Warnings of concurrent tests: filters, records and errors of their own for each.

The ``warnings`` module has one list of filters for the process. While tests run beside
one another that list lets everything pass, and what passes is judged by the filters of
the test that warns. Knows nothing of pytest; see ``warnings_capture``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: Action, message, category, module, line: as in ``warnings.filters``.
Filter = tuple[str, Any, type[Warning], Any, int]

_ALWAYS: Filter = ("always", None, Warning, None, 0)


class Filters:
    """What stands in for the state of the ``warnings`` module.

    Owned by one test, or by the main thread; threads of one test share it, as they
    would share the module.

    :ivar filters: the first that matches decides.
    :ivar log: where warnings are recorded; ``None`` where they are shown.
    """

    def __init__(self, filters: list[Filter], show: Callable[[Any], None]) -> None:
        self.filters = list(filters)
        self.log: list[Any] | None = None
        self._show = show
        self._seen: set[object] = set()

    def add(self, entry: Filter, *, append: bool) -> None:
        """Add a filter, as ``warnings.filterwarnings`` does."""
        if entry in self.filters:
            if append:
                return
            self.filters.remove(entry)
        self.filters.insert(len(self.filters) if append else 0, entry)
        self._seen.clear()

    def enter(self, *, record: bool) -> tuple[object, ...]:
        """Begin a ``catch_warnings`` block; returns what ``leave`` wants back."""
        saved = (self.filters, self.log)
        self.filters = list(self.filters)
        self._seen.clear()
        if record:
            self.log = []
        return saved

    def leave(self, saved: Any) -> None:
        """End a ``catch_warnings`` block."""
        self.filters, self.log = saved
        self._seen.clear()

    def deliver(self, message: Any) -> None:
        """Record, show, drop or raise a warning.

        :param message: a ``warnings.WarningMessage``.
        :raises Warning: a filter makes an error of it.
        """
        action = self._action(message)
        if action == "error":
            raise message.message
        if action == "ignore" or self._is_repeated(action, message):
            return
        if self.log is None:
            self._show(message)
        else:
            self.log.append(message)

    def _action(self, message: Any) -> str:
        text = str(message.message)
        for action, wanted, category, module, line in self.filters:
            if (
                issubclass(message.category, category)
                and line in (0, message.lineno)
                and _matches(wanted, text)
                and (module is None or _matches(module, _module_of(message)))
            ):
                return action
        return "default"

    def _is_repeated(self, action: str, message: Any) -> bool:
        key: tuple[object, ...] = (str(message.message), message.category)
        if action in ("default", "module"):
            key = (*key, message.filename, action == "default" and message.lineno)
        elif action != "once":
            return False
        if key in self._seen:
            return True
        self._seen.add(key)
        return False


def _matches(pattern: Any, text: str) -> bool:
    # The interpreter's own filters hold texts, those of Python code patterns.
    if pattern is None or isinstance(pattern, str):
        return pattern in (None, text)
    return pattern.match(text) is not None


def _module_of(message: Any) -> str:
    """Return the name of the module that is blamed for a warning."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == message.filename:
            return str(frame.f_globals.get("__name__", ""))
        frame = frame.f_back  # type: ignore[assignment]
    return PurePath(message.filename).stem


@contextmanager
def routed_filters(find: Callable[[], Filters]) -> Iterator[None]:
    """Let ``find`` say whose filters count, for everything that warns.

    CPython has no public way below 3.14. ``_showwarnmsg`` is what its C code calls, in
    3.6 to 3.13; ``_add_filter`` is where every function that adds a filter ends.
    """
    module: Any = warnings
    catch = warnings.catch_warnings
    saved = (module.filters, module._showwarnmsg, module._add_filter)
    methods = (catch.__enter__, catch.__exit__)

    def show(message: Any) -> None:
        find().deliver(message)

    def add_filter(*entry: Any, append: bool) -> None:
        find().add(entry, append=append)

    module._showwarnmsg, module._add_filter = show, add_filter
    catch.__enter__ = _make_enter(find)  # type: ignore[method-assign]
    catch.__exit__ = _make_exit(find)  # type: ignore[method-assign]
    _set_filters([_ALWAYS])
    try:
        yield
    finally:
        _set_filters(saved[0])
        module._showwarnmsg, module._add_filter = saved[1:]
        catch.__enter__, catch.__exit__ = methods  # type: ignore[method-assign]


def _set_filters(filters: list[Any]) -> None:
    module: Any = warnings
    module.filters = filters
    # Tells the registries of all modules to forget what was shown.
    module._filters_mutated()


def _make_enter(find: Callable[[], Filters]) -> Any:
    def enter(self: Any) -> list[Any] | None:
        if self._entered:
            raise RuntimeError(f"Cannot enter {self!r} twice")
        self._entered = True
        filters = find()
        self._saved = filters.enter(record=self._record)
        # `catch_warnings(action=...)`, from 3.11 on.
        if getattr(self, "_filter", None) is not None:
            warnings.simplefilter(*self._filter)
        return filters.log if self._record else None

    return enter


def _make_exit(find: Callable[[], Filters]) -> Any:
    def leave(self: Any, *exc_info: object) -> None:
        if not self._entered:
            raise RuntimeError(f"Cannot exit {self!r} without entering first")
        find().leave(self._saved)

    return leave
