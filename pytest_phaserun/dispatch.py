"""The rules of what may run, and nothing else.

Facts go in, decisions come out; there is no clock, thread, loop, file or print here,
``now`` is always a parameter (float seconds on any monotonic clock).

The rules:

1. A task starts when what it depends on has come true: all tasks, or any one, have
   completed; or have failed or timed out; or have ended, even without a start.
2. At most ``concurrency`` tasks run at once.
3. An exclusive task runs when nothing else does, and only when no other open task
   could run instead, so that exclusive tasks come back to back. If its group keeps
   something up for it, its time comes sooner: when none of the group's other tasks
   is left, nothing new starts until it has run.
4. A task takes what it claims all at once. Tasks that claim one thing in different
   states never overlap; those in one state never claim more units than there are.
5. The schedule opens work: ``batch`` opens slices of ``concurrency`` tasks, the next
   slice when the last task of this one has ended; ``phase`` opens the next phase when
   this one has ended, and a free place inside it is refilled at once; ``graph`` opens
   a task when what it depends on itself has come true.
6. Among open tasks the one with the lowest priority number goes first, then the one
   with the longest critical path, then the one that stands first in the graph. Same
   input, same order, on every machine.
7. A task for which that cannot come true any more is blocked: it ends at once, with its
   direct and its root cause. This may release others or block them. So is a task
   that was started and is refused, since what it needs is lost; it has not failed.
8. A task past its deadline is to be stopped; how, is the driver's business. A driver
   pauses the clock of a task that waits for somebody else, and restarts it for a part
   of the task that has a limit of its own; see ``lease``.
9. Every task ends exactly once. Each start is a lease; the end of a lease that is no
   longer held is ignored.
10. After ``stop`` nothing starts and what runs may end; what never ran, or was
   withdrawn before it came to anything, is not run.
11. A failure beside others can be provisional: the task has not ended until it has run
    once more alone, before the exclusive tasks of its phase. Failures that could reach
    ``max_fail`` are confirmed before anything else starts. Once the first
    ``CONFIRMATIONS`` have all failed again, failures are taken as real, but for those
    of tasks that were told of a provisional failure (rule 14). After ``stop`` they are
    too, and such tasks are not run.
12. What hangs for good is abandoned: it has ended, but what it claims stays taken until
   it is released, once it has really come to an end. Only when nothing else could run,
   or what runs alone claims the same, is it overruled, one thing at a time.
13. Who is refused a thing that others claim units of joins a queue, and goes before all
   who never did. The oldest there has what it claims reserved: until it has started,
   nobody else takes what would make it wait longer. Who waits for what an abandoned
   task keeps leaves the queue. Other things change state when the old one is used up.
14. A task that runs may wait for another one, which is pulled forward with all that it
   depends on; meanwhile its own place is free. What cannot end before the waiting task
   does is not waited for; see ``waits``.
15. With affinity a slot keeps state of its own: tasks that are connected, by whatever
   dependencies, run on the slot that started the first of them, until it is unbound.
   A slot asks for itself, has one task at a time, and starts none that is bound to
   another. Instead of the critical path comes first how much work there is in all that
   a task is connected with, so that a slot ends that before it begins something else.
16. A task that claims and binds nothing may be started ahead of its time, on a slot
   where another one runs. It begins, and counts as running, when that has ended. Until
   then it is given back if another slot could start it at once, or if another task has
   come to be first for its slot. Nothing is started so, and all is given back, while a
   failure may stop the run or a task waits, and when nothing may start.
"""

from __future__ import annotations

from heapq import heappop, heappush

from .model import Blocked, Overruled, Schedule, Status
from .scheduling.lease import ENDS, Lease
from .scheduling.slots import Slots
from .scheduling.state import CONFIRMATIONS, RunState
from .scheduling.waits import encode

__all__ = ["CONFIRMATIONS", "Blocked", "Dispatcher", "Lease", "Overruled"]

NO_SLOT = "with affinity a slot asks for itself; name it by slot="


