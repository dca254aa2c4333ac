"""Tasks whose dependencies did not complete: rule 7 of the dispatcher."""

from __future__ import annotations

import pytest
from driving import GRAPH, MANY, Driver, every_schedule, ids, task

from pytest_phaserun.dispatch import Dispatcher
from pytest_phaserun.graph import TaskGraph
from pytest_phaserun.model import Schedule, Status


@every_schedule
@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.SKIPPED])
def test_what_does_not_complete_blocks_its_dependents(
    schedule: Schedule, status: Status
) -> None:
    driver = Driver(task("a"), task("b", "a"), task("c"), schedule=schedule)
    driver.start()

    blocked = driver.fail("a", status)

    assert ids(blocked) == ["b"]
    driver.complete("c")
    assert not driver.dispatcher.is_active()


def test_dependents_are_blocked_at_once_all_the_way() -> None:
    driver = Driver(
        task("a"), task("b", "a"), task("c", "b"), task("other"), schedule=GRAPH
    )
    driver.start()

    direct, indirect = driver.fail("a", error="ValueError: no")

    assert (direct.cause.id, direct.root.id) == ("a", "a")
    assert direct.reason == "depends on a (ValueError: no)"
    assert (indirect.cause.id, indirect.root.id) == ("b", "a")
    assert indirect.reason == "depends on b, blocked by a (ValueError: no)"


def test_status_explains_what_has_no_error() -> None:
    driver = Driver(task("a"), task("b", "a"))
    driver.start()

    (blocked,) = driver.fail("a", Status.TIMEOUT)

    assert blocked.error == "timeout"


def test_task_is_blocked_once_by_the_nearest_cause() -> None:
    driver = Driver(
        task("a"), task("b", "a"), task("c", "b", "a"), task("d", "c", "b", "a")
    )
    driver.start()

    blocked = driver.fail("a")

    assert ids(blocked) == ["b", "c", "d"]
    assert {each.cause.id for each in blocked} == {"a"}


def test_second_cause_blocks_only_what_is_left() -> None:
    driver = Driver(task("a"), task("b"), task("c", "a", "b"), task("d", "b"))
    driver.start()

    assert ids(driver.fail("a")) == ["c"]
    assert ids(driver.fail("b")) == ["d"]


@every_schedule
def test_blocked_task_never_starts_when_its_other_dependency_completes(
    schedule: Schedule,
) -> None:
    driver = Driver(task("a"), task("b"), task("c", "a", "b"), schedule=schedule)
    driver.start()

    driver.fail("a")
    driver.complete("b")

    assert driver.start() == []
    assert not driver.dispatcher.is_active()


@every_schedule
def test_phases_that_are_blocked_as_a_whole_are_passed_over(
    schedule: Schedule,
) -> None:
    driver = Driver(
        task("a"),
        task("b"),
        task("x", "a", exclusive=True),
        task("y", "x"),
        schedule=schedule,
    )
    driver.start()

    assert ids(driver.fail("a")) == ["x", "y"]
    driver.complete("b")
    assert driver.start_exclusive() is None
    assert not driver.dispatcher.is_active()


@every_schedule
def test_failed_exclusive_task_blocks_its_dependents(schedule: Schedule) -> None:
    driver = Driver(
        task("x", exclusive=True), task("a", "x"), task("b"), schedule=schedule
    )
    driver.start()
    driver.complete("b")
    driver.start_exclusive()

    assert ids(driver.fail("x")) == ["a"]
    assert not driver.dispatcher.is_active()


@pytest.fixture(scope="module")
def chain() -> TaskGraph:
    rest = [task(str(number), str(number - 1)) for number in range(1, MANY)]
    return TaskGraph([task("0"), *rest])


@every_schedule
def test_chain_of_many_tasks_is_blocked_by_its_first(
    schedule: Schedule, chain: TaskGraph
) -> None:
    dispatcher = Dispatcher(chain, schedule=schedule)
    (first,) = dispatcher.get_ready(0.0)

    blocked = dispatcher.done(first, Status.FAILED)

    assert len(blocked) == MANY - 1
    assert blocked[-1].root is first.task
    assert not dispatcher.is_active()


@every_schedule
def test_chain_of_many_tasks_completes(schedule: Schedule, chain: TaskGraph) -> None:
    dispatcher = Dispatcher(chain, schedule=schedule)

    while dispatcher.is_active():
        (lease,) = dispatcher.get_ready(0.0)
        dispatcher.done(lease, Status.COMPLETED)

    assert dispatcher.get_unstarted() == []
