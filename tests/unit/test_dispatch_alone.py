"""What the dispatcher runs alone: exclusive tasks, groups, and failures once more."""

from __future__ import annotations

import pytest

from pytest_phaserun.dispatch import CONFIRMATIONS, Dispatcher, Lease
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Schedule, Status, Task

every_schedule = pytest.mark.parametrize("schedule", list(Schedule))


class Driver:
    """Starts and ends tasks by hand and keeps the last lease of each by its id."""

    def __init__(
        self,
        *tasks: Task,
        concurrency: int = 4,
        schedule: Schedule = Schedule.PHASE,
        max_fail: int = 0,
    ) -> None:
        self.dispatcher = Dispatcher(
            TaskGraph(tasks),
            concurrency=concurrency,
            schedule=schedule,
            max_fail=max_fail,
        )
        self.leases: dict[str, Lease] = {}

    def start(self) -> list[str]:
        """Start what may start beside others."""
        leases = self.dispatcher.get_ready(0.0)
        self.leases.update((lease.task.id, lease) for lease in leases)
        return [lease.task.id for lease in leases]

    def start_alone(self) -> str | None:
        """Start one task alone, if it is time."""
        lease = self.dispatcher.get_exclusive(0.0)
        if lease is None:
            return None
        self.leases[lease.task.id] = lease
        return lease.task.id

    def complete(self, *ids: str) -> None:
        for id in ids:
            assert self.dispatcher.done(self.leases[id], Status.COMPLETED) == []

    def fail(self, id: str, *, provisional: bool = True) -> list[str]:
        """Let a task fail; return the ids that this blocks."""
        blocked = self.dispatcher.done(
            self.leases[id], Status.FAILED, provisional=provisional
        )
        return [each.task.id for each in blocked]

    def confirm(self, id: str) -> list[str]:
        """Run a task once more and let it fail again."""
        assert self.start_alone() == id
        return self.fail(id, provisional=False)


def tasks(*ids: str) -> list[Task]:
    return [Task(id=id) for id in ids]


def test_failure_beside_others_is_provisional() -> None:
    driver = Driver(*tasks("a", "b"), Task(id="c", dependencies=("a",)))
    driver.start()

    blocked = driver.fail("a")

    assert blocked == []
    assert driver.dispatcher.is_unconfirmed(driver.leases["a"])
    assert not driver.dispatcher.is_held(driver.leases["a"])
    assert [task.id for task in driver.dispatcher.get_unstarted()] == ["c"]


@every_schedule
def test_failed_task_runs_once_more_alone_before_its_dependents(
    schedule: Schedule,
) -> None:
    dependent = Task(id="c", dependencies=("a",))
    driver = Driver(*tasks("a", "b"), dependent, schedule=schedule)
    driver.start()
    driver.fail("a")

    beside = [driver.start(), driver.start_alone()]
    driver.complete("b")
    first = driver.leases["a"]
    then = [driver.start(), driver.start_alone()]

    assert beside == [[], None]
    assert then == [[], "a"]
    assert driver.leases["a"].confirms is first
    assert driver.leases["a"].is_alone
    assert driver.start() == []
    driver.complete("a")
    assert driver.start() == ["c"]


def test_task_that_fails_again_blocks_its_dependents() -> None:
    driver = Driver(Task(id="a"), Task(id="b", dependencies=("a",)))
    driver.start()
    driver.fail("a")

    blocked = driver.confirm("a")

    assert blocked == ["b"]
    assert not driver.dispatcher.is_active()


def test_confirmations_wait_until_nothing_else_of_the_phase_is_open() -> None:
    driver = Driver(*tasks("a", "b", "c"), concurrency=2)
    driver.start()

    driver.fail("a")

    assert driver.start() == ["c"]
    driver.complete("b", "c")
    assert driver.start_alone() == "a"


def test_confirmations_come_before_exclusive_tasks() -> None:
    driver = Driver(Task(id="x", exclusive=True), *tasks("a", "b"))
    driver.start()
    driver.fail("b")
    driver.fail("a")

    order = []
    while (id := driver.start_alone()) is not None:
        order.append(id)
        driver.complete(id)

    assert order == ["a", "b", "x"]


def test_failure_that_could_reach_the_limit_is_confirmed_before_anything_starts() -> (
    None
):
    driver = Driver(*tasks("a", "b", "c"), concurrency=2, max_fail=1)
    driver.start()

    driver.fail("a")

    assert driver.dispatcher.ready_count == 0
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == []
    assert driver.confirm("a") == []
    assert driver.dispatcher.stopped == "stopping after 1 failures"


def test_run_goes_on_where_the_failure_did_not_come_again() -> None:
    driver = Driver(*tasks("a", "b"), concurrency=1, max_fail=1)
    driver.start()
    driver.fail("a")
    driver.start_alone()

    driver.complete("a")

    assert driver.dispatcher.stopped is None
    assert driver.start() == ["b"]


