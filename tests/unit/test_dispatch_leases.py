"""Clocks and leases: rules 8 and 9 of the dispatcher."""

from __future__ import annotations

import pytest
from driving import GRAPH, Driver, task, tasks

from pytest_phaserun.model import Status

# Rule 8: clocks


def test_deadline_is_the_timeout_from_the_start_on() -> None:
    driver = Driver(task("a"), timeout=5.0)

    driver.start(now=100.0)

    assert driver.leases["a"].timeout == 5.0
    assert driver.leases["a"].deadline == 105.0


def test_own_timeout_of_a_task_goes_before_the_common_one() -> None:
    driver = Driver(
        task("a", timeout=2.0), task("b", timeout=0.0), task("c"), timeout=5.0
    )

    driver.start(now=100.0)

    assert [lease.deadline for lease in driver.leases.values()] == [102.0, None, 105.0]


def test_exclusive_task_has_a_deadline_too() -> None:
    driver = Driver(task("x", exclusive=True), timeout=5.0)

    driver.start_exclusive(now=100.0)

    assert driver.dispatcher.next_deadline() == 105.0


def test_next_deadline_is_the_earliest_of_what_runs() -> None:
    driver = Driver(task("a", timeout=9.0), task("b", timeout=3.0), task("c"))
    dispatcher = driver.dispatcher

    deadlines = [dispatcher.next_deadline()]
    driver.start()
    deadlines.append(dispatcher.next_deadline())
    driver.complete("b")
    deadlines.append(dispatcher.next_deadline())
    driver.complete("a")
    deadlines.append(dispatcher.next_deadline())

    assert deadlines == [None, 3.0, 9.0, None]


def test_task_is_overdue_from_its_deadline_on_until_it_is_moved() -> None:
    driver = Driver(task("a", timeout=3.0), task("b", timeout=4.0), task("c"))
    driver.start()
    dispatcher, lease = driver.dispatcher, driver.leases["a"]

    assert dispatcher.get_overdue(2.9) == []
    assert dispatcher.get_overdue(3.0) == [lease]
    assert dispatcher.get_overdue(3.5) == [lease]
    lease.restart_clock(3.5, span=1.0)
    assert dispatcher.get_overdue(4.0) == [driver.leases["b"]]
    assert lease.deadline == 4.5


def test_ended_task_is_never_overdue() -> None:
    driver = Driver(task("a", timeout=3.0))
    driver.start()

    driver.complete("a")

    assert driver.dispatcher.get_overdue(99.0) == []


def test_restart_gives_the_whole_timeout_anew() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()

    driver.leases["a"].restart_clock(4.0)

    assert driver.leases["a"].deadline == 9.0


def test_restart_leaves_a_task_without_a_limit_without_one() -> None:
    driver = Driver(task("a"))
    driver.start()

    driver.leases["a"].restart_clock(4.0)

    assert driver.leases["a"].deadline is None


def test_paused_time_does_not_count() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    dispatcher, lease = driver.dispatcher, driver.leases["a"]

    lease.pause_clock(2.0)
    assert dispatcher.next_deadline() is None
    assert dispatcher.get_overdue(99.0) == []
    lease.resume_clock(100.0)

    assert lease.deadline == 103.0


def test_pause_past_the_deadline_does_not_forgive() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    dispatcher, lease = driver.dispatcher, driver.leases["a"]

    lease.pause_clock(6.0)
    lease.resume_clock(100.0)

    assert dispatcher.get_overdue(100.0) == [lease]


def test_second_pause_and_second_resume_change_nothing() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(2.0)
    lease.pause_clock(4.0)
    lease.resume_clock(10.0)
    lease.resume_clock(12.0)

    assert lease.deadline == 13.0


def test_resume_without_a_pause_changes_nothing() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()

    driver.leases["a"].resume_clock(3.0)

    assert driver.leases["a"].deadline == 5.0


def test_task_without_a_limit_can_be_paused() -> None:
    driver = Driver(task("a"))
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(2.0)
    lease.resume_clock(3.0)

    assert lease.deadline is None


def test_restart_of_a_paused_clock_counts_from_its_resume_on() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(4.0)
    lease.restart_clock(10.0)
    assert lease.deadline is None
    lease.resume_clock(20.0)

    assert lease.deadline == 25.0


def test_paused_task_without_a_limit_can_be_given_one() -> None:
    driver = Driver(task("a"))
    driver.start()
    lease = driver.leases["a"]

    lease.pause_clock(4.0)
    lease.restart_clock(10.0, span=2.0)
    lease.resume_clock(20.0)

    assert lease.deadline == 22.0


# Rule 9: leases


def test_leases_are_numbered_in_the_order_of_the_starts() -> None:
    driver = Driver(task("x", exclusive=True), *tasks("ab"))
    driver.start()
    driver.complete("a", "b")
    driver.start_exclusive()

    numbers = {id: lease.number for id, lease in driver.leases.items()}
    places = {id: lease.place for id, lease in driver.leases.items()}

    assert numbers == {"a": 1, "b": 2, "x": 3}
    assert places == {"a": 1, "b": 2, "x": 0}


def test_lease_is_held_until_its_end() -> None:
    driver = Driver(task("a"))
    driver.start()
    lease = driver.leases["a"]
    before = driver.dispatcher.is_held(lease)

    driver.complete("a")

    assert (before, driver.dispatcher.is_held(lease)) == (True, False)


def test_second_end_of_a_lease_is_ignored() -> None:
    driver = Driver(*tasks("abc"), task("d", "a"), concurrency=2, max_fail=1)
    driver.start()
    driver.complete("a")

    assert driver.fail("a") == []
    assert driver.dispatcher.stopped is None
    assert driver.running == ["b"]
    assert driver.unstarted == ["c", "d"]


def test_late_end_does_not_let_others_in_beside_an_exclusive_task() -> None:
    driver = Driver(
        task("x", exclusive=True), task("a"), task("b", "a"), schedule=GRAPH
    )
    driver.start()
    driver.fail("a", Status.TIMEOUT)
    driver.start_exclusive()

    driver.complete("a")

    assert driver.running == ["x"]
    assert driver.dispatcher.ready_count == 0


def test_lease_of_another_dispatcher_is_ignored() -> None:
    driver, other = Driver(task("a")), Driver(task("a"))
    driver.start()
    other.start()

    assert driver.dispatcher.done(other.leases["a"], Status.COMPLETED) == []
    assert driver.running == ["a"]
    assert not driver.dispatcher.is_held(other.leases["a"])


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.NOT_RUN])
def test_started_task_cannot_end_as_one_that_never_ran(status: Status) -> None:
    driver = Driver(task("a"), task("b", "a"))
    driver.start()

    with pytest.raises(ValueError, match="cannot end") as caught:
        driver.fail("a", status)

    assert str(caught.value) == f"a task that was started cannot end as {status}"
    assert driver.running == ["a"]
    assert driver.unstarted == ["b"]


def test_end_that_is_no_status_is_refused_and_changes_nothing() -> None:
    driver = Driver(task("a"))
    driver.start()

    with pytest.raises(ValueError, match="cannot end as completed"):
        driver.fail("a", "completed")  # type: ignore[arg-type] # the point

    assert driver.running == ["a"]
