"""Warnings of concurrent tests where the interpreter keeps their filters apart itself.

From 3.14 on ``catch_warnings`` can change the filters of its context alone, and threads
can inherit the context of what starts them. Where both are so, each test has filters
and records of its own merely by running in a context of its own.

One thing is still shared: every module has one registry of the warnings that it has
issued. What is shown once, as by default, would be shown to one test and kept from the
others, even from their ``pytest.warns``. So the interpreter is told to show everything
always, and repetitions are sorted out here, for each test.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from .warning_filters import Filters, find_action, process_filters

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

#: Actions that write into registries.
_ONCE = frozenset({"default", "module", "once"})


class _Always(str):
    """The action ``always`` to the interpreter, and what it stands for to us."""

    meant: str

    @classmethod
    def instead_of(cls, action: str) -> str:
        """Return what to tell the interpreter."""
        if action not in _ONCE:
            return action
        self = cls("always")
        self.meant = action
        return self


def is_native() -> bool:
    """Tell whether contexts have filters of their own, and threads inherit them.

    By default so in free-threaded builds from 3.14 on; ``-X context_aware_warnings``
    and ``-X thread_inherit_context`` say it for any.
    """
    flags = sys.flags
    return bool(
        getattr(flags, "context_aware_warnings", False)
        and getattr(flags, "thread_inherit_context", False)
    )


def adopt_filters() -> None:
    """Make the filters of this context ones that write into no registry."""
    filters = process_filters()
    filters[:] = [(_Always.instead_of(action), *rest) for action, *rest in filters]


def carry_filters() -> Callable[[], AbstractContextManager[None]]:
    """Return what brings the filters of this context into another one, for a while.

    A thread of a pool inherits the context of the first work that it was given.
    """
    if not is_native():
        return nullcontext
    module: Any = warnings
    carried = module._get_context()

    @contextmanager
    def carrying() -> Iterator[None]:
        before = module._get_context()
        module._set_context(carried)
        try:
            yield
        finally:
            module._set_context(before)

    return carrying


@contextmanager
def native_filters(find: Callable[[], Filters]) -> Iterator[None]:
    """Let ``find`` say whose repetitions count; all else is left to contexts.

    The same names as in ``warning_filters.routed_filters``, and ``defaultaction``, what
    is done where no filter matches.
    """
    module: Any = warnings
    catch: Any = warnings.catch_warnings
    saved = (module._showwarnmsg, module._add_filter, module.defaultaction)
    methods = (catch.__enter__, catch.__exit__)
    default = _Always.instead_of(module.defaultaction)

    def show(message: Any) -> None:
        action = find_action(process_filters(), message) or default
        meant = getattr(action, "meant", action)
        if not find().repeats.is_repeated(meant, message):
            saved[0](message)

    def add_filter(action: str, *rest: Any, append: bool) -> None:
        saved[1](_Always.instead_of(action), *rest, append=append)
        find().repeats.forget()

    def forgetting(method: Callable[..., Any]) -> Any:
        def changed(*args: Any) -> Any:
            find().repeats.forget()
            return method(*args)

        return changed

    module._showwarnmsg, module._add_filter = show, add_filter
    module.defaultaction = default
    catch.__enter__, catch.__exit__ = map(forgetting, methods)
    try:
        yield
    finally:
        module._showwarnmsg, module._add_filter, module.defaultaction = saved
        catch.__enter__, catch.__exit__ = methods
