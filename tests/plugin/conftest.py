"""What tests of the plugin have in common."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from .eight import Eight
from .live import LiveRun


@pytest.fixture
def eight(pytester: pytest.Pytester, phaserun) -> Eight:
    """Run inner tests of which eight are at one place at one time."""
    return Eight(pytester, phaserun)


@pytest.fixture
def live(pytester: pytest.Pytester) -> Iterator[LiveRun]:
    """Talk to a run while it goes on."""
    if not hasattr(select, "poll"):
        pytest.skip("needs pipes that can be waited for")
    run = LiveRun(pytester)
    yield run
    run.close()
