"""The dispatcher against a model: random graphs, limits, outcomes and orders of ends.

The model works out anew at each step, from the rules and the past alone, which task is
the next to start; the dispatcher has to come to the same answer with its heaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from operator import attrgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_phaserun import dispatch
from pytest_phaserun.dispatch import Blocked, Dispatcher, Lease, Overruled
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Schedule, Status, Task

#: How a task may end, what is likelier more often.
ENDS = [*[Status.COMPLETED] * 5, Status.FAILED, Status.TIMEOUT, Status.SKIPPED]

#: So that the small graphs here can get there.
CONFIRMATIONS = 2


@pytest.fixture(autouse=True, scope="module")
def few_confirmations() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "CONFIRMATIONS", CONFIRMATIONS)
        yield


@dataclass(frozen=True)
class Plan:
    """All that decides what happens in a run.

    :ivar choices: what is decided when there is a choice, 0 when they have run out.
    """

    tasks: tuple[Task, ...]
    concurrency: int
    schedule: Schedule
    timeout: float
    max_fail: int
    choices: tuple[int, ...]

    def dispatcher(self) -> Dispatcher:
        return Dispatcher(
            TaskGraph(self.tasks),
            concurrency=self.concurrency,
            schedule=self.schedule,
            timeout=self.timeout,
            max_fail=self.max_fail,
        )


@st.composite
def plans(draw: st.DrawFn, schedule: Schedule | None = None) -> Plan:
    size = draw(st.integers(0, 10))
    tasks = [_draw_task(draw, number) for number in range(size)]
    return Plan(
        tasks=tuple(draw(st.permutations(tasks))),
        concurrency=draw(st.integers(1, 4)),
        schedule=schedule or draw(st.sampled_from(Schedule)),
        timeout=draw(st.sampled_from([0.0, 3.0])),
        max_fail=draw(st.sampled_from([0, 0, 0, 1, 2])),
        choices=tuple(draw(st.lists(st.integers(0, 59), min_size=30, max_size=60))),
    )


def _draw_task(draw: st.DrawFn, number: int) -> Task:
    earlier = [str(other) for other in range(number)]
    names = st.lists(st.sampled_from(earlier), max_size=3) if earlier else st.just([])
    states = st.dictionaries(st.sampled_from("pq"), st.integers(0, 1))
    return Task(
        id=str(number),
        dependencies=tuple(draw(names)),
        timeout=draw(st.sampled_from([None, None, 0.0, 2.0])),
        exclusive=draw(st.sampled_from([False, False, False, True])),
        claims=tuple(Claim(thing=k, state=v) for k, v in draw(states).items()),
        # One of them is false to a test for truth.
        group=draw(st.sampled_from([None, None, 0, "h"])),
        estimate=draw(st.sampled_from([None, None, 0.5, 2.0])),
    )


class Model:
    """What the rules say, worked out by brute force.

    :ivar running: the tasks that run, by id.
    :ivar ended: how tasks ended, by id.
    :ivar unconfirmed: the tasks that failed provisionally, by id.
    :ivar confirming: the task that runs once more.
    :ivar kept: what abandoned tasks still claim, by id.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tasks = {task.id: task for task in plan.tasks}
        self.running: dict[str, Task] = {}
        self.ended: dict[str, Status] = {}
        self.unconfirmed: dict[str, Task] = {}
        self.confirming: Task | None = None
        self.confirmations: list[Status] = []
        self.kept: dict[str, tuple[Claim, ...]] = {}
        self.failures = 0
        self.stopped = False
        self._level: dict[str, int] = {}
        self._priority: dict[str, tuple[float, int]] = {}
        known = [t.estimate for t in plan.tasks if t.estimate is not None]
        self._default = sum(known) / len(known) if known else 1.0
        # Dependencies have smaller ids than their dependents.
        by_number = sorted(plan.tasks, key=lambda task: int(task.id))
        for task in by_number:
            levels = [self._level[name] + 1 for name in task.dependencies]
            self._level[task.id] = max(levels, default=0)
        length: dict[str, float] = {}
        for task in reversed(by_number):
            own = self._default if task.estimate is None else task.estimate
            behind = [length[o.id] for o in plan.tasks if task.id in o.dependencies]
            length[task.id] = own + max(behind, default=0.0)
            self._priority[task.id] = (-length[task.id], plan.tasks.index(task))

    @property
    def is_alone(self) -> bool:
        return self.confirming is not None or any(
            task.exclusive for task in self.running.values()
        )

    def has_learnt(self) -> bool:
        """Tell whether the first confirmations have shown failures to be real."""
        first = self.confirmations[:CONFIRMATIONS]
        failed = [status in (Status.FAILED, Status.TIMEOUT) for status in first]
        return len(first) == CONFIRMATIONS and all(failed)

    def next_shared(self) -> Task | None:
        """Return the task that starts next beside others."""
        full = len(self.running) == self.plan.concurrency
        if self.stopped or self.is_alone or full or self._is_draining():
            return None
        allowed = [task for task in self._get_open(exclusive=False) if self._fits(task)]
        return self._first(allowed)

    def next_alone(self) -> Task | None:
        """Return the task that starts next alone."""
        if self.stopped or self.running:
            return None
        can_run = any(map(self._fits, self._get_open(exclusive=False)))
        if can_run and not self._is_draining():
            return None
        return (
            self._first(list(self.unconfirmed.values()))
            or self._first(self._get_due())
            or self._first(self._get_open(exclusive=True))
        )

    def count_ready(self) -> int:
        """Return how many of the shared tasks that are open find a place and fit."""
        if self.stopped or self.is_alone or self._is_draining():
            return 0
        free = self.plan.concurrency - len(self.running)
        fitting = filter(self._fits, self._get_open(exclusive=False))
        return min(free, len(list(fitting)))

    def has_all_it_needs(self, task: Task) -> bool:
        return all(
            self.ended.get(other) is Status.COMPLETED for other in task.dependencies
        )

    @property
    def has_untried(self) -> bool:
        """Tell whether tasks are open that could be found not to fit."""
        return bool(self._get_open(exclusive=False))

    @property
    def is_stuck(self) -> bool:
        """Tell whether nothing can run but what waits for abandoned tasks."""
        alone = [*self.unconfirmed, *self._get_open(exclusive=True)]
        shared = self._get_open(exclusive=False)
        busy = self.stopped or self.running or alone or any(map(self._fits, shared))
        return bool(shared) and not busy

    def overrule(self, overruled: Overruled) -> None:
        """Take a thing from an abandoned task."""
        kept = self.kept[overruled.holder.id]
        left = tuple(claim for claim in kept if claim.thing != overruled.thing)
        assert left != kept
        self.kept[overruled.holder.id] = left

    def start(self, task: Task) -> None:
        self.running[task.id] = task
        if self.unconfirmed.pop(task.id, None) is not None:
            self.confirming = task

    def doubt(self, task: Task) -> None:
        """Note a failure that is to be confirmed."""
        del self.running[task.id]
        self.unconfirmed[task.id] = task

    def believe(self) -> list[Task]:
        """Return the provisional failures that are real after all."""
        if not (self.has_learnt() or self.stopped):
            return []
        found = list(self.unconfirmed.values())
        self.unconfirmed.clear()
        return sorted(found, key=lambda task: self._priority[task.id])

    def end(self, task: Task, status: Status) -> set[str]:
        """Note an end; return the ids that it blocks."""
        self.running.pop(task.id, None)
        if self.confirming is task:
            self.confirming = None
            self.confirmations.append(status)
        self.ended[task.id] = status
        self.failures += status in (Status.FAILED, Status.TIMEOUT)
        if 0 < self.plan.max_fail <= self.failures:
            self.stopped = True
        completed = status is Status.COMPLETED
        blocked = set() if completed else set(self._spread(task.id))
        self.ended.update(dict.fromkeys(blocked, Status.BLOCKED))
        return blocked

    def _is_draining(self) -> bool:
        awaited = len(self.unconfirmed)
        limit = self.plan.max_fail
        urgent = awaited > 0 and 0 < limit <= self.failures + awaited
        return urgent or bool(self._get_due())

    def _get_due(self) -> list[Task]:
        return [t for t in self._get_open(exclusive=True) if self._is_due(t)]

    def _is_due(self, task: Task) -> bool:
        """Tell whether only exclusive tasks are left of a group that had others."""
        others = [
            other.id
            for other in self.tasks.values()
            if other.group == task.group and not other.exclusive
        ]
        has_group = task.group is not None and bool(others)
        return has_group and all(map(self._is_out_of_the_way, others))

    def _is_out_of_the_way(self, id: str) -> bool:
        again = self.confirming is not None and self.confirming.id == id
        return id in self.ended or id in self.unconfirmed or again

    def _first(self, tasks: list[Task]) -> Task | None:
        return min(tasks, key=lambda task: self._priority[task.id], default=None)

    def _get_open(self, *, exclusive: bool) -> list[Task]:
        return [
            task
            for task in self.tasks.values()
            if task.exclusive is exclusive
            and task.id not in self.running
            and task.id not in self.ended
            and task.id not in self.unconfirmed
            and self._is_open(task)
        ]

    def _is_open(self, task: Task) -> bool:
        if self.plan.schedule is Schedule.GRAPH:
            return self.has_all_it_needs(task)
        earlier = (o for o in self.tasks if self._level[o] < self._level[task.id])
        if not all(other in self.ended for other in earlier):
            return False
        return self.plan.schedule is Schedule.PHASE or self._is_in_slice(task)

    def _is_in_slice(self, task: Task) -> bool:
        if task.exclusive:
            return True
        members = [
            other
            for other in self.tasks.values()
            if self._level[other.id] == self._level[task.id]
            and not other.exclusive
            and self.ended.get(other.id) is not Status.BLOCKED
        ]
        members.sort(key=lambda other: self._priority[other.id])
        first = members.index(task) // self.plan.concurrency * self.plan.concurrency
        return all(self._is_out_of_the_way(other.id) for other in members[:first])

    def _fits(self, task: Task) -> bool:
        running = [other.claims for other in self.running.values()]
        return not any(
            conflict(task.claims, claims) for claims in [*running, *self.kept.values()]
        )

    def _spread(self, id: str) -> Iterator[str]:
        for other in self.tasks.values():
            if id in other.dependencies and other.id not in self.ended:
                yield other.id
                yield from self._spread(other.id)


