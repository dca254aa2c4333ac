"""What makes a forked process a worker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import pytest

from ...isolation.forked import WORKER_NAME, detach
from ...isolation.setup_tree import SetupTree
from ..environment import SLOT_VARIABLE, WORKER_VARIABLE
from .fork import Fork
from .messages import Answer, Message, Order
from .worker import Worker


def make_worker(
    session: pytest.Session,
    items: Sequence[pytest.Item],
    tree: SetupTree,
    slot: int,
    count: int,
    run_id: str,
    fork: Fork,
    orders: Iterator[Order | Answer],
    send: Callable[[Message], bool],
) -> Worker:
    """Make the forked process one that runs what is ordered; in the child.

    :param count: how many workers there are at most.
    :param run_id: is the same in all of them, and in no other run.
    """
    config = session.config
    name = WORKER_NAME.format(slot)
    os.environ.update(
        {
            SLOT_VARIABLE: str(slot),
            WORKER_VARIABLE: name,
            f"{WORKER_VARIABLE}_COUNT": str(count),
        }
    )
    # By this plugins know that the reporting is done elsewhere, and suites what to name
    # their databases after.
    config.workerinput = {  # type: ignore[attr-defined]
        "workerid": name,
        "workercount": count,
        "testrunuid": run_id,
    }
    outputs = {each: file.fileno() for each, file in fork.outputs.items()}
    detach(config, name, outputs)
    config.hook.pytest_phaserun_worker_started(config=config, slot=slot)
    return Worker(
        *(session, items, tree, orders, send),
        is_near=True,
        take_ticket=fork.take_ticket,
    )
