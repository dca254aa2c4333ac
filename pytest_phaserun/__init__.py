"""Run dependent tasks in parallel phases; pytest's tests, or your own.

The names below are loaded when they are first asked for, so that an installed but
unused plugin costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .depending import depends
    from .dispatch import Dispatcher
    from .errors import (
        CycleError,
        DuplicateTaskError,
        PhaserunError,
        UnknownDependencyError,
    )
    from .graph import TaskGraph, get_independent_tasks
    from .model import (
        Claim,
        Dependency,
        Require,
        Schedule,
        Status,
        Task,
        TaskResult,
        When,
    )
    from .runner import ParallelRunner

__version__ = "0.1.0"

__all__ = [
    "Claim",
    "CycleError",
    "Dependency",
    "Dispatcher",
    "DuplicateTaskError",
    "ParallelRunner",
    "PhaserunError",
    "Require",
    "Schedule",
    "Status",
    "Task",
    "TaskGraph",
    "TaskResult",
    "UnknownDependencyError",
    "When",
    "__version__",
    "depends",
    "get_independent_tasks",
]

#: Where each lazy name lives.
_MODULES = {
    "Claim": "model",
    "CycleError": "errors",
    "Dependency": "model",
    "Dispatcher": "dispatch",
    "DuplicateTaskError": "errors",
    "ParallelRunner": "runner",
    "PhaserunError": "errors",
    "Require": "model",
    "Schedule": "model",
    "Status": "model",
    "Task": "model",
    "TaskGraph": "graph",
    "TaskResult": "model",
    "UnknownDependencyError": "errors",
    "When": "model",
    "depends": "depending",
    "get_independent_tasks": "graph",
}


# A type checker that sees this function would take every misspelt name for an object.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
