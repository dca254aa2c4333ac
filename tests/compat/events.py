"""Inner suites that keep a record of which test began and ended when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

#: What a plugin of the inner run does: it may be called on any thread.
RECORDER = """
    import pytest

    events = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(item):
        events.append(f"start {item.nodeid}")
        try:
            return (yield)
        finally:
            events.append(f"end {item.nodeid}")

    def pytest_sessionfinish():
        with open("events.txt", "w") as file:
            file.write("\\n".join(events))
"""


class Recorded:
    """A run and its events.

    :ivar result: what the inner run has printed.
    """

    def __init__(self, result: pytest.RunResult, path: Path) -> None:
        self.result = result
        file = path / "events.txt"
        self._events = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)

    @property
    def started(self) -> list[str]:
        """The tests in the order in which they began, without their file."""
        starts = (each.partition(" ") for each in self._events)
        return [name.partition("::")[2] for kind, _, name in starts if kind == "start"]

    def has_order(self, first: str, second: str) -> bool:
        """Tell whether all tests of one name had ended before those of another began.

        :param first: the end of a node id, or of one without parameters.
        """
        ends = self._find("end", first)
        starts = self._find("start", second)
        assert ends, (first, self._events)
        assert starts, (second, self._events)
        return max(ends) < min(starts)

    def _find(self, kind: str, name: str) -> list[int]:
        return [
            place
            for place, event in enumerate(self._events)
            if event.startswith(f"{kind} ")
            and f"::{event.partition(' ')[2]}".partition("[")[0].endswith(f"::{name}")
        ]


class RecordedRuns:
    """Runs inner suites with the recorder."""

    def __init__(self, pytester: pytest.Pytester, phaserun) -> None:
        self._pytester = pytester
        self._phaserun = phaserun
        pytester.makepyfile(recorder=RECORDER)
        pytester.syspathinsert()

    def __call__(self, *arguments: object, at_once: int = 8) -> Recorded:
        """Run with phases."""
        result = self._phaserun(
            "-p", "recorder", f"--phase-concurrency={at_once}", *arguments
        )
        return Recorded(result, self._pytester.path)

    def plain(self, *arguments: object) -> Recorded:
        """Run without phases."""
        result = self._phaserun.plain("-p", "recorder", *arguments)
        return Recorded(result, self._pytester.path)


def make_suite(marks: Mapping[str, Iterable[str]]) -> str:
    """Return a module of tests that do nothing.

    :param marks: of each test, as they stand behind ``pytest.mark.``.
    """
    lines = ["import pytest", ""]
    for name, each in marks.items():
        lines += [f"@pytest.mark.{mark}" for mark in each]
        arguments = "n" if any("parametrize" in mark for mark in each) else ""
        lines += [f"def {name}({arguments}): ...", ""]
    return "\n".join(lines)
