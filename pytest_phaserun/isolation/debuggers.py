"""Whether somebody looks at a thread, or at the whole process, in a debugger."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import Any

#: The names of modules whose trace functions debug; those of coverage only measure.
_DEBUGGERS = ("bdb", "debugpy", "pydevd")


def find_debugger() -> str | None:
    """Return the name of a debugger that is attached to this thread or process."""
    monitoring: Any = getattr(sys, "monitoring", None)  # from 3.12 on
    if monitoring is not None:
        tool: str | None = monitoring.get_tool(monitoring.DEBUGGER_ID)
        if tool is not None:
            return tool
    return _name_debugger(sys.gettrace())


def is_debugged(threads: Iterable[int]) -> bool:
    """Tell whether one of these threads is inside a debugger, as at its prompt."""
    looked_at = list(threads)
    # To ask for frames makes those of all threads objects, also in other interpreters
    # of this process, whose memory that corrupts (3.13): never without need.
    if not looked_at:
        return False
    frames = sys._current_frames()
    # A frame that holds itself would be garbage in a cycle at every look, seen by tests
    # that find none in what they do.
    frames.pop(threading.get_ident(), None)
    for thread in looked_at:
        frame = frames.get(thread)
        while frame is not None:
            if _is_of_debugger(frame.f_globals.get("__name__")):
                return True
            frame = frame.f_back
    return False


def _name_debugger(trace: Any) -> str | None:
    """Return the module that makes a debugger of a trace function, if there is one."""
    kinds = type(getattr(trace, "__self__", trace)).__mro__
    modules = [getattr(trace, "__module__", None), *(k.__module__ for k in kinds)]
    return next((str(each) for each in modules if _is_of_debugger(each)), None)


def _is_of_debugger(module: object) -> bool:
    parts = str(module).split(".")
    return any(part.lstrip("_").startswith(_DEBUGGERS) for part in parts)
