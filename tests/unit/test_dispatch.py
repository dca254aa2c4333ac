"""The first rules of the dispatcher and its order; `test_dispatch_model` mixes all."""

from __future__ import annotations

import math

import pytest
from driving import BATCH, GRAPH, Driver, every_schedule, task, tasks

from pytest_phaserun.model import Schedule

# What it is given


def test_concurrency_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="concurrency") as caught:
        Driver(task("a"), concurrency=0)

    assert str(caught.value) == "concurrency must be at least 1, not 0"


@pytest.mark.parametrize("timeout", [-1.0, math.nan])
def test_timeout_is_not_below_zero(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout") as caught:
        Driver(task("a"), timeout=timeout)

    assert str(caught.value) == f"timeout must be at least 0 seconds, not {timeout}"


def test_schedule_is_one_of_the_three() -> None:
    with pytest.raises(ValueError, match="'later' is not a valid Schedule"):
        Driver(task("a"), schedule="later")  # type: ignore[arg-type] # the point


@every_schedule
def test_nothing_to_do_is_not_active(schedule: Schedule) -> None:
    driver = Driver(schedule=schedule)

    assert not driver.dispatcher.is_active()
    assert driver.start() == []
    assert driver.start_exclusive() is None
    assert driver.dispatcher.ready_count == 0


def test_repr_tells_the_state() -> None:
    driver = Driver(*tasks("abc"), concurrency=2)
    driver.start()
    driver.complete("a")

    assert repr(driver.dispatcher) == "<Dispatcher: 2 of 3 tasks left, 1 running>"


def test_repr_of_a_lease_names_its_task() -> None:
    driver = Driver(task("a"), timeout=5.0)
    driver.start(now=10.0)

    assert repr(driver.leases["a"]) == "<Lease 1: a, deadline 15.0>"


# Rule 1: dependencies


@every_schedule
def test_task_starts_when_its_last_dependency_has_completed(
    schedule: Schedule,
) -> None:
    driver = Driver(task("a"), task("b"), task("c", "a", "b"), schedule=schedule)

    assert driver.start() == ["a", "b"]
    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]


@every_schedule
def test_active_until_the_last_task_has_ended(schedule: Schedule) -> None:
    driver = Driver(task("a"), task("b", "a"), schedule=schedule)

    for id in "ab":
        assert driver.dispatcher.is_active()
        driver.start()
        assert driver.dispatcher.is_active()
        driver.complete(id)

    assert not driver.dispatcher.is_active()


# Rule 2: concurrency


@every_schedule
def test_no_more_tasks_run_than_allowed(schedule: Schedule) -> None:
    driver = Driver(*tasks("abcde"), concurrency=3, schedule=schedule)

    assert driver.start() == ["a", "b", "c"]
    assert driver.start() == []


def test_free_place_is_refilled_at_once() -> None:
    driver = Driver(*tasks("abcd"), concurrency=2)
    driver.start()

    driver.complete("b")

    assert driver.start() == ["c"]
    assert driver.running == ["a", "c"]


def test_limit_starts_fewer() -> None:
    driver = Driver(*tasks("abcd"), concurrency=3)

    assert driver.start(limit=0) == []
    assert driver.start(limit=1) == ["a"]
    assert driver.start(limit=9) == ["b", "c"]


def test_ready_count_is_what_could_start_now() -> None:
    driver = Driver(*tasks("abcde"), concurrency=3)

    counts = [driver.dispatcher.ready_count]
    driver.start(limit=1)
    counts.append(driver.dispatcher.ready_count)
    driver.start()
    counts.append(driver.dispatcher.ready_count)
    driver.complete("a")
    counts.append(driver.dispatcher.ready_count)

    assert counts == [3, 2, 0, 1]


# Rule 5: the schedule


def test_batch_opens_the_next_slice_when_the_last_of_this_one_has_ended() -> None:
    driver = Driver(*tasks("abcde"), concurrency=2, schedule=BATCH)

    assert driver.start() == ["a", "b"]
    driver.complete("b")
    assert driver.start() == []
    assert driver.dispatcher.ready_count == 0
    driver.complete("a")
    assert driver.start() == ["c", "d"]


def test_batch_does_not_fill_a_slice_from_the_next_phase() -> None:
    driver = Driver(*tasks("abc"), task("d", "a"), concurrency=2, schedule=BATCH)
    driver.start()
    driver.complete("a", "b")

    assert driver.start() == ["c"]
    driver.complete("c")
    assert driver.start() == ["d"]


def test_slice_started_bit_by_bit_is_one_slice() -> None:
    driver = Driver(*tasks("abc"), concurrency=2, schedule=BATCH)

    assert driver.start(limit=1) == ["a"]
    driver.complete("a")
    assert driver.start() == ["b"]
    assert driver.start() == []


def test_phase_opens_the_next_phase_when_this_one_has_ended() -> None:
    driver = Driver(task("a"), task("b"), task("c", "a"), task("d", "c"))

    assert driver.start() == ["a", "b"]
    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]
    driver.complete("c")
    assert driver.start() == ["d"]


def test_graph_opens_a_task_when_its_own_dependencies_have_completed() -> None:
    driver = Driver(
        task("a"), task("b"), task("c", "a"), task("d", "c"), schedule=GRAPH
    )
    driver.start()

    driver.complete("a")
    assert driver.start() == ["c"]
    driver.complete("c")
    assert driver.start() == ["d"]
    assert driver.running == ["b", "d"]


# Rule 6: priority


@every_schedule
def test_longest_critical_path_goes_first(schedule: Schedule) -> None:
    driver = Driver(
        task("a"),
        task("b"),
        task("c"),
        task("after b", "b"),
        task("after c", "c"),
        task("last", "after c"),
        schedule=schedule,
    )

    assert driver.start() == ["c", "b", "a"]


@every_schedule
def test_estimates_decide_where_there_are_any(schedule: Schedule) -> None:
    driver = Driver(
        task("a", estimate=1.0),
        task("b", estimate=3.0),
        task("c", estimate=2.0),
        schedule=schedule,
    )

    assert driver.start() == ["b", "c", "a"]


@every_schedule
def test_equals_go_in_graph_order(schedule: Schedule) -> None:
    driver = Driver(*tasks("dbca"), schedule=schedule)

    assert driver.start() == ["d", "b", "c", "a"]


def test_task_reopened_after_its_claim_goes_by_its_priority() -> None:
    driver = Driver(
        task("a", claims={"db": 1}, estimate=9.0),
        task("b", claims={"db": 2}, estimate=5.0),
        task("c", estimate=7.0),
        task("d", estimate=1.0),
        concurrency=2,
    )
    assert driver.start() == ["a", "c"]

    driver.complete("a")

    assert driver.start() == ["b"]


def test_exclusive_tasks_go_by_priority_too() -> None:
    driver = Driver(
        task("x", exclusive=True, estimate=1.0), task("y", exclusive=True, estimate=2.0)
    )

    assert driver.start_exclusive() == "y"
