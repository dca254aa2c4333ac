"""Inner tests that meet: none goes on before all eight are at the same place."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

import pytest

#: What every inner module and conftest file finds in front of its own source.
_IMPORTS = "from meeting import *\n"

_MEETING = """
    import threading

    import pytest

    LOG = []

    barrier = threading.Barrier(8)
    eight = pytest.mark.parametrize("i", range(8))

    def meet():
        barrier.wait(10)

    def is_main():
        return threading.current_thread() is threading.main_thread()
"""

_CONFTEST = """

@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    config.rootpath.joinpath("log.txt").write_text("\\n".join(LOG))
"""


class EightAtOnce:
    """Runs an inner suite eight at once; a failure counts without a second run.

    The suite has ``meet``, which returns when eight tests have called it and breaks
    if they are not there at the same time, and ``LOG``, a list of lines.
    """

    def __init__(self, pytester: pytest.Pytester, phaserun: object) -> None:
        self._pytester = pytester
        self._phaserun = phaserun

    def __call__(
        self,
        source: str | Mapping[str, str],
        *arguments: str,
        conftest: str = "",
        confirm: str = "off",
    ) -> pytest.RunResult:
        """Run the source of a module, or sources by their paths."""
        self.write(source, conftest)
        return self._phaserun(
            "--phase-concurrency=8", f"--phase-confirm={confirm}", *arguments
        )

    def write(self, source: str | Mapping[str, str], conftest: str = "") -> None:
        """Write the suite and run nothing."""
        root = self._pytester.path
        (root / "meeting.py").write_text(dedent(_MEETING))
        (root / "conftest.py").write_text(_IMPORTS + dedent(conftest) + _CONFTEST)
        files = {"test_it.py": source} if isinstance(source, str) else source
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_IMPORTS + dedent(text))

    def log(self) -> list[str]:
        """Return the lines of ``LOG`` as the last run has left it."""
        return (self._pytester.path / "log.txt").read_text().splitlines()
