"""What makes a worker of pytest-xdist one of ours."""

from __future__ import annotations

import pytest

from ...isolation.fixtures import FixtureInstances
from ...isolation.setup_tree import SetupTree
from ...isolation.stages import StageHooks
from .line import Line
from .worker import Worker


def prepare(session: pytest.Session, line: Line) -> Worker:
    """Make what runs the items of a session as the line tells."""
    tree = SetupTree(session.items)
    tree.install(session)
    stages = StageHooks(
        tree, FixtureInstances(session.items), confirms=False, strict=False
    )
    session.config.pluginmanager.register(stages)
    return Worker(session, session.items, tree, line.listen(), line.send)
