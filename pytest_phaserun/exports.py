"""The files that a run leaves behind: its events, and what views make of them.

The same files can be made later from the events; see ``__main__``.
"""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from .drivers.outcome import TIMEOUT_ATTRIBUTE
from .record import RunRecord
from .recording.events import VERSION, Event, describe_tests
from .recording.reading import RunBuilder
from .recording.recorder import Recorder, Sink
from .recording.writer import EventFile
from .settings import Settings, is_question
from .views.files import write_view


class Exports:
    """Registered as a plugin where files were asked for.

    The main thread alone may call it.
    """

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._config = config
        self._settings = settings
        wanted = {
            "report": settings.report,
            "trace": settings.trace,
            "graph": settings.graph,
        }
        self._views = {what: path for what, path in wanted.items() if path is not None}
        self._builder = RunBuilder()
        self._file: EventFile | None = None
        self._recorder: Recorder | None = None
        self._said: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Open the file of events: what it held is not taken for that of this run.

        :raises pytest.UsageError: it cannot be written.
        """
        is_run = not (
            is_question(self._config, self._settings) or self._config.option.collectonly
        )
        if self._settings.events is not None and is_run:
            resumed = self._settings.resume
            self._file = _open_events(self._settings.events, resumed=resumed)

    def begin(self, session: pytest.Session, record: RunRecord, executor: str) -> None:
        """Write of a run that is about to start.

        :param executor: what runs the tests.
        """
        sinks: list[Sink] = [self._builder.add_all] if self._views else []
        if self._file is not None:
            sinks.append(self._file.write)
        nodeids = [item.nodeid for item in session.items]
        locations = [item.location for item in session.items]
        limit = self._settings.timeout
        self._recorder = Recorder(record, nodeids, TIMEOUT_ATTRIBUTE, sinks)
        self._recorder.begin(
            self._describe_run(record, executor),
            describe_tests(record.graph, nodeids, locations, record.alone, limit),
        )
        record.observers.append(self._recorder)
        self._config.pluginmanager.register(self._recorder)

    def _describe_run(self, record: RunRecord, executor: str) -> Event:
        shard = self._settings.shard
        return {
            "event": "run",
            "version": VERSION,
            "tests": len(record.graph),
            **({} if shard is None else {"shard": shard}),
            "concurrency": record.concurrency,
            "schedule": record.schedule.value,
            "executor": executor,
            "root": str(self._config.rootpath),
            "pytest": pytest.__version__,
            "python": platform.python_version(),
        }

    # After all those who may change the exit code.
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._recorder is not None:
            self._recorder.finish(int(session.exitstatus))
            self._write_views()
        if self._file is not None:
            self._file.close()

    def _write_views(self) -> None:
        if self._file is not None:
            self._say("events", self._settings.events, self._file.error)
        if not self._views:
            return
        run = self._builder.build()
        for what, path in self._views.items():
            try:
                write_view(what, run, path)
            except OSError as error:
                self._say(what, path, error)
            else:
                self._say(what, path)

    def _say(self, what: str, path: Path | None, error: OSError | None = None) -> None:
        if error is not None:
            self._said.append(f"{what} not written to {path}: {error.strerror}")
        elif self._config.get_verbosity() >= 0:
            self._said.append(f"{what} written to {path}")

    # After what there is to say of the tests.
    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        for line in self._said:
            terminalreporter.write_line(f"phaserun: {line}")


def _open_events(path: Path, *, resumed: Path | None) -> EventFile:
    """Open the file of events; one that is resumed from is kept, and added to."""
    is_same = resumed is not None and path.exists() and path.samefile(resumed)
    try:
        return EventFile(path, appends=is_same)
    except OSError as error:
        raise pytest.UsageError(
            f"--phase-events: {path} cannot be written: {error.strerror}"
        ) from None
