"""What is left to do of a run that was interrupted: ``--phase-resume``.

Leaves out what went well; what the rest depends on is pulled in again as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ..recording.reading import EventsError, read_runs
from ..recording.run import Outcome, Run
from ..settings import Settings
from .resumed import Resumed


class Resume:
    """Registered as a plugin; the main thread alone may call it.

    :param path: the events of the run, and of those that have resumed it since.
    :param known: what they say, if somebody has read them; otherwise they are read.
    :raises pytest.UsageError: that is no file of events, or of another part.
    :ivar leaves_out: some tests are not run since they went well.
    :ivar is_part: the run was the part of a suite that is asked for.
    """

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        path: Path,
        known: Resumed | None = None,
    ) -> None:
        self._config = config
        self._path = path
        self.known = _read(path) if known is None else known
        self._is_planned, self._good = self.known.is_planned, self.known.good
        self.leaves_out = False
        self._left_out: list[pytest.Item] = []
        self._missing = 0
        shard = self.known.shard
        self.is_part = shard is not None and shard == settings.shard
        if shard is not None and settings.shard not in (None, shard):
            part = "{}/{}".format(*shard)
            raise pytest.UsageError(
                f"--phase-resume: {path} is of part {part}; "
                f"give --phase-shard {part}, or none"
            )

    def pytest_report_header(self) -> str:
        resumes = f"phaserun: resumes {self._path.name}"
        if not self._is_planned:
            return f"{resumes}, of a run that was killed before it began"
        done, tests = sum(self._good.values()), len(self._good)
        return f"{resumes}, in which {done} of {tests} tests passed or were skipped"

    # After other plugins have made their choice.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if not self._is_planned:
            return
        self._missing = len(self._good.keys() - {item.nodeid for item in items})
        # What the run did not know was no part of it.
        self._left_out = [i for i in items if self._good.get(i.nodeid, True)]
        self.leaves_out = any(i.nodeid in self._good for i in self._left_out)
        if self._left_out:
            items[:] = [i for i in items if not self._good.get(i.nodeid, True)]
            self._config.hook.pytest_deselected(items=self._left_out)

    def pytest_report_collectionfinish(self) -> list[str]:
        if self._config.get_verbosity() < 0:
            return []
        name = self._path.name
        new = sum(item.nodeid not in self._good for item in self._left_out)
        told = (
            (self._missing, f"of {name} not found or not selected"),
            (new, f"left out that {name} does not know"),
        )
        return [
            f"phaserun: {number} test{'s' * (number != 1)} {what}"
            for number, what in told
            if number
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        is_empty = session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
        if is_empty and self.leaves_out:
            # Everything had gone well already.
            session.exitstatus = pytest.ExitCode.OK


def _read(path: Path) -> Resumed:
    try:
        runs = read_runs(path)
    except EventsError as error:
        raise pytest.UsageError(f"--phase-resume: {error}") from None
    except OSError as error:
        raise pytest.UsageError(
            f"--phase-resume: {path} cannot be read: {error.strerror}"
        ) from None
    return Resumed(
        # Those that resume another one have a part of its tests.
        is_planned=any(len(run.tests) == run.planned for run in runs),
        good=_find_good(runs),
        shard=runs[-1].shard if runs else None,
    )


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
