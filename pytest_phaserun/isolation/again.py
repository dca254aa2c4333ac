"""Run an item once more as if it had not run yet.

After a failure beside others, to see whether it fails alone as well.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import pytest

from .current import ItemRun
from .fixtures import FixtureInstances
from .reruns import forget_attempts
from .setup_tree import SetupTree

#: Whether this context runs an item again.
runs_again: ContextVar[bool] = ContextVar("phaserun_runs_again", default=False)


def forget_run(run: ItemRun) -> None:
    """Take back what the first run has left on its item."""
    item: Any = run.item
    # In all versions; there is no public way to take sections back. Without it the
    # next report would repeat them.
    getattr(item, "_report_sections", []).clear()
    item.own_markers[:] = run.own_markers
    item.user_properties[:] = run.user_properties
    # Errors of a case of unittest that were not reported, in all versions; without them
    # there is nothing to forget.
    vars(item).pop("_excinfo", None)
    forget_attempts(item)
    if isinstance(item, pytest.Function):
        _forget_instance(item)


def _forget_instance(item: Any) -> None:
    """Let the item make a new instance of its class, if it made the last one.

    `_instance` and the bound method `_obj`, in 8.2 to 9.2, are made when they are
    first asked for. Without that the test would see what its first run left on self.
    """
    made = vars(item).get("_instance")
    method = vars(item).get("_obj")
    if made is None or getattr(method, "__self__", None) is not made:
        return
    if getattr(type(made), item.originalname, None) is method.__func__:
        del item._instance, item._obj


def forget_failures(
    item: pytest.Item, tree: SetupTree, instances: FixtureInstances
) -> None:
    """Let wide setups and fixtures that failed be tried once more, alone.

    They may have failed because of what ran beside them; each is given one more try.

    :raises BaseException: what their finalizers raised.
    """
    tree.forget_failures()
    instances.forget_failures(getattr(item, "_request", None))