def test_failures_are_believed_when_the_first_ones_have_all_failed_again() -> None:
    ids = [f"t{number}" for number in range(CONFIRMATIONS + 2)]
    driver = Driver(
        *tasks(*ids), Task(id="z", dependencies=("t0",)), concurrency=len(ids)
    )
    driver.start()
    for id in ids:
        driver.fail(id)

    for id in ids[:CONFIRMATIONS]:
        assert driver.dispatcher.believe() == []
        driver.confirm(id)
    believed = driver.dispatcher.believe()

    assert [lease.task.id for lease, _ in believed] == ids[CONFIRMATIONS:]
    assert not driver.dispatcher.is_active()


def test_failure_that_is_believed_blocks_its_dependents() -> None:
    driver = Driver(Task(id="a"), Task(id="b", dependencies=("a",)))
    driver.start()
    driver.fail("a")
    driver.dispatcher.stop("enough")

    ((lease, blocked),) = driver.dispatcher.believe()

    assert lease is driver.leases["a"]
    assert [each.task.id for each in blocked] == ["b"]


def test_one_that_passes_alone_lets_all_later_failures_be_doubted() -> None:
    ids = [f"t{number}" for number in range(2 * CONFIRMATIONS)]
    driver = Driver(*tasks(*ids), concurrency=len(ids))
    driver.start()
    for id in ids:
        driver.fail(id)

    driver.start_alone()
    driver.complete(ids[0])
    for id in ids[1:]:
        driver.confirm(id)

    assert driver.dispatcher.believe() == []


def test_later_failure_is_final_once_failures_are_believed() -> None:
    ids = [f"t{number}" for number in range(CONFIRMATIONS)]
    driver = Driver(
        *tasks(*ids, "y"), Task(id="z", dependencies=("y",)), concurrency=len(ids) + 1
    )
    driver.start()
    for id in ids:
        driver.fail(id)
    driver.complete("y")
    for id in ids:
        driver.confirm(id)
    driver.start()

    driver.fail("z")

    assert not driver.dispatcher.is_unconfirmed(driver.leases["z"])
    assert not driver.dispatcher.is_active()


def test_stop_leaves_provisional_failures_to_be_believed() -> None:
    driver = Driver(*tasks("a", "b"))
    driver.start()
    driver.fail("a")

    driver.dispatcher.stop("enough")

    assert driver.start_alone() is None
    assert [lease.task.id for lease, _ in driver.dispatcher.believe()] == ["a"]
    assert driver.dispatcher.believe() == []


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.SKIPPED, Status.TIMEOUT])
def test_only_a_failure_can_be_provisional(status: Status) -> None:
    driver = Driver(Task(id="a"))
    driver.start()

    with pytest.raises(ValueError, match="only a failure beside others"):
        driver.dispatcher.done(driver.leases["a"], status, provisional=True)

    assert driver.dispatcher.is_held(driver.leases["a"])


def test_failure_of_an_exclusive_task_is_never_provisional() -> None:
    driver = Driver(Task(id="x", exclusive=True))
    driver.start_alone()

    with pytest.raises(ValueError, match="only a failure beside others"):
        driver.fail("x")

    assert driver.dispatcher.is_held(driver.leases["x"])


def test_exclusive_task_runs_as_soon_as_the_others_of_its_group_have_ended() -> None:
    driver = Driver(
        Task(id="a", group="m"),
        Task(id="x", group="m", exclusive=True),
        *tasks("b", "c"),
        concurrency=2,
    )
    driver.start()

    driver.complete("a")

    assert driver.start() == []
    driver.complete("b")
    assert driver.start_alone() == "x"
    assert driver.start() == []
    driver.complete("x")
    assert driver.start() == ["c"]


def test_failed_task_of_a_group_keeps_its_exclusive_tasks_no_longer() -> None:
    driver = Driver(
        Task(id="a", group="m"),
        Task(id="x", group="m", exclusive=True),
        Task(id="b"),
        concurrency=1,
    )
    driver.start()

    driver.fail("a")

    assert driver.start() == []
    assert driver.start_alone() == "a"


def test_blocked_task_of_a_group_keeps_its_exclusive_tasks_no_longer() -> None:
    driver = Driver(
        Task(id="a"),
        Task(id="x", group="m", exclusive=True),
        Task(id="c"),
        Task(id="b", group="m", dependencies=("a",)),
        concurrency=1,
    )
    driver.start()

    driver.fail("a", provisional=False)

    assert driver.start() == []
    assert driver.start_alone() == "x"


def test_exclusive_tasks_of_no_group_come_last_and_back_to_back() -> None:
    driver = Driver(
        Task(id="x", exclusive=True),
        Task(id="a"),
        Task(id="y", exclusive=True),
        Task(id="b"),
        concurrency=1,
    )

    order = []
    while driver.dispatcher.is_active():
        started = driver.start() or [driver.start_alone() or ""]
        order += started
        driver.complete(*started)

    assert order == ["a", "b", "x", "y"]


def test_group_of_exclusive_tasks_only_is_in_no_hurry() -> None:
    driver = Driver(
        Task(id="x", group="m", exclusive=True), *tasks("a", "b"), concurrency=1
    )

    assert driver.start() == ["a"]
    driver.complete("a")
    assert driver.start() == ["b"]
