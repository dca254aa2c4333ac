"""What a stop leaves undone, and when there is one: rule 10 of the dispatcher."""

from __future__ import annotations

import pytest
from driving import Driver, every_schedule, ids, task, tasks

from pytest_phaserun.model import Schedule, Status


@every_schedule
def test_nothing_starts_after_a_stop_and_what_runs_may_end(schedule: Schedule) -> None:
    driver = Driver(
        *tasks("abc"),
        task("x", exclusive=True),
        task("d", "a"),
        concurrency=2,
        schedule=schedule,
    )
    driver.start(limit=1)

    driver.dispatcher.stop("enough")

    assert driver.start() == []
    assert driver.dispatcher.ready_count == 0
    assert driver.dispatcher.is_active()
    driver.complete("a")
    assert driver.start() == []
    assert driver.start_exclusive() is None
    assert not driver.dispatcher.is_active()
    assert driver.unstarted == ["b", "c", "x", "d"]


def test_withdrawn_task_and_its_dependents_are_not_run() -> None:
    driver = Driver(task("a"), task("b", "a"), task("c"))
    driver.start()
    driver.dispatcher.stop("enough")

    driver.dispatcher.withdraw(driver.leases["a"])

    assert [t.id for t in driver.dispatcher.get_unstarted()] == ["a", "b"]
    assert not driver.dispatcher.is_held(driver.leases["a"])
    assert driver.dispatcher.is_active()


def test_task_of_a_run_that_goes_on_cannot_be_withdrawn() -> None:
    driver = Driver(task("a"))
    driver.start()

    with pytest.raises(RuntimeError, match="not stopped"):
        driver.dispatcher.withdraw(driver.leases["a"])

    assert driver.dispatcher.is_held(driver.leases["a"])


def test_stop_before_the_first_start_leaves_everything_unstarted() -> None:
    driver = Driver(task("x", exclusive=True), task("a"))

    driver.dispatcher.stop("enough")

    assert not driver.dispatcher.is_active()
    assert driver.start_exclusive() is None
    assert driver.unstarted == ["x", "a"]


def test_exclusive_task_does_not_start_after_a_stop() -> None:
    driver = Driver(task("x", exclusive=True))

    driver.dispatcher.stop("enough")

    assert driver.start_exclusive() is None
    assert driver.unstarted == ["x"]


def test_task_that_runs_is_not_unstarted() -> None:
    driver = Driver(*tasks("ab"), concurrency=1)

    driver.start()

    assert driver.unstarted == ["b"]


def test_parked_task_is_unstarted_after_a_stop() -> None:
    driver = Driver(task("a", claims={"db": 1}), task("b", claims={"db": 2}))
    driver.start()
    driver.dispatcher.stop("enough")

    driver.complete("a")

    assert not driver.dispatcher.is_active()
    assert driver.unstarted == ["b"]


def test_failure_after_a_stop_still_blocks() -> None:
    driver = Driver(task("a"), task("b", "a"))
    driver.start()
    driver.dispatcher.stop("enough")

    assert ids(driver.fail("a")) == ["b"]
    assert driver.unstarted == []


def test_first_reason_to_stop_stands() -> None:
    driver = Driver(task("a"))
    assert driver.dispatcher.stopped is None

    driver.dispatcher.stop("enough")
    driver.dispatcher.stop("really")

    assert driver.dispatcher.stopped == "enough"


def test_run_stops_after_max_fail_failures() -> None:
    driver = Driver(*tasks("abcd"), concurrency=2, max_fail=2)
    driver.start()

    driver.fail("a")
    assert driver.dispatcher.stopped is None
    driver.fail("b", Status.TIMEOUT)

    assert driver.dispatcher.stopped == "stopping after 2 failures"
    assert driver.start() == []


def test_neither_skipped_nor_blocked_tasks_are_failures() -> None:
    driver = Driver(task("a"), task("b", "a"), task("c", "a"), max_fail=1)
    driver.start()

    driver.fail("a", Status.SKIPPED)

    assert driver.dispatcher.stopped is None


def test_driver_may_say_how_many_failures_an_end_is() -> None:
    driver = Driver(*tasks("abc"), max_fail=2)
    driver.start()

    driver.fail("a", failures=0)
    assert driver.dispatcher.stopped is None
    driver.fail("b", failures=2)

    assert driver.dispatcher.stopped == "stopping after 2 failures"


def test_completed_task_may_bring_a_failure_with_it() -> None:
    driver = Driver(task("a"), max_fail=1)
    driver.start()

    driver.dispatcher.done(driver.leases["a"], Status.COMPLETED, failures=1)

    assert driver.dispatcher.stopped == "stopping after 1 failures"


def test_failures_without_a_maximum_stop_nothing() -> None:
    driver = Driver(*tasks("abcdef"), concurrency=1)

    for id in "abcdef":
        assert driver.start() == [id]
        driver.fail(id)

    assert driver.dispatcher.stopped is None
