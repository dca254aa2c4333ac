"""Inner suites with tests that fail at first, run with pytest-rerunfailures."""

from __future__ import annotations

from textwrap import dedent

import pytest

#: What inner modules import. ``fails`` fails so many times, then passes.
FLAKY = """
    import collections
    import threading

    _lock = threading.Lock()
    _tries = collections.Counter()
    seen = []

    def fails(times, name="it"):
        with _lock:
            _tries[name] += 1
            attempt = _tries[name]
        seen.append(f"{name}:{attempt}")
        if attempt <= times:
            raise ValueError(f"{name} fails in attempt {attempt}")
"""


class FlakyRuns:
    """Runs suites that have ``fails`` of ``FLAKY``, with phases or without."""

    def __init__(self, pytester: pytest.Pytester, phaserun) -> None:
        self._pytester = pytester
        self._phaserun = phaserun
        pytester.makepyfile(flaky=FLAKY)
        pytester.makeini("[pytest]\nmarkers =\n  exclusive\n  depends_on\n")

    def __call__(
        self, suite: str, *arguments: str, at_once: int = 8, apart: bool = False
    ) -> pytest.RunResult:
        """Run a suite with so many at once; 0 for no phases."""
        imports = "import threading\nimport pytest\nfrom flaky import fails, seen\n"
        self._pytester.makepyfile(test_it=imports + dedent(suite))
        options = ["-p", "pytest_rerunfailures", "-rR", *arguments]
        if not at_once:
            return self._phaserun.plain(*(o for o in options if "phase-" not in o))
        start = self._phaserun.apart if apart else self._phaserun
        return start(f"--phase-concurrency={at_once}", *options)
