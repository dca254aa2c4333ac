"""Fixtures that tell a test which of the places for tests it runs in.

For what every place needs one of its own of, such as a port or a database.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from .drivers.environment import SLOT_VARIABLE, WORKER_VARIABLE
from .isolation.current import current_run


def make_slot_fixtures(*, are_processes: bool) -> Any:
    """Return a plugin that has the fixtures.

    :param are_processes: each place is a process, so that a session fixture may ask,
        too; of threads, one session fixture serves them all.
    """

    class SlotFixtures:
        @pytest.fixture(scope="session" if are_processes else "function")
        def phaserun_slot(self) -> int:
            """Number of the place where the test runs, from 0 on."""
            run = current_run()
            return int(os.environ.get(SLOT_VARIABLE, 0)) if run is None else run.slot

        @pytest.fixture(scope="session")
        def worker_id(self) -> str:
            """Name of the process where the test runs: gw0, gw1, ..., or master."""
            return os.environ.get(WORKER_VARIABLE, "master")

    return SlotFixtures()