def conflict(one: tuple[Claim, ...], other: tuple[Claim, ...]) -> bool:
    states = {claim.thing: claim.state for claim in one}
    return any(states.get(c.thing, c.state) != c.state for c in other)


class Run:
    """Drives dispatcher and model side by side and compares them at every step."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.model = Model(plan)
        self.dispatcher = plan.dispatcher()
        self.choices = iter(plan.choices)
        self.old: list[Lease] = []
        self.abandoned: list[Lease] = []
        self.overruled = 0
        self.now = 0.0
        self.log: list[tuple[str, str]] = []

    def choose(self, options: int) -> int:
        return next(self.choices, 0) % options

    def finish(self) -> None:
        steps = 0
        while self.dispatcher.is_active():
            self.now += 1.0
            self.step()
            self.check()
            steps += 1
            assert steps <= 20 * len(self.plan.tasks) + len(self.plan.choices)
        assert not self.start_alone()
        assert not self.start(limit=None)
        for _ in list(self.abandoned):
            self.release()
        self.check()

    def step(self) -> None:
        """Do one of the things that a driver can do."""
        action = self.choose(60)
        if action == 59:
            self.stop()
        elif action >= 55 and self.old:
            self.end_again()
        elif action >= 50 and self.abandoned:
            self.release()
        elif action >= 25 and self.dispatcher.running:
            self.end()
        else:
            started = [
                self.start_alone(),
                self.start(limit=action % 5 or None),
                self.start_alone(is_tried=True),
            ]
            if not any(started):
                self.end()

    def start(self, limit: int | None) -> bool:
        """Start what may start; every lease has to be the model's next one."""
        leases = self.dispatcher.get_ready(self.now, limit)
        self.note_overruled()
        for lease in leases:
            assert lease.task is self.model.next_shared()
            self.note_start(lease)
        if limit is None or len(leases) < limit:
            assert self.model.next_shared() is None
        return bool(leases)

    def start_alone(self, *, is_tried: bool = False) -> bool:
        expected = self.model.next_alone()
        lease = self.dispatcher.get_exclusive(self.now)
        # That none of those fits that are open shows when they are to start.
        if lease is not None or is_tried or not self.model.has_untried:
            assert (lease and lease.task) is expected
        self.note_overruled(lease)
        if lease is not None:
            again = lease.task.id in self.model.unconfirmed
            assert (lease.confirms is not None) is again
            self.note_start(lease)
        return lease is not None

    def note_start(self, lease: Lease) -> None:
        task = lease.task
        assert task.id not in self.model.ended
        assert self.model.has_all_it_needs(task)
        timeout = self.plan.timeout if task.timeout is None else task.timeout
        assert lease.timeout == (timeout or None)
        assert lease.deadline == (self.now + timeout if timeout else None)
        self.log.append(("again" if lease.confirms else "start", task.id))
        self.model.start(task)

    def end(self) -> None:
        running = self.dispatcher.running
        assert running, "active with nothing running and nothing startable"
        lease = running[self.choose(len(running))]
        status = ENDS[self.choose(len(ENDS))]
        is_doubtful = status is Status.FAILED and not lease.is_alone
        provisional = is_doubtful and self.choose(4) > 0
        error = f"why {lease.task.id}"
        if status is Status.TIMEOUT and not lease.is_alone and self.choose(3):
            blocked = self.dispatcher.abandon(lease, error=error)
            self.abandoned.append(lease)
            self.model.kept[lease.task.id] = lease.task.claims
        else:
            blocked = self.dispatcher.done(
                lease, status, error=error, provisional=provisional
            )
        self.old.append(lease)
        if provisional and not self.model.has_learnt():
            assert blocked == []
            assert self.dispatcher.is_unconfirmed(lease)
            self.model.doubt(lease.task)
            self.log.append(("doubt", lease.task.id))
        else:
            assert not self.dispatcher.is_unconfirmed(lease)
            self.note_end(lease.task, status, blocked)
        self.note_overruled()
        self.believe()

    def note_end(self, task: Task, status: Status, blocked: list[Blocked]) -> None:
        expected = self.model.end(task, status)
        assert sorted(each.task.id for each in blocked) == sorted(expected)
        for each in blocked:
            self.check_blocked(each, task)
        self.log.append(("end", task.id))
        self.log += [(each.reason, each.task.id) for each in blocked]

    def release(self) -> None:
        """Let an abandoned task come to its end."""
        lease = self.abandoned.pop(self.choose(len(self.abandoned)))
        assert self.dispatcher.is_abandoned(lease)
        self.dispatcher.release(lease)
        del self.model.kept[lease.task.id]
        assert not self.dispatcher.is_abandoned(lease)

    def note_overruled(self, alone: Lease | None = None) -> None:
        """Check that an abandoned task is overruled only where nothing else can run.

        :param alone: what starts alone has the same right.
        """
        thing = object()
        for overruled in self.dispatcher.overruled[self.overruled :]:
            for waiting in overruled.waiting:
                kept = self.model.kept[overruled.holder.id]
                assert conflict(waiting.claims, kept)
            is_next = overruled.thing == thing
            if alone is None:
                assert is_next or self.model.is_stuck
                assert overruled.waiting
            else:
                assert overruled.waiting[0] is alone.task
            thing = overruled.thing
            self.model.overrule(overruled)
        self.overruled = len(self.dispatcher.overruled)

    def believe(self) -> None:
        """End the provisional failures that need no confirmation."""
        expected = self.model.believe()
        believed = self.dispatcher.believe()
        assert [lease.task for lease, _ in believed] == expected
        for lease, blocked in believed:
            self.log.append(("again", lease.task.id))
            self.note_end(lease.task, Status.FAILED, blocked)
        self.note_overruled()

    def end_again(self) -> None:
        """Report an end of long ago; nothing may come of it."""
        lease = self.old[self.choose(len(self.old))]
        assert self.dispatcher.done(lease, Status.FAILED) == []

    def stop(self) -> None:
        self.dispatcher.stop("enough")
        self.model.stopped = True
        self.believe()

    def events(self) -> Iterator[tuple[str, Task]]:
        """Yield starts and ends in their order."""
        for event, id in self.log:
            if event in ("start", "doubt", "again", "end"):
                yield event, self.model.tasks[id]

    def phase_of(self, task: Task) -> int:
        graph = self.dispatcher.graph
        return graph.phase_of[graph.index(task.id)]

    def check_blocked(self, blocked: Blocked, root: Task) -> None:
        assert blocked.root is root
        assert blocked.error == f"why {root.id}"
        assert blocked.cause.id in blocked.task.dependencies
        assert self.model.ended[blocked.cause.id] is not Status.COMPLETED

    def check(self) -> None:
        """Check what has to hold whenever nobody is inside."""
        dispatcher, model = self.dispatcher, self.model
        running = [lease.task for lease in dispatcher.running]
        assert {task.id for task in running} == set(model.running)
        assert len(running) <= self.plan.concurrency
        assert len(running) <= 1 or not any(
            map(attrgetter("is_alone"), dispatcher.running)
        )
        claims = [task.claims for task in running]
        assert not any(conflict(*pair) for pair in combinations(claims, 2))
        for kept in model.kept.values():
            assert not any(conflict(each, kept) for each in claims)
        assert dispatcher.ready_count >= model.count_ready()
        assert (dispatcher.stopped is not None) is model.stopped
        assert not (model.stopped and dispatcher.ready_count)
        unstarted = [task.id for task in dispatcher.get_unstarted()]
        parts = [*unstarted, *model.running, *model.ended, *model.unconfirmed]
        assert sorted(parts) == sorted(model.tasks)


