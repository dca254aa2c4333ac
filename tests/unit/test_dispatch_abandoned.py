"""Rule 12: tasks that hang for good, what they keep, and when they are overruled."""

from __future__ import annotations

import pytest

from pytest_phaserun.dispatch import Dispatcher, Lease, Overruled
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Claim, Schedule, Status, Task

every_schedule = pytest.mark.parametrize("schedule", Schedule)


def task(
    id: str, *dependencies: str, exclusive: bool = False, **claims: object
) -> Task:
    return Task(
        id=id,
        dependencies=dependencies,
        exclusive=exclusive,
        claims=tuple(Claim(thing=k, state=v) for k, v in claims.items()),
    )


class Driver:
    """Starts tasks, by their ids."""

    def __init__(
        self, *tasks: Task, concurrency: int = 4, schedule: Schedule = Schedule.PHASE
    ) -> None:
        self.dispatcher = Dispatcher(
            TaskGraph(tasks), concurrency=concurrency, schedule=schedule
        )
        self.leases: dict[str, Lease] = {}

    def start(self) -> list[str]:
        leases = self.dispatcher.get_ready(0.0)
        self.leases.update((lease.task.id, lease) for lease in leases)
        return [lease.task.id for lease in leases]

    def start_alone(self) -> str | None:
        lease = self.dispatcher.get_exclusive(0.0)
        if lease is None:
            return None
        self.leases[lease.task.id] = lease
        return lease.task.id

    def complete(self, id: str) -> None:
        assert self.dispatcher.done(self.leases[id], Status.COMPLETED) == []

    def abandon(self, id: str) -> list[str]:
        blocked = self.dispatcher.abandon(self.leases[id], error="hung")
        return [each.reason for each in blocked]

    def release(self, id: str) -> None:
        self.dispatcher.release(self.leases[id])

    @property
    def overruled(self) -> list[tuple[str, object, list[str]]]:
        return [
            (each.holder.id, each.thing, [waiting.id for waiting in each.waiting])
            for each in self.dispatcher.overruled
        ]


# The end


@every_schedule
def test_abandoned_task_has_ended(schedule: Schedule) -> None:
    driver = Driver(task("a"), task("b", "a"), schedule=schedule)
    driver.start()

    blocked = driver.abandon("a")

    assert blocked == ["depends on a (hung)"]
    assert not driver.dispatcher.is_active()
    assert driver.dispatcher.is_abandoned(driver.leases["a"])
    assert not driver.dispatcher.is_held(driver.leases["a"])


def test_abandoned_task_takes_no_place() -> None:
    driver = Driver(task("a"), task("b"), concurrency=1)
    driver.start()

    driver.abandon("a")

    assert driver.start() == ["b"]


def test_abandoned_task_counts_as_a_failure() -> None:
    dispatcher = Dispatcher(TaskGraph([task("a"), task("b")]), max_fail=1)
    (lease, _) = dispatcher.get_ready(0.0)

    dispatcher.abandon(lease)

    assert dispatcher.stopped == "stopping after 1 failures"


def test_late_end_of_an_abandoned_task_is_ignored() -> None:
    driver = Driver(task("a", db=1), task("b", db=2), task("c"))
    driver.start()
    driver.abandon("a")

    driver.complete("a")

    assert driver.start() == []
    assert driver.dispatcher.is_abandoned(driver.leases["a"])


# Illegal calls


def test_what_has_ended_is_not_abandoned() -> None:
    driver = Driver(task("a", db=1), task("b"))
    driver.start()
    driver.complete("a")

    assert driver.abandon("a") == []

    assert not driver.dispatcher.is_abandoned(driver.leases["a"])


def test_what_runs_alone_cannot_be_abandoned() -> None:
    driver = Driver(task("a", exclusive=True))
    driver.start_alone()

    with pytest.raises(ValueError, match="what runs alone cannot be abandoned: <Lease"):
        driver.abandon("a")

    assert driver.dispatcher.is_held(driver.leases["a"])
    assert not driver.dispatcher.is_abandoned(driver.leases["a"])


def test_only_what_was_abandoned_can_be_released() -> None:
    driver = Driver(task("a", db=1), task("b", db=2))
    driver.start()

    with pytest.raises(ValueError, match="not abandoned: <Lease 1: a"):
        driver.release("a")

    assert driver.start() == []
    assert driver.dispatcher.is_held(driver.leases["a"])


def test_nothing_is_released_twice() -> None:
    driver = Driver(task("a", db=1), task("b", db=1), task("c", db=2))
    driver.start()
    driver.abandon("a")
    driver.release("a")

    with pytest.raises(ValueError, match="not abandoned: <Lease 1: a"):
        driver.release("a")

    assert driver.start() == []


# What stays taken


@every_schedule
def test_claims_of_an_abandoned_task_stay_taken(schedule: Schedule) -> None:
    driver = Driver(task("a", db=1), task("b", db=2), task("c"), schedule=schedule)
    assert driver.start() == ["a", "c"]

    driver.abandon("a")

    assert driver.start() == []
    assert driver.overruled == []


@every_schedule
def test_release_frees_them(schedule: Schedule) -> None:
    driver = Driver(task("a", db=1), task("b", db=2), task("c"), schedule=schedule)
    driver.start()
    driver.abandon("a")

    driver.release("a")

    assert driver.start() == ["b"]
    assert driver.overruled == []


def test_same_state_waits_for_nobody() -> None:
    driver = Driver(task("a", db=1), task("b", db=1), task("c"), concurrency=2)
    assert driver.start() == ["a", "b"]

    driver.abandon("a")
    driver.complete("b")

    assert driver.start() == ["c"]


