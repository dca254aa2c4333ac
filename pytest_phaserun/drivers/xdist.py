"""Tests on the workers of pytest-xdist, on this machine or on others.

xdist starts the workers, and replaces those that end; here they are told what to do,
and asked what they have collected: xdist itself knows node ids alone. All of it runs
in the main thread, in xdist's own loop, which takes events from a queue.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from ..dispatch import Dispatcher
from ..isolation.junit import JUnitTypes
from ..record import RunRecord
from ..settings import WORKER_KEY, Settings
from .alarm import Alarm
from .notices import open_notices
from .outcome import TIMEOUT_ATTRIBUTE
from .seated import SeatedRun
from .seats import Seat
from .workers.line import (
    CollectionFailed,
    Hello,
    Input,
    Problems,
    Said,
    Stack,
)
from .workers.messages import unpack
from .workers.plan import Plan, make_items

#: What is used of xdist's ``DSession`` and is not documented; in 3.6 to 3.8. Its loop
#: takes an event from ``queue`` and calls the method ``worker_`` + name. It gives up
#: after ``_max_worker_restart`` ends of workers, among which timeouts must not count.
_NEEDED = ("queue", "loop_once", "shuttingdown", "_max_worker_restart")

#: The name of the events that are ours.
_EVENT = "phaserun"


class XdistDriver:
    """The controller's side: a plugin, and the ``Scheduling`` that xdist asks for.

    :param version: of this package, which all workers must have.
    :param memory: what is known of earlier runs, for the workers' plans.
    :param begin: called with the session and the plan once, when all workers have it.
    """

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        version: str,
        memory: dict[str, Any],
        begin: Callable[[pytest.Session, Plan], tuple[Dispatcher, RunRecord]],
    ) -> None:
        self._config = config
        self._settings = settings
        self._version = version
        self._memory = memory
        self._begin = begin
        self._workers = 0
        self._seats: dict[Any, Seat] = {}
        self._nodes: dict[str, Any] = {}
        self._plan: Plan | None = None
        self._planner = ""
        self._run: SeatedRun | None = None
        self._alarm = Alarm(lambda: self._post(None, None))

    def run(self, session: pytest.Session) -> None:
        """Let xdist run until nothing is left, or until something stops the run.

        :raises pytest.UsageError: there is nothing to run because of mistakes.
        :raises BaseException: what a test or hook raised to end the run.
        """
        self._session = session
        types = JUnitTypes(self._config, TIMEOUT_ATTRIBUTE)
        self._config.pluginmanager.register(types)
        with open_notices(self._config) as self._notices, self._alarm.on():
            try:
                self._dsession.pytest_runtestloop()
            except BaseException as error:
                if self._run is not None:
                    self._run.wind_down(error)
                raise
            finally:
                if self._run is not None:
                    self._run.close()
        if self._run is not None:
            self._run.raise_end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Look whether this xdist has what is needed, before it starts workers."""
        self._dsession: Any = self._config.pluginmanager.getplugin("dsession")
        if missing := [each for each in _NEEDED if not hasattr(self._dsession, each)]:
            raise pytest.UsageError(
                f"this pytest-xdist has no {', '.join(missing)}, which phaserun needs; "
                "install pytest-xdist 3.6 to 3.8, or leave out -n"
            )
        setattr(self._dsession, f"worker_{_EVENT}", self._take)

    # What xdist asks for and tells

    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker what it needs, before it is started."""
        taken = {seat.slot for seat in self._seats.values()}
        slot = next(each for each in count() if each not in taken)
        channel = node.gateway.newchannel()
        resume = self._config.pluginmanager.getplugin("phaserun-resume")
        resumed = None if resume is None else resume.known
        settings = replace(self._settings, history=None)
        given = Input(settings, self._memory, resumed, slot)
        node.workerinput[WORKER_KEY] = {
            "version": self._version,
            "input": pickle.dumps(given),
            "channel": channel,
        }
        self._workers = node.workerinput["workercount"]
        self._seats[node] = Seat(node, slot, channel)
        self._nodes[node.gateway.id] = node
        channel.setcallback(lambda data: self._post(node, data))

    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_make_scheduler(self) -> XdistDriver:
        return self

    @property
    def nodes(self) -> list[Any]:
        """The workers that are to be told when the run ends."""
        return [seat.node for seat in self._seats.values() if seat.is_added]

    def add_node(self, node: Any) -> None:
        """Take note that a worker is about to collect.

        :raises pytest.UsageError: this package is not there.
        """
        seat = self._seats[node]
        if seat.pid is None:
            raise pytest.UsageError(
                f"worker {seat.name} has no pytest-phaserun: install version "
                f"{self._version} for {node.workerinfo['executable']} on its machine"
            )
        seat.is_added = True

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """Take no note: a worker's plan says more than its node ids."""

    @property
    def collection_is_completed(self) -> bool:
        """Tell whether it is known what is to run."""
        return self._run is not None

    @property
    def has_pending(self) -> bool:
        """Tell whether anything is left to do."""
        return self._run is not None and self._run.is_active

    @property
    def tests_finished(self) -> bool:
        """Tell whether the workers may end."""
        return self._run is not None and not self._run.is_active

    def schedule(self) -> None:
        """Let workers begin what may run."""
        self._turn()

    def remove_node(self, node: Any) -> None:
        """Take note that a worker has ended, in order or not."""
        seat = self._seats.pop(node)
        if self._run is not None and not seat.has_finished:
            had_test = self._run.lose(seat)
            is_counted = self._config.option.maxworkerrestart is not None
            if seat.error is not None or (had_test and not is_counted):
                self._allow_one_more()
        self._turn()

    def _allow_one_more(self) -> None:
        """Let one worker more be replaced: this one's end does not count.

        Unlike the end of one that has not run a test, it cannot come again for ever.
        """
        if self._dsession._max_worker_restart is not None:
            self._dsession._max_worker_restart += 1

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> Generator[None]:
        """Name the worker as xdist does, for all who look at a report."""
        if (name := getattr(report, "worker_id", None)) in self._nodes:
            report.node = self._nodes[name]
        return (yield)

    # What workers say

    def _post(self, node: Any, data: bytes | None) -> None:
        """Let the main thread take something; in any thread."""
        self._dsession.queue.put((_EVENT, {"node": node, "data": data}))

    def _take(self, node: Any, data: bytes | None) -> None:
        """Take what a worker has said, or the alarm; called by xdist's loop."""
        seat = self._seats.get(node)
        if seat is not None and data is not None:
            self._hear(seat, unpack(data))
        self._turn()

    def _turn(self) -> None:
        if self._run is None:
            return
        if self._dsession.shuttingdown and self._run.is_active:
            self._run.stop("pytest-xdist has ended the run")
        self._run.turn()

    def _hear(self, seat: Seat, said: Said) -> None:
        if isinstance(said, Hello):
            self._meet(seat, said)
        elif isinstance(said, Problems):
            raise pytest.UsageError(*said.lines)
        elif isinstance(said, CollectionFailed):
            errors = self._session.testsfailed
            raise self._session.Interrupted(
                f"{errors} error{'s' if errors != 1 else ''} during collection"
            )
        elif isinstance(said, Plan):
            self._compare(seat, said)
        elif self._run is None:
            raise RuntimeError(f"{said!r} before anything was ordered")
        elif isinstance(said, Stack):
            self._run.show(seat, said.text)
        else:
            self._run.hear(seat, said)

    def _meet(self, seat: Seat, hello: Hello) -> None:
        seat.pid = hello.pid
        if hello.version != self._version:
            raise pytest.UsageError(
                f"worker {seat.name} has pytest-phaserun {hello.version}, and here it "
                f"is {self._version}: install the same version on all machines"
            )

    def _compare(self, seat: Seat, plan: Plan) -> None:
        """Take note of a worker's plan, and begin once all have the same one."""
        if self._plan is None:
            self._plan, self._planner = plan, seat.name
        elif (difference := self._plan.find_difference(plan)) is not None:
            raise pytest.UsageError(
                f"workers {self._planner} and {seat.name} have collected different "
                f"tests: {difference}; all must find the same tests in the same order"
            )
        seat.is_up = True
        are_up = [seat.is_up for seat in self._seats.values()]
        if self._run is None and all(are_up) and len(are_up) == self._workers:
            self._start(self._plan)

    def _start(self, plan: Plan) -> None:
        session = self._session
        session.items = make_items(session, plan.tests)
        session.testscollected = len(session.items)
        if self._dsession.terminal:
            self._dsession.trdist.ensure_show_status()
            self._dsession.terminal.write_line("")
        dispatcher, record = self._begin(session, plan)
        self._run = SeatedRun(
            session,
            dispatcher,
            record,
            self._settings,
            self._seats,
            self._workers,
            self._alarm,
            self._notices,
        )