@settings(max_examples=400, deadline=None)
@given(plan=plans())
def test_dispatcher_does_what_the_rules_say(plan: Plan) -> None:
    run = Run(plan)

    run.finish()

    assert run.dispatcher.running == []
    if run.dispatcher.stopped is None:
        assert run.dispatcher.get_unstarted() == []


@settings(max_examples=60, deadline=None)
@given(plan=plans())
def test_same_input_gives_the_same_order(plan: Plan) -> None:
    first, second = Run(plan), Run(plan)

    first.finish()
    second.finish()

    assert first.log == second.log


@settings(max_examples=60, deadline=None)
@given(plan=plans(schedule=Schedule.PHASE))
def test_phases_never_overlap(plan: Plan) -> None:
    run = Run(plan)

    run.finish()

    starts = [task for event, task in run.events() if event == "start"]
    phases = [run.phase_of(task) for task in starts]
    assert phases == sorted(phases)


@settings(max_examples=60, deadline=None)
@given(plan=plans(schedule=Schedule.BATCH))
def test_slices_never_overlap(plan: Plan) -> None:
    run = Run(plan)

    run.finish()

    begun: Counter[int] = Counter()
    running = 0
    for event, task in run.events():
        if event == "start" and not task.exclusive:
            opens_slice = begun[run.phase_of(task)] % plan.concurrency == 0
            assert not (opens_slice and running)
            begun[run.phase_of(task)] += 1
        running += 1 if event in ("start", "again") else -1
