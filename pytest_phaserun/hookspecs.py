"""The hooks that other plugins and ``conftest.py`` files may implement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


@pytest.hookspec
def pytest_phaserun_task(item: pytest.Item) -> Mapping[str, Any] | None:
    """Say what a test depends on, and what it needs, in place of marks.

    Called for each collected test while phaserun is active; the answers of all
    implementations and the marks on the test add up.

    :returns: any of the keys ``id`` (a text), ``depends_on`` (a name, or a list of
        names and of tables ``{"ids": [...], "when": ..., "require": ...}``),
        ``resources`` (a name, or a list of names and of tables ``{"name": ...,
        "mode": ..., "units": ...}``), ``timeout`` (in seconds) and ``exclusive``
        (a bool), with the meanings of the marks; ``None`` if there is nothing to say.
    """


@pytest.hookspec
def pytest_phaserun_worker_started(config: pytest.Config, slot: int) -> None:
    """Prepare a process in which tests will run; called there, before the first one.

    With ``--phase-executor process`` it is a fork of the process that has collected the
    tests: what that one had open, such as sockets, connections and event loops, is
    shared with it, and has to be opened anew.

    :param slot: the number of the place for tests, from 0 on; a process that takes the
        place of a lost one has its number.
    """


@pytest.hookspec
def pytest_phaserun_worker_stopping(config: pytest.Config, slot: int) -> None:
    """Put an end to what ``pytest_phaserun_worker_started`` began.

    Called in the same process after all fixtures have been torn down; not if the
    process is killed.
    """


@pytest.hookspec
def pytest_phaserun_resource_capacities(
    config: pytest.Config,
) -> Mapping[str, int] | None:
    """Say how many units resources have, where that is not 1.

    Called after collection. What the configuration file says of a resource goes
    before; of several implementations the one that pluggy calls first.
    """
