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
def pytest_phaserun_resource_capacities(
    config: pytest.Config,
) -> Mapping[str, int] | None:
    """Say how many units resources have, where that is not 1.

    Called after collection. What the configuration file says of a resource goes
    before; of several implementations the one that pluggy calls first.
    """
