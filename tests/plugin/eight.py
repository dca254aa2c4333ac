"""Inner suites of eight tests at once that meet, so that they surely overlap."""

from __future__ import annotations

import textwrap

import pytest

#: What inner tests import. A test that passes ``meet`` was there together with seven
#: others; one that is never joined fails.
MEETING = """
    import threading

    import pytest

    _all_eight = threading.Barrier(8)
    eight = pytest.mark.parametrize("n", range(8))

    def meet():
        _all_eight.wait(20)
"""

#: What a ``conftest.py`` holds to know what runs between setup and teardown.
WITNESS = """
    import threading

    import pytest

    running = set()
    at_most = 0

    def check_alone():
        assert threading.current_thread() is threading.main_thread()
        assert len(running) == 1

    def check_beside():
        assert threading.current_thread() is not threading.main_thread()

    class Witness:
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_protocol(self, item):
            global at_most
            running.add(item)
            at_most = max(at_most, len(running))
            try:
                return (yield)
            finally:
                running.discard(item)

        def pytest_terminal_summary(self, terminalreporter):
            terminalreporter.write_line(f"at most {at_most} at once")
"""

#: Sixteen tests of which eight are always at once.
NEIGHBOURS = """
    import pytest
    from meeting import meet
    from witness import check_beside

    @pytest.mark.parametrize("n", range(16))
    def test_neighbour(n):
        meet()
        check_beside()
"""


class Eight:
    """Runs inner suites eight at once; no failure is confirmed: alone none can meet."""

    def __init__(self, pytester: pytest.Pytester, phaserun) -> None:
        self._phaserun = phaserun
        self._pytester = pytester
        pytester.makepyfile(meeting=MEETING)

    def __call__(self, suite: str, *arguments: object) -> pytest.RunResult:
        """Run tests that have ``eight`` and ``meet`` of ``MEETING``."""
        self.write(suite)
        return self._phaserun(*self.options, *arguments)

    def apart(self, suite: str, *arguments: object) -> pytest.RunResult:
        """Run in a process of its own."""
        self.write(suite)
        return self._phaserun.apart(*self.options, *arguments)

    def beside_neighbours(self, suite: str, *arguments: object) -> pytest.RunResult:
        """Run tests beside sixteen others; they have the checks of ``WITNESS``."""
        self._pytester.makepyfile(
            witness=WITNESS,
            test_neighbours=NEIGHBOURS,
            conftest="from witness import Witness\n"
            "def pytest_configure(config):\n"
            "    config.pluginmanager.register(Witness())\n",
        )
        imports = "from witness import check_alone, check_beside\n"
        return self(imports + textwrap.dedent(suite), *arguments)

    def write(self, suite: str) -> None:
        """Write the suite, after what it imports."""
        imports = "import pytest\nfrom meeting import eight, meet\n"
        self._pytester.makepyfile(test_it=imports + textwrap.dedent(suite))

    @property
    def options(self) -> tuple[str, ...]:
        """What the runs are given."""
        return "--phase-concurrency=8", "--phase-confirm=off"
