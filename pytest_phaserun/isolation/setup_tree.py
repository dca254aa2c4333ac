"""Collectors set up once for all tests below them, in any order and at once.

pytest's own ``SetupState`` is a stack: the chain of the one running item. Here several
chains are up at a time, and a node comes down with the last item that needs it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

import pytest

# Private, same interface in 8.4 to 9.2; `session._setupstate` has no public setter.
# Without them no item can run beside another: see `probe`.
from _pytest.outcomes import TEST_OUTCOME
from _pytest.runner import SetupState

from .current import current_item, current_run, making_shared
from .errors import fresh, may_pass_again, raise_all
from .gate import Gate
from .guarding import describe_timeout
from .setup_stack import SetupStack

#: pytest leaves the frames of this file out of tracebacks.
__tracebackhide__ = True

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup  # pytest itself requires it here

Failure = tuple[Any, TracebackType | None]


class SetupTree(SetupState):
    """What is set up, as a tree instead of a stack.

    Suppose ``mod1`` holds ``test_a`` and ``test_b``, and both run at once. Whoever
    comes first sets up the session and the module, the other waits at their gates:

        session, mod1, test_a, test_b

    ``test_a`` ends: it is taken down. ``mod1`` is still needed by ``test_b``:

        session, mod1, test_b

    ``test_b`` ends: it is taken down, then ``mod1``, then the session, since no item
    is left below them.

    Any thread may call; which item it works for is read from its context. Gates order
    the setup of a node, a lock the counting of its users.

    :param confirms: items that fail beside others may run again.
    :ivar stack: the nodes that are up, as in the base class.
    """

    def __init__(self, items: Iterable[pytest.Item], *, confirms: bool = False) -> None:
        super().__init__()
        # In the place of the plain dict that pytest's own methods use under this name.
        self.stack = SetupStack(self._suspend, self._resume)
        self._suspended: set[pytest.Item] = set()
        self._confirms = confirms
        self._ready: set[pytest.Item | pytest.Collector] = set()
        self._users: dict[Any, set[pytest.Item]] = {}
        self._gates: dict[Any, Gate] = {}
        self._held: set[pytest.Item] = set()
        self._tried_again: set[Any] = set()
        self._timeouts: dict[Any, str] = {}
        self._counting = threading.Lock()
        for item in items:
            for node in item.listchain():
                self._users.setdefault(node, set()).add(item)

    def install(self, session: pytest.Session) -> None:
        """Take the place of pytest's own state; nothing must be up yet."""
        session._setupstate = self

    def setup(self, item: pytest.Item) -> None:
        """Set up every node of the item's chain that is not up yet.

        :raises Exception: what the setup of one of them raised, for each of its items.
        """
        chain = item.listchain()
        # Of an earlier attempt.
        self._held.discard(item)
        self._suspended.discard(item)
        if item not in self._users[item]:
            self._join(item, chain)
        for node in chain:
            if node in self._ready:
                self._raise_failure(node)
                continue
            with self._gate(node, item):
                if node in self._ready:
                    self._raise_failure(node)
                elif node is item:
                    self._setup_node(node)
                else:
                    with making_shared(node):
                        self._setup_node(node)

    def teardown_exact(self, nextitem: pytest.Item | None) -> None:
        """Take down what nobody needs after the current item.

        ``nextitem`` is not looked at: the item that runs next is no child of this one.
        Outside any item everything comes down.
        """
        item = current_item()
        errors: list[BaseException] = []
        if item is None:
            for node in _deepest_first(self.stack):
                self._teardown_node(node, errors)
        else:
            self._leave_chain(item, errors)
        raise_all("errors during test teardown", errors)

    def hold(self, item: pytest.Item) -> None:
        """Keep up what an item needs that may run again, but for what is its own."""
        self._held.add(item)

    def release(self, item: pytest.Item) -> None:
        """Let the next teardown of an item be its last."""
        self._held.discard(item)

    def keeps_up(self, item: pytest.Item) -> bool:
        """Tell whether something is kept up for an item."""
        return item in self._users.get(item.session, ())

    def forget_failures(self) -> None:
        """Take down the collectors whose setup failed, so that it is tried again, once.

        Only while nothing else runs.

        :raises BaseException: what their finalizers raised.
        """
        errors: list[BaseException] = []
        for node, (_, failure) in list(self.stack.items()):
            if node not in self._tried_again and may_pass_again(failure):
                self._tried_again.add(node)
                self._teardown_node(node, errors)
        raise_all("errors during test setup", errors)

    def discard(self, items: Iterable[pytest.Item]) -> None:
        """Take items that will never run, or never again, off the books.

        What nobody needs any more stays up until ``teardown_idle``.
        """
        with self._counting:
            for item in items:
                self._held.discard(item)
                self._suspended.discard(item)
                for node in item.listchain():
                    self._users[node].discard(item)

    def abandon(self, item: pytest.Item) -> None:
        """Take an item off the books that hangs; what is its own stays up for ever."""
        self.discard([item])
        self._ready.discard(item)
        self.stack.pop(item, None)

    def has_idle(self) -> bool:
        """Tell whether a collector is up that nobody needs; where one test runs."""
        return any(
            node in self._ready and not self._users.get(node) for node in self.stack
        )

    def teardown_idle(self) -> None:
        """Take down the collectors that are up and needed by nobody.

        :raises BaseException: what their finalizers raised.
        """
        with self._counting:
            idle = [
                node
                for node in list(self.stack)
                if node in self._ready and not self._users.get(node)
            ]
            self._ready.difference_update(idle)
        errors: list[BaseException] = []
        for node in _deepest_first(idle):
            self._teardown_node(node, errors)
        raise_all("errors during test teardown", errors)

    def _suspend(self, item: pytest.Item) -> None:
        """Keep up what an item needs for its next attempt; see ``SetupStack``."""
        self._suspended.add(item)

    def _resume(self, item: pytest.Item) -> None:
        self._suspended.discard(item)

    def break_gates(self, owner: int, reason: str) -> None:
        """Give up what thread ``owner`` was setting up; see ``Gate.break_for``."""
        for gate in list(self._gates.values()):
            gate.break_for(owner, reason)

    def _join(self, item: pytest.Item, chain: list[Any]) -> None:
        """Count an item in again that runs once more."""
        with self._counting:
            for node in chain:
                self._users[node].add(item)

    def _gate(self, node: Any, item: pytest.Item) -> AbstractContextManager[None]:
        if node is item:
            return nullcontext()
        gate = self._gates.get(node)
        if gate is None:
            gate = self._gates.setdefault(node, Gate(f"setup of {node!r}"))
        return gate.entered()

    def _raise_failure(self, node: Any) -> None:
        entry = self.stack.get(node)
        if entry is not None and entry[1] is not None:
            what = f"setup of {node!r}"
            raise fresh(*entry[1], what, self._timeouts.get(node, ""))

    def _setup_node(self, node: Any) -> None:
        finalizers: list[Callable[[], object]] = [node.teardown]
        self.stack[node] = (finalizers, None)
        try:
            node.setup()
        except TEST_OUTCOME as error:
            self._timeouts[node] = describe_timeout()
            self.stack[node] = (finalizers, (error, error.__traceback__))
            self._ready.add(node)
            raise
        self._ready.add(node)

    def _leave_chain(self, item: pytest.Item, errors: list[BaseException]) -> None:
        """Leave the nodes from the item up, or the item alone if it is held.

        A parent is left after its child is down, so that two last children cannot
        both take it for needed.
        """
        stays = item in self._held or item in self._suspended
        chain = [item] if stays else reversed(item.listchain())
        for node in chain:
            with self._counting:
                users = self._users.get(node, set())
                users.discard(item)
                is_last = not users and node in self.stack
                if is_last:
                    self._ready.discard(node)
            if is_last:
                self._teardown_node(node, errors)
            if node is item and errors and self._confirms and current_run():
                self.hold(item)
                return

    def _teardown_node(self, node: Any, errors: list[BaseException]) -> None:
        self._ready.discard(node)
        entry = self.stack.pop(node, None)
        if entry is None:
            return
        finalizers = entry[0]
        raised: list[BaseException] = []
        is_item = isinstance(node, pytest.Item)
        with nullcontext() if is_item else making_shared(node, is_taken_down=True):
            while finalizers:
                try:
                    finalizers.pop()()
                except TEST_OUTCOME as error:
                    raised.append(error)
        if len(raised) > 1:
            message = f"errors while tearing down {node!r}"
            raised = [BaseExceptionGroup(message, raised[::-1])]
        errors.extend(raised)


def _deepest_first(nodes: Iterable[Any]) -> list[Any]:
    # Copied first: other threads may be setting up more.
    copy = list(nodes)
    return sorted(copy, key=lambda node: -len(node.listchain()))
