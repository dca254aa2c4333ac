"""Fixtures that tell a test which of the places for tests it runs in.

For what every place needs one of its own of, such as a port or a database. The module
is a plugin, registered while phaserun is active.
"""

from __future__ import annotations

import os
from typing import Literal

import pytest

from .drivers.environment import SLOT_VARIABLE, WORKER_VARIABLE
from .isolation.current import current_run

#: Set on the config: each place is a process.
ARE_PROCESSES = pytest.StashKey[bool]()


def _scope(fixture_name: str, config: pytest.Config) -> Literal["session", "function"]:
    """Return the widest scope that has one place: of threads, many share a session."""
    return "session" if config.stash.get(ARE_PROCESSES, False) else "function"


@pytest.fixture(scope=_scope)
def phaserun_slot() -> int:
    """Number of the place where the test runs, from 0 on."""
    run = current_run()
    return int(os.environ.get(SLOT_VARIABLE, 0)) if run is None else run.slot


@pytest.fixture(scope="session")
def worker_id() -> str:
    """Name of the process where the test runs: gw0, gw1, ..., or master."""
    return os.environ.get(WORKER_VARIABLE, "master")
