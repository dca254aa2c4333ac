"""What is set up, as another plugin finds it that wants to keep it for one more run.

pytest-rerunfailures takes the nodes above an item off pytest's stack before the
teardown of an attempt, so that they stay up for the next one, and puts them back before
the teardown of the last one. Beside others the stack is not that item's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .current import current_item


class SetupStack(dict[Any, Any]):
    """The ``stack`` of a ``SetupTree``, by node; for others as if it were one chain.

    What the tree itself needs works as in any dict. From others, suppose ``test_a``
    failed and is to run again:

        for node in stack.keys():       # session, mod1, test_a; not the other tests
            if node is not test_a:
                saved[node] = stack[node]
                del stack[node]         # nothing is deleted: the tree holds test_a

    ``test_a`` passes at last, and is to leave what it used:

        stack.update(saved)             # nothing is put back: no longer held

    Any thread may call; which item it works for is read from its context.

    :param hold: called with the item that is to run again.
    :param release: called with the item that is not.
    """

    def __init__(
        self,
        hold: Callable[[pytest.Item], None],
        release: Callable[[pytest.Item], None],
    ) -> None:
        super().__init__()
        self._hold = hold
        self._release = release

    def __delitem__(self, node: Any) -> None:
        item = current_item()
        if item is None or node is item:
            super().__delitem__(node)
        else:
            self._hold(item)

    # Only the way in which it is called from outside.
    def keys(self) -> Any:
        item = current_item()
        if item is None:
            return super().keys()
        return [node for node in item.listchain() if node in self]

    def update(self, *saved: Any) -> None:  # type: ignore[override]
        item = current_item()
        if item is not None:
            self._release(item)
