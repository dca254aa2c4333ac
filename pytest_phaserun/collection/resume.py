"""What is left to do of a run that was interrupted: ``--phase-resume``.

Leaves out what went well; what the rest depends on is pulled in again as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ..recording.reading import EventsError, read_runs
from ..recording.run import Outcome, Run


class Resume:
    """Registered as a plugin; the main thread alone may call it.

    :param path: the events of the run, and of those that have resumed it since.
    :raises pytest.UsageError: that is no file of events.
    """

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self._config = config
        self._path = path
        try:
            self._good = _find_good(read_runs(path))
        except EventsError as error:
            raise pytest.UsageError(f"--phase-resume: {error}") from None
        except OSError as error:
            raise pytest.UsageError(
                f"--phase-resume: {path} cannot be read: {error.strerror}"
            ) from None
        self._unknown = 0
        self._leaves_out = False

    def pytest_report_header(self) -> str:
        done, tests = sum(self._good.values()), len(self._good)
        return (
            f"phaserun: resumes {self._path.name}, in which {done} of {tests} tests "
            "passed or were skipped"
        )

    # After other plugins have made their choice.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        left = [item for item in items if not self._good.get(item.nodeid)]
        out = [item for item in items if self._good.get(item.nodeid)]
        self._unknown = len(self._good.keys() - {item.nodeid for item in items})
        if out:
            self._leaves_out = True
            items[:] = left
            self._config.hook.pytest_deselected(items=out)

    def pytest_report_collectionfinish(self) -> list[str]:
        if not self._unknown or self._config.get_verbosity() < 0:
            return []
        missing = "test" if self._unknown == 1 else "tests"
        return [
            f"phaserun: {self._unknown} {missing} of {self._path.name} not found or "
            "not selected"
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        is_empty = session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
        if is_empty and self._leaves_out:
            # Everything had gone well already.
            session.exitstatus = pytest.ExitCode.OK


def _find_good(runs: Iterable[Run]) -> dict[str, bool]:
    """Return by node id which tests went well in the last run in which they ended."""
    good: dict[str, bool] = {}
    for run in runs:
        found: dict[str, bool] = {}
        for test in run.tests:
            ended = test.outcome not in (Outcome.NOT_RUN, Outcome.INTERRUPTED)
            if ended or test.nodeid not in good:
                is_good = found.get(test.nodeid, True) and test.outcome.is_good
                found[test.nodeid] = is_good
        good.update(found)
    return good
