"""Whom a test asks that states dependencies while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import pytest


class Judge(Protocol):
    """Knows the tests of a run."""

    def require(self, node: Any, names: Iterable[object], scope: str) -> None:
        """Go on only if all tests of these names have passed; else skip."""


#: Under which who answers is registered while tests run with phases.
JUDGE = "phaserun-judge"


def find_judge(config: pytest.Config) -> Any:
    """Return the ``Judge`` of the tests that run, ``None`` without phases."""
    return config.pluginmanager.getplugin(JUDGE)