class Dispatcher(RunState):
    """Decide what may run, one fact at a time.

    The verbs follow ``graphlib.TopologicalSorter``: ask ``get_ready`` (and
    ``get_exclusive``) for leases, report each with ``done``, until ``is_active``
    says no. An illegal call raises and changes nothing. One thread at a time may
    call; a driver with several threads guards the dispatcher with a lock.

    :param concurrency: how many tasks may run at once, at least 1.
    :param timeout: seconds for each task without a limit of its own; 0 for no limit.
    :param max_fail: stop after so many failures; 0 for never.
    :param capacities: how many units there are of a thing; 1 where none is given.
    :param affinity: tasks that are connected run on one slot (rule 15), and whoever
        asks for leases has to name a slot, by any number.
    :raises ValueError: a parameter is out of range, or a task claims too much.
    :ivar overruled: the abandoned tasks that others did not wait for (rule 12).
    """

    # Starts

    def get_ready(
        self, now: float, limit: int | None = None, *, slot: int | None = None
    ) -> list[Lease]:
        """Start tasks that may run beside others, at most ``limit``.

        :param slot: where to run them; it has one task at a time.
        :returns: their leases; empty when nothing may start now.
        :raises ValueError: with affinity, no slot was named.
        """
        if slot is None and self._slots is not None:
            raise ValueError(NO_SLOT)
        leases: list[Lease] = []
        free = self._count_free(slot)
        if limit is not None and limit < free:
            free = limit
        while self._open and len(leases) < free:
            key = heappop(self._open) if self._slots is None else self._take_for(slot)
            if key is None:
                break
            place = self._by_rank[key]
            task = self.graph.tasks[place]
            if not task.claims or self._claims.take(key, task.claims):
                leases.append(self._leases.start(place, task, now, slot))
            elif not self._leases and not self._open:
                self._open_more()
        return leases

    def get_exclusive(self, now: float, *, slot: int | None = None) -> Lease | None:
        """Start one task alone, if it is time for one (rules 3 and 11).

        Nothing else may start then, and before it ends nothing will.

        :param slot: where to run it, unless it is bound; its lease tells the slot.
        :raises ValueError: with affinity, no slot was named.
        """
        if slot is None and self._slots is not None:
            raise ValueError(NO_SLOT)
        is_early = self._open and not self._is_draining
        if self._leases or is_early or self._stopped is not None:
            return None
        failed = self._unconfirmed.take_first() if self._unconfirmed else None
        if failed is not None:
            place = failed.place
        elif self._exclusive:
            place = self._by_rank[self._exclusive.pop()]
        else:
            return None
        lease = self._leases.start(place, self.graph.tasks[place], now, slot)
        lease.confirms = failed
        self._is_alone = True
        refused = self._claims.find_refused(lease.task.claims)
        self.overruled += self._claims.overrule(refused, lease.task)
        return lease

    def get_ahead(self, now: float, slot: int) -> Lease | None:
        """Start the task that is to begin when the one on a slot ends (rule 16).

        :returns: its lease, to be given to ``ahead.begin`` or ``ahead.give_back``.
        """
        if not self._open or slot in self.ahead or self._allows_none_ahead:
            return None
        key = heappop(self._open) if self._slots is None else self._take_for(slot)
        if key is None:
            return None
        place = self._by_rank[key]
        task = self.graph.tasks[place]
        binds = self._slots is not None and self._slots.would_bind(place)
        if task.claims or binds:
            heappush(self._open, key)
            return None
        return self.ahead.start(place, task, now, slot)

    def find_untimely(self) -> list[Lease]:
        """Return what was started ahead and would not be started so now (rule 16)."""
        if self.ahead and self._allows_none_ahead:
            return list(self.ahead.values())
        self._sort_out()
        return self.ahead.find_overtaken()

    def find_stealable(self, slot: int) -> list[Lease]:
        """Return what was started ahead and a slot could start now, in its order."""
        return self.ahead.find_unbound() if self._count_free(slot) > 0 else []

    @property
    def _allows_none_ahead(self) -> bool:
        may_stop = self._is_draining or self._max_fail or self._stopped is not None
        return bool(self._is_alone or self.waits or may_stop)

    # What may start

    @property
    def ready_count(self) -> int:
        """How many tasks ``get_ready`` could start now, at the most, claims left aside.

        0 only if it could start none.
        """
        if (free := self._count_free(None)) <= 0:
            return 0
        slots = self._sort_out()
        if slots is None:
            count = len(self._open)
        else:
            count = slots.count_for_all(self._leases.find_slots())
        return min(count and count + self._claims.untried, free)

    def ready_for(self, slot: int) -> bool:
        """Tell whether this slot could start a task now, claims left aside."""
        if self._count_free(slot) <= 0:
            return False
        slots = self._sort_out()
        return bool(self._open) if slots is None else slots.has_for(slot)

    @property
    def _is_draining(self) -> bool:
        """Whether nothing may start beside others until something has run alone."""
        if self.waits:
            return False
        if self._exclusive.due or not self._unconfirmed:
            return bool(self._exclusive.due)
        return 0 < self._max_fail <= self._failures + self._unconfirmed.count()

    def _count_free(self, slot: int | None) -> int:
        """Return how many tasks could start beside others, on one slot or on any."""
        if self._is_alone or self._stopped is not None:
            return 0
        # Most of the time there is nothing to drain for, which is soon found out here.
        if (self._exclusive.due or self._unconfirmed) and self._is_draining:
            return 0
        running = len(self._leases) - len(self.waits) - len(self.ahead)
        free = self.concurrency - running
        if slot is None:
            return free
        return 0 if slot in self._leases.find_slots() else min(free, 1)

    # Slots (rule 15)

    def _take_for(self, slot: int | None) -> int | None:
        slots = self._sort_out()
        return None if slots is None or slot is None else slots.take_for(slot)

    def _sort_out(self) -> Slots | None:
        """See to it that none of those comes first that only one slot may start."""
        if self._slots is not None:
            while (key := self._slots.move_first()) is not None:
                self._claims.pass_over(key)
        return self._slots

    # Ends

    def done(
        self,
        lease: Lease,
        status: Status,
        *,
        error: str | None = None,
        failures: int | None = None,
        provisional: bool = False,
    ) -> list[Blocked]:
        """Take note of how a lease ended.

        :param error: what became of the task, for those it blocks.
        :param failures: how many failures it counts for ``max_fail``; by default one
            unless it completed or was skipped.
        :param provisional: it failed beside others and is to be confirmed, unless
            failures are taken as real by now; see ``is_unconfirmed``.
        :returns: the tasks that this blocks; empty for a lease no longer held.
        :raises ValueError: ``status`` is not a way a started task can end, or one that
            cannot be provisional.
        """
        if status not in ENDS:
            raise ValueError(f"a task that was started cannot end as {status}")
        if provisional and (status is not Status.FAILED or lease.is_alone):
            raise ValueError(f"only a failure beside others is provisional: {lease!r}")
        if self._leases.get(lease.number) is not lease:
            return []
        self._take_back(lease)
        error = error or status.value
        if provisional and self._unconfirmed.doubts:
            self._unconfirmed[self._rank[lease.place]] = (lease, error, failures)
            blocked = []
        else:
            blocked = self._end(lease, status, error, failures)
        if not self._leases and not self._open:
            self._open_more()
        return blocked

    def refuse(self, lease: Lease, error: str) -> list[Blocked]:
        """Take note that a task cannot run after all: what it needs is lost.

        It ends as blocked, without a failure; those that depend on it are blocked by
        it (rule 7).

        :param error: what is lost, in words.
        :returns: the task itself and those that this blocks; empty for a lease no
            longer held.
        :raises ValueError: it is a confirmation, of a task that has run.
        """
        if lease.confirms is not None:
            raise ValueError(f"it has run and failed, so it is done: {lease!r}")
        if not self.is_held(lease):
            return []
        self._take_back(lease)
        blocked = self._end(lease, Status.BLOCKED, error, None)
        if not self._leases and not self._open:
            self._open_more()
        task = lease.task
        return [Blocked(task, task, task, error, error), *blocked]

    def _take_back(self, lease: Lease) -> None:
        del self._leases[lease.number]
        if self.waits:
            self.waits.end(lease)
        self._is_alone = False
        task = lease.task
        if (task.claims or task.group is not None) and not lease.is_alone:
            self._exclusive.leave(task.group)
            if not self._claims.is_kept(lease):
                self._claims.give_back(task.claims)

    def abandon(
        self, lease: Lease, *, error: str | None = None, failures: int | None = None
    ) -> list[Blocked]:
        """Take note that a task hangs for good (rule 12); see ``done``.

        :raises ValueError: the task runs alone, and nothing else goes on.
        """
        if lease.is_alone:
            raise ValueError(f"what runs alone cannot be abandoned: {lease!r}")
        if self.is_held(lease):
            self._claims.keep(lease)
        return self.done(lease, Status.TIMEOUT, error=error, failures=failures)

    def believe(self) -> list[tuple[Lease, list[Blocked]]]:
        """End the provisional failures that are taken as real without a confirmation.

        There are some once the first confirmations have all failed again, or when the
        run was stopped.

        :returns: their leases, each with the tasks that its failure blocks.
        """
        if self._unconfirmed.doubts and self._stopped is None:
            return []
        real = self._unconfirmed.take_real()
        if self._stopped is not None:
            # Who was told of another failure has come to nothing (rule 10).
            self._unconfirmed.clear()
        believed = [(f[0], self._end(f[0], Status.FAILED, *f[1:])) for f in real]
        if not (self._leases or self._open):
            self._open_more()
        return believed

    def _end(
        self, lease: Lease, status: Status, error: str, failures: int | None
    ) -> list[Blocked]:
        place = lease.place
        self._ended[place] = encode(status)
        has_failed = status in (Status.FAILED, Status.TIMEOUT)
        if lease.confirms is not None:
            self._unconfirmed.learn(lease.confirms, failed_again=has_failed)
        failures = has_failed if failures is None else failures
        if failures:
            self._failures += failures
            if 0 < self._max_fail <= self._failures:
                self.stop(f"stopping after {self._failures} failures")
        if self._conditions is not None:
            blocked, satisfied = self._conditions.spread(place, status, error)
        elif status is not Status.COMPLETED:
            blocked = self.graph.block_dependents(place, error, self._ended)
            satisfied = []
        elif self.schedule is Schedule.GRAPH:
            blocked, satisfied = [], self.graph.dependents[place]
        else:
            return []
        for each in blocked:
            if not each.task.exclusive:
                self._exclusive.leave(each.task.group)
        if self.schedule is Schedule.GRAPH:
            self._backlog.release(satisfied, self._open, self._exclusive)
        return blocked

    def stop(self, reason: str) -> None:
        """Start nothing more (rule 10); the first reason stands."""
        if self._stopped is None:
            self._stopped = self.waits.stopped = reason

    # Opening work (rule 5)

    def _open_more(self) -> None:
        """Open the next slice, or the next phase once this one has ended.

        Its time is when nothing runs and nothing open could run beside others: then
        only what runs alone, and who waits for abandoned tasks, can be left of a phase.
        The schedule ``graph`` finds all phases ended but the first, open at the start.
        """
        if waited_for := self._claims.waited_for:
            if not (self._exclusive or self._unconfirmed or self._stopped):
                self.overruled += self._claims.overrule(waited_for[:1])
            return
        self._open += self._backlog.take_slice()
        while not (self._open or self._exclusive or self._unconfirmed):
            if not self._backlog.load_phase(self._ended, self._exclusive):
                return
            self._open += self._backlog.take_slice()
