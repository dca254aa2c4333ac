"""What the rules of the dispatcher say, worked out by brute force.

Anew at each step, from the rules and the past alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy

from plans import Plan, find_components, fits, is_counted, names

from pytest_phaserun.dispatch import Overruled
from pytest_phaserun.model import (
    Claim,
    Dependency,
    Require,
    Schedule,
    Status,
    Task,
    When,
)

#: After so many the dispatcher is made to believe failures; small graphs get there.
CONFIRMATIONS = 2

#: What a model changes of itself when it starts a task.
CHANGED_BY_A_START = (
    *("running", "queue", "has_queued", "refused", "hopeful"),
    *("slots", "bound"),
)

SATISFYING = {
    When.PASSED: [Status.COMPLETED],
    When.FAILED: [Status.FAILED, Status.TIMEOUT],
    When.FINISHED: list(Status),
}


class Model:
    """What the rules say, worked out by brute force.

    :ivar running: the tasks that run, by id.
    :ivar ended: how tasks ended, by id.
    :ivar unconfirmed: the tasks that failed provisionally, by id.
    :ivar confirming: the task that runs once more.
    :ivar kept: what abandoned tasks still claim, by id.
    :ivar queue: the tasks that wait for units, the oldest first.
    :ivar has_queued: those that ever stood there.
    :ivar refused: what each task that waits was refused, by id.
    :ivar hopeful: those of them that are tried again in any case.
    :ivar lost: the tasks that were refused after their start.
    :ivar slots: where tasks run, by id.
    :ivar bound: with affinity, the slots of components by their first members.
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
        self.queue: list[str] = []
        self.has_queued: set[str] = set()
        self.refused: dict[str, Claim] = {}
        self.hopeful: set[str] = set()
        self.lost: set[str] = set()
        self.slots: dict[str, int | None] = {}
        self.bound: dict[str, int | None] = {}
        self.failures = 0
        self.stopped = False
        self._level: dict[str, int] = {}
        self._priority: dict[str, tuple[float, ...]] = {}
        known = [t.estimate for t in plan.tasks if t.estimate is not None]
        self._default = sum(known) / len(known) if known else 1.0
        # Dependencies have smaller ids than their dependents.
        by_number = sorted(plan.tasks, key=lambda task: int(task.id))
        for task in by_number:
            levels = [self._level[name] + 1 for name in names(task)]
            self._level[task.id] = max(levels, default=0)
        self._component = find_components(plan)
        length: dict[str, float] = {}
        for task in reversed(by_number):
            own = self._default if task.estimate is None else task.estimate
            behind = [length[o.id] for o in plan.tasks if task.id in names(o)]
            length[task.id] = own + max(behind, default=0.0)
            place = plan.tasks.index(task)
            turn = self._get_turn(task) if plan.affinity else (0.0, 0)
            self._priority[task.id] = (task.priority, *turn, -length[task.id], place)

    def _get_turn(self, task: Task) -> tuple[float, int]:
        tasks = [self.tasks[id] for id in self._component[task.id]]
        known = [self._default if t.estimate is None else t.estimate for t in tasks]
        return -sum(known), self.plan.tasks.index(tasks[0])

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

    def slot_of(self, task: Task) -> int | None:
        """Return the slot that a task is bound to."""
        return self.bound.get(self._component[task.id][0])

    def start_shared(self, limit: int | None, slot: int | None) -> list[Task]:
        """Start what may start beside others, at most so many."""
        free = self.plan.concurrency - len(self.running)
        free = free if limit is None else min(free, limit)
        if slot is not None:
            free = 0 if slot in self.slots.values() else min(free, 1)
        started: list[Task] = []
        if self.stopped or self.is_alone or self._is_draining():
            return started
        while len(started) < free and (task := self._try_open(slot)) is not None:
            self.start(task, slot)
            started.append(task)
        return started

    def _try_open(self, slot: int | None = None) -> Task | None:
        """Return the first open task that is refused nothing."""
        while (task := self._first_to_try(slot)) is not None:
            claim = self._find_refused(task)
            if claim is None:
                return task
            # Who leaves the queue may let others have what they were refused.
            self._refuse(task, claim)
        return None

    def _first_to_try(self, slot: int | None) -> Task | None:
        """Return the first open task that was not refused what it still cannot have."""
        for task in sorted(self._get_open(exclusive=False), key=self._turn):
            if slot is not None and self.slot_of(task) not in (None, slot):
                continue
            claim = self.refused.get(task.id)
            if claim is None or task.id in self.hopeful:
                return task
            if not self._is_refused(task, claim):
                return task
        return None

    def _turn(self, task: Task) -> tuple[object, ...]:
        return task.id not in self.has_queued, self._priority[task.id]

    def _refuse(self, task: Task, claim: Claim) -> None:
        self.refused[task.id] = claim
        self.hopeful.discard(task.id)
        if self._is_hopeless(claim):
            self._leave_queue(task.id)
        elif is_counted(self.plan, claim) and task.id not in self.queue:
            self.queue.append(task.id)
            self.has_queued.add(task.id)

    def _leave_queue(self, id: str) -> None:
        if id in self.queue:
            self.queue.remove(id)

    def keep(self, task: Task) -> None:
        """Note that a task was abandoned."""
        self.kept[task.id] = task.claims
        for id, claim in self.refused.items():
            # Who is to be tried again finds out then.
            is_parked = self._is_refused(self.tasks[id], claim)
            if is_parked and self._is_hopeless(claim):
                self._leave_queue(id)

    def unbind(self, slot: int) -> None:
        """Note that a slot is gone."""
        self.bound = {id: other for id, other in self.bound.items() if other != slot}

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

    def count_ready(self, slots: Iterable[int | None]) -> int:
        """Return how many tasks would start now, with no change."""
        before = vars(self)
        copied = {k: copy(v) for k, v in before.items() if k in CHANGED_BY_A_START}
        self.__dict__ = {**before, **copied}
        count = sum(len(self.start_shared(None, slot)) for slot in slots)
        self.__dict__ = before
        return count

    def has_all_it_needs(self, task: Task) -> bool:
        return all(self._is_met(each) is True for each in task.dependencies)

    def _is_met(self, dependency: str | Dependency) -> bool | None:
        """Tell whether a dependency has come true; ``None`` if that is open."""
        if isinstance(dependency, str):
            dependency = Dependency(ids=(dependency,))
        ends = [self.ended.get(id) for id in dependency.ids]
        good = [end in SATISFYING[dependency.when] for end in ends]
        bad = [end is not None and not g for end, g in zip(ends, good, strict=True)]
        if dependency.require is Require.ANY:
            return True if any(good) else False if all(bad) else None
        return False if any(bad) else True if all(good) else None

    @property
    def has_untried(self) -> bool:
        """Tell whether tasks are open that could be found not to fit."""
        return bool(self._get_open(exclusive=False))

    def is_stuck(self) -> bool:
        """Tell whether nothing can run but what waits for abandoned tasks."""
        alone = [*self.unconfirmed, *self._get_open(exclusive=True)]
        if self.stopped or self.running or alone:
            return False
        return self.has_untried and self._try_open() is None

    def overrule(self, overruled: Overruled) -> None:
        """Take a thing from an abandoned task."""
        kept = self.kept[overruled.holder.id]
        left = tuple(claim for claim in kept if claim.thing != overruled.thing)
        assert left != kept
        self.kept[overruled.holder.id] = left
        self._try_again(overruled.thing)

    def release(self, task: Task) -> None:
        """Note that an abandoned task has come to its end."""
        for claim in self.kept.pop(task.id):
            self._try_again(claim.thing)

    def _try_again(self, thing: object) -> None:
        """Let those be tried who have left the queue for the sake of a thing."""
        for id, claim in list(self.refused.items()):
            if claim.thing == thing and id not in self.queue:
                self.hopeful.add(id)

    def start(self, task: Task, slot: int | None) -> None:
        self.running[task.id] = task
        component = self._component[task.id]
        if len(component) > 1 and slot is not None:
            slot = self.bound.setdefault(component[0], slot)
        if slot is not None:
            self.slots[task.id] = slot
        self._leave_queue(task.id)
        self.refused.pop(task.id, None)
        self.hopeful.discard(task.id)
        if self.unconfirmed.pop(task.id, None) is not None:
            self.confirming = task

    def doubt(self, task: Task) -> None:
        """Note a failure that is to be confirmed."""
        del self.running[task.id]
        self.slots.pop(task.id, None)
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
        self.slots.pop(task.id, None)
        if self.confirming is task:
            self.confirming = None
            self.confirmations.append(status)
        self.ended[task.id] = status
        self.failures += status in (Status.FAILED, Status.TIMEOUT)
        if 0 < self.plan.max_fail <= self.failures:
            self.stopped = True
        blocked = set[str]()
        while found := set(self._find_blocked()):
            self.ended.update(dict.fromkeys(found, Status.BLOCKED))
            blocked |= found
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
            and (
                self.ended.get(other.id) is not Status.BLOCKED or other.id in self.lost
            )
        ]
        members.sort(key=lambda other: self._priority[other.id])
        first = members.index(task) // self.plan.concurrency * self.plan.concurrency
        return all(self._is_out_of_the_way(other.id) for other in members[:first])

    def _find_blocked(self) -> Iterator[str]:
        for task in self.tasks.values():
            broken = any(self._is_met(each) is False for each in task.dependencies)
            if broken and task.id not in self.ended:
                yield task.id

    # Claims

    def _fits(self, task: Task) -> bool:
        return self._find_refused(task) is None

    def _find_refused(self, task: Task) -> Claim | None:
        # What it waits for is looked at first.
        waited_for = self.refused.get(task.id)
        claims = sorted(task.claims, key=lambda claim: claim != waited_for)
        return next((c for c in claims if self._is_refused(task, c)), None)

    def _is_refused(self, task: Task, claim: Claim) -> bool:
        used = [c for t in self.running.values() for c in t.claims]
        used += [c for claims in self.kept.values() for c in claims]
        if not fits([*used, claim]):
            return True
        if not self.queue or self.queue[0] == task.id:
            return False
        for reserved in self.tasks[self.queue[0]].claims:
            if reserved.thing == claim.thing:
                if reserved.state != claim.state:
                    return True
                units = claim.units and reserved.units
                return bool(units) and not fits([*used, claim, reserved])
        return False

    def _is_hopeless(self, claim: Claim) -> bool:
        kept = [c for claims in self.kept.values() for c in claims]
        return not fits([*kept, claim])
