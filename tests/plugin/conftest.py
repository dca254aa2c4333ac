"""What tests of the plugin have in common."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from .eight import Eight
from .live import LiveRun

#: Writes down, in a file that is checked at the end, what fixtures do.
LOG_CONFTEST = """
    import builtins
    import pytest

    builtins.LOG = LOG = []

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(config):
        config.rootpath.joinpath("log.txt").write_text("\\n".join(LOG))
"""


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


@pytest.fixture
def log(pytester: pytest.Pytester):
    """Let the inner suite write lines with ``LOG.append``; call it to read them."""
    pytester.makeconftest(LOG_CONFTEST)
    return lambda: (pytester.path / "log.txt").read_text().splitlines()
