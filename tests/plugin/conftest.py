"""What tests of the plugin have in common."""

from __future__ import annotations

import pytest

from .eight import Eight


@pytest.fixture
def eight(pytester: pytest.Pytester, phaserun) -> Eight:
    """Run inner tests of which eight are at one place at one time."""
    return Eight(pytester, phaserun)
