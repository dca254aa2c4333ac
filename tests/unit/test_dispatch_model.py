"""The dispatcher against a model: random graphs, limits, outcomes and orders of ends.

The model in ``oracle`` works out anew at each step which task is the next to start; the
dispatcher has to come to the same answer with its heaps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter

import pytest
from hypothesis import given, settings
from oracle import CONFIRMATIONS, SATISFYING, Model
from plans import CAPACITIES, Plan, names, plans, plans_of_scarcity

from pytest_phaserun.dispatch import Blocked, Lease
from pytest_phaserun.model import Claim, Schedule, Status, Task
from pytest_phaserun.scheduling import state

#: How a task may end, what is likelier more often.
ENDS = [*[Status.COMPLETED] * 5, Status.FAILED, Status.TIMEOUT, Status.SKIPPED]


@pytest.fixture(autouse=True, scope="module")
def few_confirmations() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "CONFIRMATIONS", CONFIRMATIONS)
        yield


class Run:
    """Drives dispatcher and model side by side and compares them at every step."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.model = Model(plan)
        self.dispatcher = plan.dispatcher()
        self.choices = iter(plan.choices)
        self.old: list[Lease] = []
        self.blocked: dict[str, Blocked] = {}
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
        assert not self.start_all(limit=None)
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
        elif self.plan.affinity and action >= 22:
            self.unbind()
        elif action >= 18:
            self.look_ahead()
        else:
            started = [
                self.start_alone(),
                self.start_all(limit=action % 5 or None),
                self.start_alone(is_tried=True),
            ]
            if not any(started):
                self.end()

    def start_all(self, limit: int | None) -> bool:
        """Start what may start; with affinity on one slot, or on all of them."""
        if not self.plan.affinity:
            return self.start(limit, None)
        first = self.choose(self.plan.concurrency)
        slots = [*self.plan.slots[first:], *self.plan.slots[:first]]
        if limit == 1 and self.start(limit, slots[0]):
            return True
        started = False
        while True:
            if any(self.start(limit, slot) for slot in slots):
                started = True
            # What one slot is refused may open something for another.
            elif not self.dispatcher.ready_count:
                return started

    def start(self, limit: int | None, slot: int | None) -> bool:
        """Start what may start; the model has to start the same."""
        leases = self.dispatcher.get_ready(self.now, limit, slot=slot)
        self.note_overruled()
        expected = self.model.start_shared(limit, slot)
        assert [lease.task for lease in leases] == expected
        for lease in leases:
            self.note_start(lease)
        return bool(leases)

    def start_alone(self, *, is_tried: bool = False) -> bool:
        expected = self.model.next_alone()
        slot = self.plan.slots[self.choose(len(self.plan.slots))]
        lease = self.dispatcher.get_exclusive(self.now, slot=slot)
        # That none of those fits that are open shows when they are to start.
        if lease is not None or is_tried or not self.model.has_untried:
            assert (lease and lease.task) is expected
        self.note_overruled(lease)
        if lease is not None:
            again = lease.task.id in self.model.unconfirmed
            assert (lease.confirms is not None) is again
            self.model.start(lease.task, slot)
            self.note_start(lease)
        return lease is not None

    def note_start(self, lease: Lease) -> None:
        task = lease.task
        assert task.id not in self.model.ended
        assert self.model.has_all_it_needs(task)
        assert lease.slot == self.model.slots.get(task.id)
        timeout = self.plan.timeout if task.timeout is None else task.timeout
        assert lease.timeout == (timeout or None)
        assert lease.deadline == (self.now + timeout if timeout else None)
        self.log.append(("again" if lease.confirms else "start", task.id))

    def end(self, running: list[Lease] | None = None) -> None:
        running = self.dispatcher.running if running is None else running
        assert running, "active with nothing running and nothing startable"
        lease = running[self.choose(len(running))]
        status = ENDS[self.choose(len(ENDS))]
        is_doubtful = status is Status.FAILED and not lease.is_alone
        provisional = is_doubtful and self.choose(4) > 0
        error = f"why {lease.task.id}"
        self.old.append(lease)
        if lease.confirms is None and self.choose(10) == 9:
            self.refuse(lease, error)
            return
        if status is Status.TIMEOUT and not lease.is_alone and self.choose(3):
            blocked = self.dispatcher.abandon(lease, error=error)
            self.abandoned.append(lease)
            self.model.keep(lease.task)
        else:
            blocked = self.dispatcher.done(
                lease, status, error=error, provisional=provisional
            )
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

    def refuse(self, lease: Lease, error: str) -> None:
        """Take note that a task has lost what it needs."""
        itself, *blocked = self.dispatcher.refuse(lease, error)
        assert itself.task is itself.cause is itself.root is lease.task
        assert itself.reason == itself.error == error
        self.blocked[lease.task.id] = itself
        self.model.lost.add(lease.task.id)
        self.note_end(lease.task, Status.BLOCKED, blocked)
        self.note_overruled()
        self.believe()

    def unbind(self) -> None:
        """Lose a slot; another one of that number comes."""
        slot = self.choose(self.plan.concurrency)
        if slot not in self.model.slots.values():
            self.dispatcher.unbind(slot)
            self.model.unbind(slot)

    def look_ahead(self) -> None:
        """Start what comes next before its time; take that back after an end."""
        slot = self.choose(self.plan.concurrency)
        running = self.dispatcher.running
        lease = self.dispatcher.get_ahead(self.now, slot)
        if lease is None:
            assert self.dispatcher.running == running
            return
        assert not lease.task.claims
        assert self.model.has_all_it_needs(lease.task)
        assert lease.task.id not in self.model.ended
        assert self.dispatcher.find_untimely() == []
        if running:
            self.end(running)
        self.take_back(lease, slot)

    def take_back(self, lease: Lease, slot: int) -> None:
        """Take back what was started ahead; check who is said to be better off."""
        dispatcher = self.dispatcher
        others = [each for each in range(self.plan.concurrency) if each != slot]
        better_off = [
            other
            for other in others
            if dispatcher.ready_for(other) or lease in dispatcher.find_stealable(other)
        ]
        is_timely = lease not in dispatcher.find_untimely()
        dispatcher.ahead.give_back(lease)
        assert better_off == [each for each in others if dispatcher.ready_for(each)]
        again = dispatcher.get_ahead(self.now, slot)
        assert is_timely is (again is not None and again.task is lease.task)
        if again is not None:
            dispatcher.ahead.give_back(again)

    def release(self) -> None:
        """Let an abandoned task come to its end."""
        lease = self.abandoned.pop(self.choose(len(self.abandoned)))
        assert self.dispatcher.is_abandoned(lease)
        self.dispatcher.release(lease)
        self.model.release(lease.task)
        assert not self.dispatcher.is_abandoned(lease)

    def note_overruled(self, alone: Lease | None = None) -> None:
        """Check that an abandoned task is overruled only where nothing else can run.

        :param alone: what starts alone has the same right.
        """
        thing = object()
        for overruled in self.dispatcher.overruled[self.overruled :]:
            for waiting in overruled.waiting:
                kept = self.model.kept[overruled.holder.id]
                assert overruled.thing in {claim.thing for claim in kept}
                assert overruled.thing in {claim.thing for claim in waiting.claims}
            is_next = overruled.thing == thing
            if alone is None:
                assert is_next or self.model.is_stuck()
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
        cause, ended = blocked.cause, self.model.ended
        assert cause.id in names(blocked.task)
        if ended[cause.id] is Status.BLOCKED:
            known = self.blocked[cause.id]
            assert (blocked.root, blocked.error) == (known.root, known.error)
            is_innocent = known.needless
        else:
            is_innocent = ended[cause.id] is Status.COMPLETED
            error = "passed" if is_innocent else f"why {cause.id}"
            assert (blocked.root, blocked.error) == (cause, error)
        assert blocked.needless is is_innocent
        assert self.is_to_blame(blocked)
        self.blocked[blocked.task.id] = blocked

    def is_to_blame(self, blocked: Blocked) -> bool:
        """Tell whether the cause did not end as some dependency wants it to."""
        end = self.model.ended[blocked.cause.id]
        return any(
            blocked.cause.id == each and end is not Status.COMPLETED
            if isinstance(each, str)
            else blocked.cause.id in each.ids and end not in SATISFYING[each.when]
            for each in blocked.task.dependencies
        )

    def check(self) -> None:
        """Check what has to hold whenever nobody is inside."""
        dispatcher, model = self.dispatcher, self.model
        running = [lease.task for lease in dispatcher.running]
        assert {task.id for task in running} == set(model.running)
        assert len(running) <= self.plan.concurrency
        assert len(running) <= 1 or not any(
            map(attrgetter("is_alone"), dispatcher.running)
        )
        self.check_claims([c for task in running for c in task.claims])
        assert dispatcher.ready_count >= model.count_ready(self.plan.slots)
        self.check_slots()
        assert (dispatcher.stopped is not None) is model.stopped
        assert not (model.stopped and dispatcher.ready_count)
        unstarted = [task.id for task in dispatcher.get_unstarted()]
        parts = [*unstarted, *model.running, *model.ended, *model.unconfirmed]
        assert sorted(parts) == sorted(model.tasks)

    def check_slots(self) -> None:
        """Check who is bound to which slot, and who could start something."""
        dispatcher, model = self.dispatcher, self.model
        if not self.plan.affinity:
            return
        slots = [lease.slot for lease in dispatcher.running]
        assert len(set(slots)) == len(slots)
        for place, task in enumerate(dispatcher.graph.tasks):
            assert dispatcher.slot_of(place) == model.slot_of(task)
        ready = [slot for slot in self.plan.slots if dispatcher.ready_for(slot)]
        assert bool(ready) is (dispatcher.ready_count > 0)
        for slot in self.plan.slots:
            assert slot in ready or not model.count_ready([slot])

    def check_claims(self, running: list[Claim]) -> None:
        claims = defaultdict(list)
        kept = [claim for claims in self.model.kept.values() for claim in claims]
        for claim in [*running, *kept]:
            claims[claim.thing].append(claim)
        if any(lease.is_alone for lease in self.dispatcher.running):
            return
        for thing, taken in claims.items():
            assert len({claim.state for claim in taken}) == 1
            assert sum(claim.units for claim in taken) <= CAPACITIES.get(thing, 1)


@pytest.mark.parametrize("affinity", [False, True])
@settings(max_examples=400, deadline=None)
@given(plan=plans())
def test_dispatcher_does_what_the_rules_say(plan: Plan, affinity: bool) -> None:
    run = Run(replace(plan, affinity=affinity))

    run.finish()

    assert run.dispatcher.running == []
    if run.dispatcher.stopped is None:
        assert run.dispatcher.get_unstarted() == []


@pytest.mark.parametrize("affinity", [False, True])
@settings(max_examples=300, deadline=None)
@given(plan=plans_of_scarcity())
def test_dispatcher_does_what_the_rules_say_where_things_are_scarce(
    plan: Plan, affinity: bool
) -> None:
    run = Run(replace(plan, affinity=affinity))

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
