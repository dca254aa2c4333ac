"""Warnings of concurrent tests: filters, records and errors of their own for each.

The ``warnings`` module has one list of filters for the process. While tests run beside
one another that list lets everything pass, and what passes is judged by the filters of
the test that warns. Knows nothing of pytest; see ``warnings_capture``.

Not used where the interpreter keeps filters apart itself: see ``native_filters``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
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
    :ivar repeats: what has been delivered since the filters changed.
    :ivar log: where warnings are recorded; ``None`` where they are shown.
    """

    def __init__(self, filters: list[Filter], show: Callable[[Any], None]) -> None:
        self.filters = list(filters)
        self.log: list[Any] | None = None
        self._show = show
        self.repeats = Repeats()

    def add(self, entry: Filter, *, append: bool) -> None:
        """Add a filter, as ``warnings.filterwarnings`` does."""
        if entry in self.filters:
            if append:
                return
            self.filters.remove(entry)
        self.filters.insert(len(self.filters) if append else 0, entry)
        self.repeats.forget()

    def enter(self, *, record: bool) -> tuple[object, ...]:
        """Begin a ``catch_warnings`` block; returns what ``leave`` wants back."""
        saved = (self.filters, self.log)
        self.filters = list(self.filters)
        self.repeats.forget()
        if record:
            self.log = []
        return saved

    def leave(self, saved: Any) -> None:
        """End a ``catch_warnings`` block."""
        self.filters, self.log = saved
        self.repeats.forget()

    def deliver(self, message: Any) -> None:
        """Record, show, drop or raise a warning.

        :param message: a ``warnings.WarningMessage``.
        :raises Warning: a filter makes an error of it.
        """
        action = find_action(self.filters, message) or "default"
        if action == "error":
            raise message.message
        if action == "ignore" or self.repeats.is_repeated(action, message):
            return
        if self.log is None:
            self._show(message)
        else:
            self.log.append(message)


class Repeats:
    """Remembers warnings, for the actions that let each pass once."""

    def __init__(self) -> None:
        self._seen: set[object] = set()

    def forget(self) -> None:
        """Let everything pass once more."""
        self._seen.clear()

    def is_repeated(self, action: str, message: Any) -> bool:
        """Tell whether a warning has passed; from now on it has."""
        key: tuple[object, ...] = (str(message.message), message.category)
        if action in ("default", "module"):
            key = (*key, message.filename, action == "default" and message.lineno)
        elif action != "once":
            return False
        if key in self._seen:
            return True
        self._seen.add(key)
        return False


def find_action(filters: Iterable[Filter], message: Any) -> str | None:
    """Return what the first filter that matches says, ``None`` if none does."""
    text = str(message.message)
    for action, wanted, category, module, line in filters:
        if (
            issubclass(message.category, category)
            and line in (0, message.lineno)
            and _matches(wanted, text)
            and (module is None or _matches(module, _module_of(message)))
        ):
            return action
    return None


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


def process_filters() -> list[Any]:
    """Return the filters in force outside any test: a list that may be changed."""
    module: Any = warnings
    # From 3.14 on a context may have filters of its own; see `native_filters`.
    found: list[Any] = getattr(module, "_get_filters", lambda: module.filters)()
    return found


@contextmanager
def routed_filters(find: Callable[[], Filters]) -> Iterator[None]:
    """Let ``find`` say whose filters count, for everything that warns.

    CPython has no public way. ``_showwarnmsg`` is what its C code calls, from 3.6 on;
    ``_add_filter`` is where every function that adds a filter ends, from 3.5 on.
    """
    module: Any = warnings
    catch = warnings.catch_warnings
    saved = (module._showwarnmsg, module._add_filter)
    methods = (catch.__enter__, catch.__exit__)

    def show(message: Any) -> None:
        find().deliver(message)

    def add_filter(*entry: Any, append: bool) -> None:
        find().add(entry, append=append)

    module._showwarnmsg, module._add_filter = show, add_filter
    catch.__enter__ = _make_enter(find)  # type: ignore[method-assign]
    catch.__exit__ = _make_exit(find)  # type: ignore[method-assign]
    try:
        with _all_pass():
            yield
    finally:
        module._showwarnmsg, module._add_filter = saved
        catch.__enter__, catch.__exit__ = methods  # type: ignore[method-assign]


@contextmanager
def _all_pass() -> Iterator[None]:
    """Let every warning pass to ``_showwarnmsg``."""
    module: Any = warnings
    common = module.filters
    mine = process_filters()
    kept = list(mine)
    # A context that has filters of its own is copied for the tests, which then look
    # at this very list. Threads without a context look at the list of the module.
    mine[:] = [_ALWAYS]
    module.filters = mine if mine is common else [_ALWAYS]
    module._filters_mutated()
    try:
        yield
    finally:
        mine[:] = kept
        module.filters = common
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
