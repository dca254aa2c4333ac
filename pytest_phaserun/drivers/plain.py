"""The driver of last resort: one test at a time, under pytest's own rules alone.

For a pytest whose private names are not the ones that ``isolation`` knows. Order and
blocking hold as ever; time limits do not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from ..dispatch import Blocked, Dispatcher
from ..graph import TaskGraph, rank_places
from ..model import Status
from ..record import RunRecord, Span, Start
from ..scheduling.waits import Refusal
from ..settings import Settings
from .outcome import judge


class PlainDriver:
    """Runs all items of a session once, in the main thread.

    Registered as a plugin, to hear the reports of what it runs.

    :param items: in the order of the dispatcher's graph, every one exclusive.
    :param dispatcher: opens one phase after the other.
    """

    def __init__(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        dispatcher: Dispatcher,
        record: RunRecord,
        settings: Settings,
    ) -> None:
        self._session = session
        self._items = items
        self._dispatcher = dispatcher
        self._record = record
        self._heard: list[pytest.TestReport] = []
        self._are_failures = settings.fails_blocked
        self._blocked: dict[int, Blocked] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        blocked = self._blocked.get(self._items.index(item))
        if blocked is None:
            return
        if self._are_failures and not blocked.needless:
            pytest.fail(blocked.reason, pytrace=False)
        pytest.skip(blocked.reason)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._heard.append(report)

    def run(self) -> None:
        """Run until nothing is left, or until something stops the run.

        :raises BaseException: what a test or hook raised to end the run.
        """
        self._session.config.pluginmanager.register(self)
        self._record.began = time.monotonic()
        order = _order(self._dispatcher.graph)
        try:
            # pytest tears down by what comes next, so that blocked tests keep their
            # turn, as skipped ones.
            for place, following in zip(order, [*order[1:], None], strict=True):
                nextitem = None if following is None else self._items[following]
                self._run_item(place, nextitem)
                if self._session.shouldfail or self._session.shouldstop:
                    break
        finally:
            self._record.ended = time.monotonic()
            self._record.not_run = len(self._dispatcher.get_unstarted())

    def wait_for(self, item: pytest.Item, place: int) -> Status | Refusal:
        """Tell a running test what came of another; there is nothing to wait for."""
        (lease,) = self._dispatcher.running
        answer = self._dispatcher.waits.ask(lease, place)
        assert answer is not None, "nothing runs beside a test"
        return answer

    def _run_item(self, place: int, nextitem: pytest.Item | None) -> None:
        item = self._items[place]
        began = time.monotonic()
        lease = None
        if place not in self._blocked:
            lease = self._dispatcher.get_exclusive(began)
            assert lease is not None, f"{self._dispatcher!r} has come to a standstill"
            assert lease.place == place, "the order was foreseen wrongly"
            self._record.note_start(Start(place, 0, began))
        self._heard.clear()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        if lease is None:
            return
        outcome = judge(self._heard)
        self._note(place, outcome.status, began)
        for each in self._dispatcher.done(
            lease, outcome.status, error=outcome.error, failures=outcome.failures
        ):
            blocked = self._dispatcher.graph.index(each.task.id)
            self._blocked[blocked] = each
            self._record.note_blocked(each)

    def _note(self, place: int, status: Status, began: float) -> None:
        ended = time.monotonic()
        self._record.note_end(Span(place, 0, status, began, ended))


def _order(graph: TaskGraph) -> list[int]:
    """Return the order in which the dispatcher starts exclusive tasks, phase by phase.

    Those that are blocked fall out, and the others keep it.
    """
    _, rank = rank_places(graph)
    return [
        place for phase in graph.phases for place in sorted(phase, key=rank.__getitem__)
    ]