def test_thing_is_free_when_its_last_user_is_gone() -> None:
    driver = Driver(task("a", db=1), task("b", db=1), task("c", db=2), task("d"))
    driver.start()
    driver.abandon("a")
    driver.abandon("b")

    driver.release("a")
    still_taken = driver.start()
    driver.release("b")

    assert still_taken == []
    assert driver.start() == ["c"]


def test_release_may_come_while_something_runs_alone() -> None:
    driver = Driver(
        task("a", db=1), task("b", db=2), task("x", exclusive=True), task("y")
    )
    driver.start()
    driver.abandon("a")
    driver.complete("y")
    assert driver.start_alone() == "x"

    driver.release("a")
    meanwhile = driver.start()
    driver.complete("x")

    assert meanwhile == []
    assert driver.start() == ["b"]
    assert driver.overruled == []


# When it is overruled


@every_schedule
def test_it_is_overruled_when_nothing_else_could_run(schedule: Schedule) -> None:
    driver = Driver(task("a", db=1), task("b", db=2), task("c"), schedule=schedule)
    driver.start()
    driver.abandon("a")
    assert driver.dispatcher.is_active()

    driver.complete("c")

    assert driver.start() == ["b"]
    assert driver.overruled == [("a", "db", ["b"])]


def test_it_is_overruled_as_soon_as_its_last_rivals_come_to_wait() -> None:
    # What waits was never tried before the last one was abandoned.
    driver = Driver(task("a", db=1), task("b", db=2), concurrency=1)
    driver.start()

    driver.abandon("a")

    assert driver.dispatcher.is_active()
    assert driver.start() == ["b"]
    assert driver.overruled == [("a", "db", ["b"])]


def test_what_runs_alone_goes_first() -> None:
    driver = Driver(task("a", db=1), task("b", db=2), task("x", exclusive=True))
    driver.start()
    driver.abandon("a")

    first = driver.start(), driver.start_alone()
    driver.complete("x")

    assert first == ([], "x")
    assert driver.start() == ["b"]
    assert driver.overruled == [("a", "db", ["b"])]


def test_confirmation_goes_first() -> None:
    driver = Driver(task("a", db=1), task("b", db=2), task("c"))
    driver.start()
    driver.abandon("a")
    driver.dispatcher.done(driver.leases["c"], Status.FAILED, provisional=True)

    assert driver.start() == []
    assert driver.start_alone() == "c"
    assert driver.overruled == []


def test_next_slice_waits_for_those_that_wait() -> None:
    driver = Driver(
        *(task("a", db=1), task("b", db=2), task("c")),
        concurrency=2,
        schedule=Schedule.BATCH,
    )
    assert driver.start() == ["a"]

    driver.abandon("a")

    assert driver.start() == ["b"]
    driver.complete("b")
    assert driver.start() == ["c"]


def test_only_one_thing_is_taken_at_a_time() -> None:
    driver = Driver(
        task("a", db=1), task("b", net=1), task("c", db=2), task("d", net=2)
    )
    driver.start()
    driver.abandon("a")
    driver.abandon("b")

    assert driver.start() == ["c"]
    assert driver.overruled == [("a", "db", ["c"])]


def test_task_that_needs_two_kept_things_gets_both() -> None:
    driver = Driver(task("a", db=1), task("b", net=1), task("c", db=2, net=2))
    driver.start()
    driver.abandon("a")
    driver.abandon("b")

    assert driver.start() == ["c"]
    assert driver.overruled == [("a", "db", ["c"]), ("b", "net", ["c"])]


def test_all_that_keep_a_thing_are_overruled() -> None:
    driver = Driver(task("a", db=1), task("b", db=1), task("c", db=2))
    driver.start()
    driver.abandon("a")
    driver.abandon("b")

    assert driver.start() == ["c"]
    assert driver.overruled == [("a", "db", ["c"]), ("b", "db", ["c"])]


def test_release_after_it_frees_only_what_is_left() -> None:
    driver = Driver(task("a", db=1, net=1), task("b", db=2), task("c", db=3, net=3))
    driver.start()
    driver.abandon("a")
    assert driver.start() == ["b"]

    driver.release("a")

    # The thing is b's by now.
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]


def test_exclusive_task_that_claims_the_same_overrules_it() -> None:
    driver = Driver(
        task("a", db=1), task("x", exclusive=True, db=2), task("b", db=3), task("c")
    )
    driver.start()
    driver.abandon("a")
    driver.complete("c")

    assert driver.start_alone() == "x"
    assert driver.overruled == [("a", "db", ["x", "b"])]
    driver.complete("x")
    assert driver.start() == ["b"]


def test_exclusive_task_that_claims_the_same_state_overrules_nobody() -> None:
    driver = Driver(task("a", db=1), task("x", exclusive=True, db=1))
    driver.start()
    driver.abandon("a")

    assert driver.start_alone() == "x"
    assert driver.overruled == []


def test_nobody_is_overruled_after_a_stop() -> None:
    driver = Driver(task("a", db=1), task("b", db=2), task("c"))
    driver.start()
    driver.abandon("a")

    driver.dispatcher.stop("enough")
    driver.complete("c")

    assert driver.overruled == []
    assert not driver.dispatcher.is_active()
    assert driver.dispatcher.get_unstarted() == [task("b", db=2)]


def test_what_was_overruled_knows_the_tasks() -> None:
    a, b = task("a", db=1), task("b", db=2)
    driver = Driver(a, b)
    driver.start()

    driver.abandon("a")

    expected = Overruled(holder=a, thing="db", waiting=(b,))
    assert driver.dispatcher.overruled == [expected]
