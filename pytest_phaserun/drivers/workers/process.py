"""What makes a forked process a worker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import pytest

from ...isolation.forked import WORKER_NAME, detach
from ...isolation.setup_tree import SetupTree
from .fork import Fork
from .messages import Answer, Message, Order
from .worker import Worker

#: Tells tests and fixtures which of the slots they run in.
SLOT_VARIABLE = "PHASERUN_SLOT"


def make_worker(
    session: pytest.Session,
    items: Sequence[pytest.Item],
    tree: SetupTree,
    slot: int,
    fork: Fork,
    orders: Iterator[Order | Answer],
    send: Callable[[Message], None],
) -> Worker:
    """Make the forked process one that runs what is ordered; in the child."""
    config = session.config
    os.environ[SLOT_VARIABLE] = str(slot)
    os.environ["PYTEST_XDIST_WORKER"] = WORKER_NAME.format(slot)
    outputs = {name: file.fileno() for name, file in fork.outputs.items()}
    detach(config, slot, outputs)
    return Worker(session, items, tree, orders, send)
