"""What tests with other plugins have in common."""

from __future__ import annotations

from textwrap import dedent

import pytest

from .events import RecordedRuns

#: What every inner module finds in front of its own source. A test that passes ``meet``
#: was there together with fifteen others; one that is never joined fails.
IMPORTS = """
    import contextvars
    import threading

    import pytest

    _all = threading.Barrier(16)
    sixteen = pytest.mark.parametrize("n", range(16))

    def meet():
        _all.wait(20)
"""


class Sixteen:
    """Runs inner suites sixteen at once; no failure is confirmed: alone none can meet.

    :param plugins: the names of the modules of other plugins.
    """

    def __init__(self, pytester: pytest.Pytester, phaserun, plugins: list[str]) -> None:
        self._pytester = pytester
        self._phaserun = phaserun
        self._options = ["--phase-concurrency=16", "--phase-confirm=off"]
        for plugin in plugins:
            self._options += ["-p", plugin]

    def __call__(self, source: str, *arguments: str) -> pytest.RunResult:
        """Run a suite that has ``sixteen`` and ``meet`` of ``IMPORTS``."""
        self.write(source)
        return self._phaserun(*self._options, *arguments)

    def apart(self, source: str, *arguments: str) -> pytest.RunResult:
        """Run in a process of its own, which what hangs needs."""
        self.write(source)
        return self._phaserun.apart(*self._options, *arguments)

    def write(self, source: str) -> None:
        """Write the suite and run nothing."""
        self._pytester.makepyfile(test_it=dedent(IMPORTS) + dedent(source))


@pytest.fixture
def make_sixteen(pytester, phaserun):
    """Say with which plugins inner suites run sixteen at once."""
    return lambda *plugins: Sixteen(pytester, phaserun, list(plugins))


@pytest.fixture
def recorded(pytester, phaserun) -> RecordedRuns:
    """Run inner suites and know which test began and ended when."""
    return RecordedRuns(pytester, phaserun)


@pytest.fixture(
    params=[(), ("-p", "pytest_order.plugin")], ids=["alone", "beside pytest-order"]
)
def order_plugin(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Run with nothing else, and with pytest-order active."""
    if request.param:
        pytest.importorskip("pytest_order")
    return request.param
