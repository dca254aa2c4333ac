"""One run of pytest with phases: items become tasks, a driver runs them.

Registered by ``plugin`` while the plugin is active.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import AbstractContextManager

import pytest

from .answers import Answers, Planned
from .collection.closure import Closure
from .collection.last_failed import LastFailed
from .collection.left_out import is_narrowed
from .collection.resumed import Resumed
from .collection.sharding import Shard, take_part
from .collection.unmatched import Unmatched
from .dispatch import Dispatcher
from .drivers.outcome import ALONE_ATTRIBUTE, TIMEOUT_ATTRIBUTE
from .driving import Drive, Leftovers, Wait
from .errors import CycleError
from .graph import TaskGraph
from .isolation.debuggers import find_debugger
from .isolation.terminal_counts import count_as
from .learning import Learner
from .markers.dialects.own import explain_import_error
from .markers.dialects.table import (
    choose_dialects,
    describe_rivals,
    describe_taken_over,
    find_conflicts,
    take_over,
)
from .markers.elsewhere.sources import find_capacities, find_elsewhere
from .markers.elsewhere.toml_file import read_tables
from .markers.reading import Reader
from .markers.selection import Selection
from .memory import Memory
from .model import Reason, Resource, Schedule, Task
from .options import Affinity, Executor
from .planning import Planner, describe_cycles, find_too_large
from .record import RunRecord
from .run_time import answering
from .serial import find_serial_reasons
from .settings import Settings
from .shuffling import is_shuffled_by_other, shuffle
from .views import plan
from .views.github import GitHubActions, runs_there
from .views.header import describe_run
from .views.terminal import AloneStatus, TimeoutStatus, write_summary
from .views.where import Whereabouts


class PhaseSession:
    """Plans and runs a session; the hooks are called in pytest's own order.

    :param can_isolate: tests can run beside one another and be interrupted, because
        this pytest has all that takes.
    :ivar resumed: what the controller has read of a run to resume; in its workers.
    :ivar _alone: why tests run alone, by their number in the graph.
    """

    def __init__(
        self, config: pytest.Config, settings: Settings, *, can_isolate: bool
    ) -> None:
        self._can_isolate = can_isolate
        self._config = config
        self._settings = settings
        self.resumed: Resumed | None = None
        is_asked = settings.has_processes
        self._serial_reasons = find_serial_reasons(config, has_processes=is_asked)
        if not can_isolate:
            self._serial_reasons.append("this pytest")
        self._tables = read_tables(config.rootpath)
        self._dialects = choose_dialects(config, settings.dialects)
        reader = Reader(
            self._dialects,
            find_elsewhere(config, self._tables.entries, settings.fixture_resources),
        )
        self._closure = Closure(config, settings, reader, self)
        self._taken_over: list[str] = []
        self._memory = Memory(config, settings.history)
        self._learner = Learner(config, self._memory)
        config.pluginmanager.register(self._learner)
        self._answers = Answers(config, settings, self._memory.durations)
        self._graph = TaskGraph(())
        self._capacities: dict[Hashable, int] = {}
        self._shard: Shard | None = None
        self._alone: dict[int, Reason] = {}
        self._planned: list[pytest.Item] = []
        self._record: RunRecord | None = None
        self._left: Leftovers | None = None
        self._debugger = _find_debugger(config)
        self._last_failed = LastFailed(config)
        config.pluginmanager.register(self._last_failed)
        config.pluginmanager.register(
            TimeoutStatus(config, TIMEOUT_ATTRIBUTE, count_as)
        )
        config.pluginmanager.register(AloneStatus(ALONE_ATTRIBUTE))
        entries, alone = self._tables.entries, settings.exclusive
        config.pluginmanager.register(Unmatched(config, self._closure, entries, alone))
        if can_isolate:
            # Imported only where limits are kept: it needs pytest's privates.
            from . import slot_fixtures
            from .timers import make_timers

            config.pluginmanager.register(make_timers(config))
            config.stash[slot_fixtures.ARE_PROCESSES] = is_asked
            config.pluginmanager.register(slot_fixtures)

    @property
    def settings(self) -> Settings:
        """What holds in this run."""
        return self._settings

    @property
    def is_serial(self) -> bool:
        """Tell whether tests run one at a time."""
        is_one = self._settings.concurrency == 1 and not self._has_processes
        return is_one or bool(self._serial_reasons)

    @property
    def _has_processes(self) -> bool:
        """Whether tests run in processes of their own, be it one at a time."""
        is_asked = self._settings.has_processes
        return is_asked and not self._serial_reasons

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Take over from other plugins once all of them have been configured."""
        self._taken_over = take_over(self._config, self._dialects)

    # Collection

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self,
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        hint = explain_import_error(report.longreprtext) if report.failed else None
        if hint:
            report.sections.append(("phaserun", hint))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        collected = list(items)
        yield
        if session.testsfailed and not goes_on_with_errors(session):
            return
        self._plan(session, items, self._closure.close(session, collected, items))
        self._planned = list(items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Plan anew if a plugin has put other tests in the place of some.

        As anyio does for tests that were marked during collection.
        """
        items = session.items
        if self._planned and self._planned != items:
            self._plan(session, items, self._closure.close_again(session, items))
            self._planned = list(items)

    def _plan(
        self, session: pytest.Session, items: list[pytest.Item], selection: Selection
    ) -> None:
        resume = self._config.pluginmanager.getplugin("phaserun-resume")
        # What is left of a part is not split again.
        is_part = self._shard is not None or (resume is not None and resume.is_part)
        if self._settings.shard is not None and not is_part:
            expect = self._memory.durations.get
            self._shard, out = take_part(selection, *self._settings.shard, expect)
            self._closure.leave_out(out)
        if self._settings.shuffle is not None:
            shuffle(selection, self._settings.shuffle)
        problems = selection.problems
        capacities = find_capacities(self._config, self._tables.capacities)
        tasks = self._make_tasks(selection)
        problems.extend(find_too_large(selection, capacities))
        if self._closure.pulled_in:
            problems.extend(find_conflicts(self._config, self._dialects))
        self._capacities = {Resource(n): c for n, c in capacities.items()}
        try:
            self._graph = TaskGraph(tasks)
        except CycleError as error:
            problems.extend(describe_cycles(error, tasks, selection.items))
        problems.extend(self._answers.find_explained(selection))
        if problems:
            # A mark may stand on many tests; what is wrong with it is told once.
            raise pytest.UsageError(*dict.fromkeys(problems))
        items[:] = selection.items

    def _make_tasks(self, selection: Selection) -> list[Task]:
        is_shuffled = self._settings.shuffle is not None
        planner = Planner(
            self._settings,
            self._memory,
            keeps_order=is_shuffled or is_shuffled_by_other(self._config),
        )
        if self.is_serial:
            return planner.make_serial_tasks(selection)
        if self._has_processes:
            tasks = planner.make_separate_tasks(selection)
        else:
            tasks = planner.make_tasks(selection)
        self._alone = planner.alone
        return tasks

    # What the terminal says before

    def pytest_report_header(self) -> list[str]:
        debugger = self._debugger if self._can_isolate else None
        lines = [describe_run(self._settings, self._serial_reasons, debugger)]
        if self._taken_over:
            lines.append(describe_taken_over(self._taken_over))
        return lines

    def pytest_report_collectionfinish(self) -> list[str]:
        if not len(self._graph) or self._config.get_verbosity() < 0:
            return []
        phases = plan.count(len(self._graph.phases), "phase")
        parts = [f"{plan.count(len(self._graph), 'test')} in {phases}"]
        if self._shard is not None:
            parts.append(self._shard.describe())
        if self._closure.pulled_in:
            parts.append(self._closure.describe())
        if self._alone:
            parts.append(f"{len(self._alone)} to run alone")
        rivals = describe_rivals(self._config, self._dialects, self._planned)
        return [*rivals, f"phaserun: {', '.join(parts)}"]

    # Running

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed and not goes_on_with_errors(session):
            return None  # pytest says why
        if session.config.option.collectonly:
            return None
        if self._answers.are_wanted:
            self._answers.give(self._describe_plan(session.items))
            return True
        self._run(session)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True

    def _name_executor(self) -> str:
        """Return what runs the tests, in one word."""
        if self._has_processes:
            return self._settings.executor.value
        return Executor.THREADS.value if self._can_isolate else "plain"

    @property
    def _has_affinity(self) -> bool:
        return self._has_processes and self._settings.affinity is Affinity.GROUP

    def _describe_plan(self, items: Sequence[pytest.Item]) -> Planned:
        pulled_in = self._closure.pulled_in
        return Planned(
            graph=self._graph,
            alone=self._alone,
            pulled_in={place for place, it in enumerate(items) if it in pulled_in},
            concurrency=1 if self.is_serial else self._settings.concurrency,
            capacities=self._capacities,
            affinity=self._has_affinity,
        )

    def _run(self, session: pytest.Session) -> None:
        dispatcher, record = self._begin(session)
        drive = Drive(
            session=session,
            dispatcher=dispatcher,
            record=record,
            settings=self._settings,
            answering=self._answer,
        )
        if not self._can_isolate:
            drive.run_plainly()
            return
        # Imported only where this pytest has the privates that it takes.
        from .watching import watch

        with watch(self._config, self._settings, record, forks=self._has_processes):
            if self._has_processes:
                drive.run_in_processes()
            else:
                drive.run_in_threads(
                    has_debugger=self._debugger is not None, leave=self._note_left
                )

    def _begin(self, session: pytest.Session) -> tuple[Dispatcher, RunRecord]:
        """Make what a run begins with."""
        settings = self._settings
        dispatcher = Dispatcher(
            self._graph,
            concurrency=1 if self.is_serial else settings.concurrency,
            # The driver of last resort foresees its order, phase by phase.
            schedule=settings.schedule if self._can_isolate else Schedule.PHASE,
            timeout=settings.timeout,
            max_fail=_failures_left(session),
            capacities=self._capacities,
            affinity=self._has_affinity,
        )
        self._record = RunRecord(
            graph=self._graph,
            concurrency=dispatcher.concurrency,
            schedule=dispatcher.schedule,
            alone=self._alone,
            capacities=self._capacities,
            affinity=self._has_affinity,
        )
        where = Whereabouts(self._config, self._record)
        self._record.observers.append(where)
        self._config.pluginmanager.register(where)
        if runs_there():
            there = GitHubActions(
                self._config, self._record, fails_blocked=settings.fails_blocked
            )
            self._config.pluginmanager.register(there)
        exports = self._config.pluginmanager.getplugin("phaserun-exports")
        if exports is not None:
            exports.begin(session, self._record, self._name_executor())
        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        if terminal is not None and not self.is_serial:
            # Tests of many files end in turn: one line of dots, no file names.
            terminal.showfspath = False
        return dispatcher, self._record

    def _answer(
        self, wait: Wait, find_item: Callable[[], pytest.Item | None]
    ) -> AbstractContextManager[None]:
        return answering(
            self._config, self._closure.known, self._planned, wait, find_item
        )

    def _note_left(self, left: Leftovers) -> None:
        self._left = left

    def leave(self, code: int) -> None:
        """End the process if what tests have left would not let it end."""
        if self._left is None:
            return
        from .drivers.leaving import leave

        leave(*self._left, code)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._record is not None:
            self._last_failed.keep(session.items, self._record)
            # The other parts of a split must find the durations that this one found.
            durations = self._settings.shard is None
            known = () if is_narrowed(self._config) else self._closure.known
            self._learner.learn(self._record, known, durations=durations)
        is_empty = session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
        if is_empty and self._shard is not None and self._shard.total:
            # The other parts have all the tests.
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if self._record is not None and len(self._graph):
            is_kept = self._memory.is_kept
            write_summary(terminalreporter, self._record, is_remembered=is_kept)


def _find_debugger(config: pytest.Config) -> str | None:
    """Return what will let somebody look at tests for as long as it takes."""
    if config.getoption("usepdb", default=False):
        return "--pdb"
    if config.getoption("trace", default=False):
        return "--trace"
    return "a debugger" if find_debugger() is not None else None


def goes_on_with_errors(session: pytest.Session) -> bool:
    """Tell whether tests run though some could not be collected."""
    return bool(session.config.option.continue_on_collection_errors)


def _failures_left(session: pytest.Session) -> int:
    """Return how many failures more end the run; 0 if none do."""
    limit = session.config.getoption("maxfail")
    return max(1, limit - session.testsfailed) if limit else 0
