"""Runs on the workers of pytest-xdist: the session of each process that takes part.

The controller has the terminal and the record, each worker the tests. ``make_session``
says which of them a process is; most are neither.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from . import __version__
from .dispatch import Dispatcher
from .drivers.environment import SLOT_VARIABLE
from .graph import TaskGraph
from .memory import Memory
from .model import Status
from .options import OPTIONS, Executor
from .record import RunRecord
from .scheduling.waits import Refusal
from .serial import find_serial_reasons
from .session import PhaseSession, goes_on_with_errors
from .settings import Settings, is_question, read_settings

#: Options that say what the number of workers says as well.
_OVERRULED = ("concurrency", "executor")

#: What ``--dist`` may say without being contradicted: ``-n`` alone comes to this.
_DEFAULT_DIST = "load"


def refuse_loop(config: pytest.Config) -> None:
    """Refuse the option of xdist that starts pytest again and again.

    :raises pytest.UsageError: it was given.
    """
    if config.getoption("looponfail", default=False):
        raise pytest.UsageError(
            "--looponfail does not go together with phaserun: leave it out, or switch "
            "phaserun off with --phase-off"
        )


def make_session(config: pytest.Config, *, missing: list[str]) -> PhaseSession | None:
    """Make the session of this process.

    :param missing: what this pytest lacks.
    :returns: ``None`` in a worker that is of no use, which its controller says.
    :raises pytest.UsageError: options are wrong or contradict one another.
    """
    if hasattr(config, "workerinput"):
        return _make_worker(config)
    settings = read_settings(config)
    stands_in = None
    if config.getoption("dist", default="no") == "no" or not config.option.tx:
        stands_in = _find_substitute(config, settings)
        if stands_in is None:
            return PhaseSession(config, settings, can_isolate=not missing)
        # As -n does; xdist looks at this after us.
        config.option.dist = _DEFAULT_DIST
        config.option.tx = ["popen"] * settings.concurrency
    settings = _adapt(config, settings, missing)
    if is_question(config, settings):
        # Nothing will run; xdist looks at this after us.
        config.option.dist, config.option.tx = "no", []
    if config.option.dist == "no" or config.option.collectonly:
        return PhaseSession(config, settings, can_isolate=True)
    return ControllerSession(config, settings, stands_in)


def _find_substitute(config: pytest.Config, settings: Settings) -> str | None:
    """Say why xdist's workers take the place of forks; ``None`` if they do not.

    :raises pytest.UsageError: they would have to and cannot.
    """
    if not settings.has_processes or find_serial_reasons(config, has_processes=True):
        return None
    from .drivers.workers.policy import find_obstacle

    obstacle = find_obstacle()
    if obstacle is None:
        return None
    if settings.executor is Executor.FORK:
        raise pytest.UsageError(
            f"--phase-executor fork: {obstacle}; --phase-executor process takes "
            "workers of pytest-xdist then"
        )
    if not config.pluginmanager.hasplugin("xdist"):
        raise pytest.UsageError(
            f"--phase-executor process: {obstacle}; install what takes the place of "
            "forks: pip install pytest-xdist"
        )
    return obstacle


def _adapt(config: pytest.Config, settings: Settings, missing: list[str]) -> Settings:
    """Return the settings of a run on xdist's workers.

    :raises pytest.UsageError: it cannot be.
    """
    problems = []
    if missing:
        problems.append(
            f"phaserun does not know this version of pytest: {', '.join(missing)} "
            "cannot be found; leave out -n"
        )
    if config.option.dist == "each":
        problems.append(
            "--dist each does not go together with phaserun, which runs each test "
            "once: leave it out, or switch phaserun off with --phase-off"
        )
    specs = [*_expand(config.option.tx)]
    problems += [
        f"--tx {spec}: such a worker cannot be replaced when a test hangs or crashes; "
        f"name it a hub by --px id=hub//{spec} and give --tx popen//via=hub"
        for spec in dict.fromkeys(specs)
        if "socket=" in spec and "via=" not in spec
    ]
    if problems:
        raise pytest.UsageError(*problems)
    return replace(settings, concurrency=len(specs), executor=Executor.PROCESS)


def _expand(specs: list[str]) -> Iterator[str]:
    """Yield one specification for each worker, as xdist reads them."""
    for spec in specs:
        number, star, rest = spec.partition("*")
        if star and number.isdigit():
            yield from [rest] * int(number)
        else:
            yield spec


class ControllerSession(PhaseSession):
    """Reports what the workers run; collects nothing.

    :param stands_in: why it takes the place of forks, if it does.
    """

    def __init__(
        self, config: pytest.Config, settings: Settings, stands_in: str | None
    ) -> None:
        super().__init__(config, settings, can_isolate=True)
        self._stands_in = stands_in
        self._serial_reasons = find_serial_reasons(config)
        from .drivers.xdist import XdistDriver

        self._driver = XdistDriver(
            config, settings, __version__, self._memory.tell(), self._adopt
        )
        config.pluginmanager.register(self._driver)

    def pytest_report_header(self) -> list[str]:
        return [*super().pytest_report_header(), *self._find_overruled()]

    def _find_overruled(self) -> Iterator[str]:
        """Yield a line for each option that is given in vain."""
        if self._stands_in is not None:
            yield f"phaserun: workers of pytest-xdist, no forks: {self._stands_in}"
            return
        for option in OPTIONS:
            given = self._config.getoption(option.key)
            if option.name in _OVERRULED and given is not None:
                yield f"phaserun: -n or --tx counts, not {option.flag}"
        if (dist := self._config.option.dist) != _DEFAULT_DIST:
            yield f"phaserun: dependencies say what runs where, not --dist {dist}"

    def _run(self, session: pytest.Session) -> None:
        with ExitStack() as self._open:
            self._driver.run(session)

    def _adopt(
        self, session: pytest.Session, plan: Any
    ) -> tuple[Dispatcher, RunRecord]:
        """Take over what the workers have planned."""
        from .watching import watch

        self._graph = TaskGraph(plan.tasks)
        self._alone = dict(plan.alone)
        self._capacities = dict(plan.capacities)
        self._shard = plan.shard
        resume = self._config.pluginmanager.getplugin("phaserun-resume")
        if resume is not None:
            resume.leaves_out = plan.leaves_out
        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        for line in plan.lines if terminal is not None else ():
            terminal.write_line(line)
        dispatcher, record = self._begin(session)
        # No test runs in this process, whose loop has time to look at what runs.
        self._open.enter_context(
            watch(self._config, self._settings, record, forks=True)
        )
        return dispatcher, record


def _make_worker(config: pytest.Config) -> PhaseSession | None:
    from .drivers.workers.line import Line

    line = Line(config)
    given = line.read_input(__version__)
    # With --dist loadgroup it would name tests after their groups.
    config.option.loadgroup = False
    return None if given is None else WorkerSession(config, line, given)


class WorkerSession(PhaseSession):
    """Plans, and runs what it is told to.

    :param line: to the controller.
    :param given: by the controller.
    """

    def __init__(self, config: pytest.Config, line: Any, given: Any) -> None:
        super().__init__(config, given.settings, can_isolate=True)
        self._serial_reasons = find_serial_reasons(config)
        self._memory = Memory(config, told=given.memory)
        self.resumed = given.resumed
        self._line = line
        self._slot = given.slot
        worker_input: Any = config.workerinput  # type: ignore[attr-defined]
        self._signature = {
            "worker_id": worker_input["workerid"],
            "testrun_uid": worker_input["testrunuid"],
        }
        os.environ[SLOT_VARIABLE] = str(given.slot)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(
        self, session: pytest.Session
    ) -> Generator[None, object, object]:
        from .drivers.workers.line import CollectionFailed, Problems
        from .drivers.workers.plan import Plan, describe_tests

        try:
            result = yield
        except pytest.UsageError as error:
            # Told once by the controller, which ends the run.
            self._line.send(Problems(tuple(map(str, error.args))))
            session.items = []
            return True
        if session.testsfailed and not goes_on_with_errors(session):
            self._line.send(CollectionFailed())
            return result
        resume = self._config.pluginmanager.getplugin("phaserun-resume")
        self._line.send(
            Plan(
                tasks=tuple(self._graph.tasks),
                tests=describe_tests(session.items),
                alone=self._alone,
                capacities=self._capacities,
                shard=self._shard,
                leaves_out=resume is not None and resume.leaves_out,
                lines=tuple(self.pytest_report_collectionfinish()),
            )
        )
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from .drivers.workers.remote import prepare
        from .isolation.current import current_item

        worker = prepare(session, self._line)
        hooks = session.config.hook
        hooks.pytest_phaserun_worker_started(config=session.config, slot=self._slot)

        def wait_for(item: pytest.Item, place: int) -> Status | Refusal:
            return worker.wait_for(place)

        with self._answer(wait_for, current_item):
            worker.work()
        hooks.pytest_phaserun_worker_stopping(config=session.config, slot=self._slot)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self, report: object
    ) -> Generator[None, Any, Any]:
        """Say who made a report, as xdist does."""
        data = yield
        if isinstance(report, pytest.TestReport):
            data.update(self._signature)
            data["item_index"] = self._graph.index(report.nodeid)
        return data
