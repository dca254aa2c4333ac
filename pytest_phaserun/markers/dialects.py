"""Which dialects of marks a run reads."""

from __future__ import annotations

import pytest

from .dialect import Dialect
from .own import OwnDialect


def choose_dialects(config: pytest.Config) -> list[Dialect]:
    """Return who reads the marks of a run; our own comes last."""
    return [OwnDialect()]
