"""A run of tests in other processes, as the process that reports it sees it.

Says what each worker is to do next and what becomes of what it says; starts and ends no
process, and waits for nothing. All of it runs in the main thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

import pytest

from ...dispatch import Blocked, Dispatcher
from ...isolation.current import HookCall, ItemRun
from ...isolation.hooks import replay
from ...model import Status
from ...options import Affinity, LostState
from ...record import Refuted, RunRecord, Span, Start
from ...scheduling.lease import Lease
from ...settings import Settings
from ..blocked import BlockedReports
from ..doubts import Doubts, decide, first_word
from ..ended import Ended
from ..outcome import has_ended, judge
from .desk import Desk
from .losses import Loss, make_calls
from .messages import (
    Asked,
    Done,
    Entered,
    Escape,
    Limited,
    Lost,
    Message,
    Order,
    Unneeded,
)
from .questions import Questions
from .wire import decode


class Controller:
    """Owned by a driver.

    What is said of a test is kept until ``report`` is called, so that a worker need
    not wait for the reporting of one test to begin the next.

    :param items: in the order of the dispatcher's graph.
    :param workers: how many there are at the most; ``None`` if one can always be added.
    :ivar desks: what is known of each worker, by slot.
    :ivar escape: what a test has ended the run with; see ``raise_escape``.
    """

    def __init__(
        self,
        session: pytest.Session,
        items: Sequence[pytest.Item],
        dispatcher: Dispatcher,
        record: RunRecord,
        settings: Settings,
        *,
        workers: int | None = None,
    ) -> None:
        self._session = session
        self._items = items
        self._dispatcher = dispatcher
        self._record = record
        self._is_strict = settings.strict
        self._replays = settings.lost_state is LostState.REPLAY
        self._keeps_state = settings.affinity is Affinity.GROUP
        self._confirms = settings.confirm and dispatcher.concurrency > 1
        self._doubts = Doubts()
        self._blocked = BlockedReports(record, are_failures=settings.fails_blocked)
        self._ended: list[int] = []
        self._to_report: deque[tuple[int | None, Sequence[HookCall], Sequence[Blocked]]]
        self._to_report = deque()
        self._passed: set[int] = set()
        self.desks: dict[int, Desk] = {}
        self.questions = Questions(dispatcher, self.desks, workers)
        self.escape: Escape | None = None

    # What a worker is to do

    def next_order(self, slot: int) -> tuple[int, Order] | None:
        """Start a test on an idle worker, if one may start.

        :returns: what to tell which worker; there may be none yet of that number.
        """
        while leases := self._dispatcher.get_ready(time.monotonic(), 1, slot=slot):
            if (order := self._order(leases[0])) is not None:
                return order
        return None

    def next_ahead(self, slot: int) -> Order | None:
        """Start the test that a worker is to run when that has ended which it runs."""
        desk = self.desks[slot]
        lease = self._dispatcher.get_ahead(time.monotonic(), slot)
        if lease is None:
            return None
        desk.ahead, desk.was_told_next = lease, True
        if self._find_replay(desk, lease.place):
            self.give_back(desk)
            return None
        fresh = self._tell(desk)
        return Order(lease.place, ended=fresh, needs_ticket=True)

    def give_back(self, desk: Desk) -> None:
        """Take note that a worker will not run what it was told to run next."""
        if desk.ahead is not None:
            self._dispatcher.ahead.give_back(desk.ahead)
            desk.ahead, desk.was_taken_back = None, True

    def next_alone(self, slot: int) -> tuple[int, Order] | None:
        """Start a test alone, if it is time for one; see ``next_order``.

        :param slot: of the worker that is to have it unless another has to.
        """
        while lease := self._dispatcher.get_exclusive(time.monotonic(), slot=slot):
            if (order := self._order(lease)) is not None:
                return order
        return None

    def _order(self, lease: Lease) -> tuple[int, Order] | None:
        """Return an order for a lease; ``None`` if it cannot be carried out."""
        assert lease.slot is not None
        desk = self.desks.setdefault(lease.slot, Desk(lease.slot))
        replay = self._find_replay(desk, lease.place)
        if replay and not self._replays and lease.confirms is None:
            name = self._dispatcher.graph.tasks[replay[0]].id
            self._refuse(lease, f"the process in which {name} ran {desk.loss}")
            return None
        self._start(desk, lease, time.monotonic(), replay)
        fresh = self._tell(desk)
        again = lease.confirms is not None
        return desk.slot, Order(lease.place, ended=fresh, replay=replay, again=again)

    def _start(
        self, desk: Desk, lease: Lease, now: float, replay: Sequence[int] = ()
    ) -> None:
        self._record.note_start(Start(lease.place, desk.slot, now))
        desk.start(lease, ItemRun(self._items[lease.place]), now, replay)

    def _tell(self, desk: Desk) -> Sequence[int]:
        """Return the ends that a worker has not been told."""
        fresh = self._ended[desk.told :]
        desk.told = len(self._ended)
        return fresh

    def _begin_next(self, desk: Desk, now: float) -> None:
        """Take note that a worker goes on with what it was told to run next."""
        if (lease := desk.ahead) is not None:
            desk.ahead = None
            self._dispatcher.ahead.begin(lease, now)
            self._start(desk, lease, now)

    def _find_replay(self, desk: Desk, place: int) -> list[int]:
        """Return what a test depends on that has passed in a process that is gone."""
        if desk.loss is None or not self._keeps_state:
            return []
        graph, found, work = self._dispatcher.graph, set[int](), [place]
        for each in work:
            fresh = set(graph.dependencies[each]) & self._passed - desk.done - found
            found |= fresh
            work.extend(fresh)
        return sorted(found, key=lambda each: (graph.phase_of[each], each))

    def _refuse(self, lease: Lease, error: str) -> None:
        self._finish(None, (), self._dispatcher.refuse(lease, error))

    # What it says

    def hear(self, slot: int, message: Message) -> None:
        """Deal with a message of a worker."""
        desk, now = self.desks[slot], time.monotonic()
        if desk.lease is None and not isinstance(message, Unneeded):
            return  # its test was withdrawn
        if isinstance(message, Entered):
            self._keep(desk, message)
            desk.enter(message.stage, message.at or now)
        elif isinstance(message, Limited):
            desk.limit(
                message.seconds,
                now,
                call_only=message.call_only,
                if_shorter=message.if_shorter,
            )
        elif isinstance(message, Done):
            self._keep(desk, message)
            ended = message.at or now
            self._end(desk, ended, message.escape)
            self._begin_next(desk, ended)
        elif isinstance(message, Asked):
            self.questions.add(slot, message.other)
        elif isinstance(message, Lost):
            lease, _ = desk.give_back()
            name = self._dispatcher.graph.tasks[message.failed].id
            error = f"{name}, whose process {desk.loss}, ran again and {message.error}"
            self._record.running.pop(lease.place, None)
            if lease.confirms is None:
                self._refuse(lease, error)
            else:
                self._let_stand(lease)
            self._begin_next(desk, now)
        elif isinstance(message, Unneeded):
            calls = list(decode(self._session.config, message.calls))
            self._to_report.append((message.place, calls, ()))

    def _let_stand(self, lease: Lease) -> None:
        """End a failure beside others that cannot be confirmed: it counts."""
        assert lease.confirms is not None
        verdict = first_word(self._doubts.take(lease.confirms))
        blocked = self._dispatcher.done(
            lease,
            verdict.outcome.status,
            error=verdict.outcome.error,
            failures=verdict.outcome.failures,
        )
        self._finish(lease.place, verdict.calls, blocked)

    def lose(self, slot: int, loss: Loss) -> None:
        """Deal with the end of a worker's process, which was not told to end."""
        desk, now = self.desks[slot], time.monotonic()
        self.give_back(desk)
        if desk.lease is not None and desk.run is not None:
            seconds = now - desk.entered
            calls = make_calls(desk.run, desk.stage, loss, seconds)
            desk.run.shipped.extend(calls)
            self._end(desk, now, None, is_lost=True)
        elif desk.last is not None and loss.error is not None:
            run = ItemRun(self._items[desk.last])
            calls = make_calls(run, "teardown", loss, 0.0)
            self._to_report.append((desk.last, calls, ()))
        desk.renew(loss.what)
        self.questions.forget(slot)

    def withdraw_running(self) -> None:
        """Let go of what still runs when the run ends: it has come to nothing."""
        for desk in self.desks.values():
            self.give_back(desk)
            if desk.lease is not None:
                self._dispatcher.withdraw(desk.lease)
                self._record.note_interrupted(desk.lease.place)
                desk.lease = desk.run = None

    def believe(self) -> None:
        """End the failures that are taken as real without a confirmation."""
        for lease, blocked in self._dispatcher.believe():
            failed = self._doubts.take(lease)
            self._record.unconfirmed += 1
            self._finish(lease.place, failed.run.shipped, blocked)

    def report(self) -> None:
        """Call the reporting hooks for what has ended.

        The hooks may ask the session to stop, which stops the dispatcher.
        """
        session = self._session
        while self._to_report:
            place, calls, blocked = self._to_report.popleft()
            if place is not None:
                replay(session, self._items[place], calls)
            index = self._dispatcher.graph.index
            items = [self._items[index(each.task.id)] for each in blocked]
            self._blocked.report(items, blocked)
            if reason := session.shouldfail or session.shouldstop:
                self._dispatcher.stop(str(reason))

    def raise_escape(self) -> None:
        """End the run as a test has asked for, or let its session do so.

        :raises BaseException: what the test has raised.
        """
        if self.escape is None:
            return
        text = self.escape.text
        if self.escape.kind == "exit":
            raise pytest.exit.Exception(text, self.escape.code)
        if self.escape.kind == "interrupt":
            raise KeyboardInterrupt(text)
        if self.escape.kind == "fail":
            self._session.shouldfail = text
        else:
            self._session.shouldstop = text

    def _keep(self, desk: Desk, message: Entered | Done) -> None:
        """Keep what is new in a message of what a test has reported."""
        assert desk.run is not None, "reports of a test that was not ordered"
        fresh = message.calls[desk.reported - message.since :]
        desk.reported += len(fresh)
        desk.run.shipped.extend(decode(self._session.config, fresh))

    def _end(
        self, desk: Desk, now: float, escape: Escape | None, *, is_lost: bool = False
    ) -> None:
        """Work in the end of the test that a worker ran."""
        lease, run = desk.end()
        if escape is not None:
            self.give_back(desk)
            self._dispatcher.stop(f"{escape.kind} in {run.item.nodeid}")
            self.escape = self.escape or escape
            if not has_ended(run.reports):
                self._dispatcher.withdraw(lease)
                self._record.note_interrupted(lease.place)
                self._to_report.append((lease.place, run.shipped, ()))
                return
        ended = Ended(
            lease=lease,
            slot=desk.slot,
            run=run,
            outcome=judge(run.reports),
            blocked=(),
            began=desk.began,
            ended=now,
        )
        if lease.confirms is not None:
            self._decide(ended, self._doubts.take(lease.confirms))
        else:
            self._conclude(ended, may_pass=self._confirms and not is_lost)

    def _conclude(self, ended: Ended, *, may_pass: bool) -> None:
        """End a test, provisionally if it failed beside others and may pass alone."""
        lease, outcome = ended.lease, ended.outcome
        has_failed = outcome.status is Status.FAILED and self.escape is None
        blocked = self._dispatcher.done(
            lease,
            outcome.status,
            error=outcome.error,
            failures=outcome.failures,
            provisional=may_pass and has_failed and not lease.is_alone,
        )
        self._note(ended, outcome.status)
        if self._dispatcher.is_unconfirmed(lease):
            self._doubts.add(ended)
        else:
            self._finish(lease.place, ended.run.shipped, blocked)

    def _decide(self, again: Ended, failed: Ended) -> None:
        """End a test that failed beside others by what it did alone."""
        verdict = decide(failed, again.run.shipped, strict=self._is_strict)
        if verdict.refuted is not None:
            self._record.refuted.append(
                Refuted(
                    place=again.lease.place,
                    failure=verdict.refuted,
                    counts=self._is_strict,
                )
            )
        outcome = verdict.outcome
        blocked = self._dispatcher.done(
            again.lease,
            outcome.status,
            error=outcome.error,
            failures=outcome.failures,
        )
        self._note(again, outcome.status)
        self._finish(again.lease.place, verdict.calls, blocked)

    def _note(self, ended: Ended, status: Status) -> None:
        place, slot = ended.lease.place, ended.slot
        if status is Status.COMPLETED:
            self._passed.add(place)
        self._record.note_end(Span(place, slot, status, ended.began, ended.ended))

    def _finish(
        self, place: int | None, calls: Sequence[HookCall], blocked: Sequence[Blocked]
    ) -> None:
        """Let an end be reported, and be known to all workers.

        :param place: ``None`` where no test has ended but the blocked ones.
        """
        if place is not None:
            self._ended.append(place)
        index = self._dispatcher.graph.index
        self._ended.extend(index(each.task.id) for each in blocked)
        self._to_report.append((place, calls, blocked))
