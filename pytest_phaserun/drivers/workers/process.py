"""What a forked process does: prepare, work, and take down."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

import pytest

from ...isolation.forked import WORKER_NAME, detach
from ...isolation.setup_tree import SetupTree
from .fork import Fork
from .messages import Message, Order
from .worker import Worker

#: Tells tests and fixtures which of the slots they run in.
SLOT_VARIABLE = "PHASERUN_SLOT"


def run_worker(
    session: pytest.Session,
    items: Sequence[pytest.Item],
    tree: SetupTree,
    slot: int,
    fork: Fork,
    orders: Iterable[Order],
    send: Callable[[Message], None],
) -> None:
    """Run the tests that are ordered; in the child."""
    config = session.config
    os.environ[SLOT_VARIABLE] = str(slot)
    os.environ["PYTEST_XDIST_WORKER"] = WORKER_NAME.format(slot)
    outputs = {name: file.fileno() for name, file in fork.outputs.items()}
    detach(config, slot, outputs)
    Worker(session, items, tree, send).work(orders)
