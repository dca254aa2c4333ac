"""Tasks that claim the same things: rule 4 of the dispatcher."""

from __future__ import annotations

import pytest
from driving import BATCH, Driver, every_schedule, task, tasks

from pytest_phaserun.model import Claim, Schedule, Status, Task


@every_schedule
def test_tasks_that_claim_different_states_never_overlap(schedule: Schedule) -> None:
    driver = Driver(
        task("a", claims={"db": 1}), task("b", claims={"db": 2}), schedule=schedule
    )

    assert driver.start() == ["a"]
    assert driver.start() == []
    driver.complete("a")
    assert driver.start() == ["b"]


@every_schedule
def test_tasks_that_claim_one_state_may_overlap(schedule: Schedule) -> None:
    driver = Driver(
        task("a", claims={"db": 1}), task("b", claims={"db": 1}), schedule=schedule
    )

    assert driver.start() == ["a", "b"]


@every_schedule
def test_place_of_a_parked_task_goes_to_another(schedule: Schedule) -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"db": 2}),
        task("c"),
        concurrency=3,
        schedule=schedule,
    )

    assert driver.start() == ["a", "c"]


def test_parked_task_waits_for_the_last_user() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"db": 1}),
        task("c", claims={"db": 2}),
    )
    driver.start()

    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]


def test_parked_task_may_have_to_wait_for_one_thing_after_another() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"net": 1}),
        task("c", claims={"db": 2, "net": 2}),
    )
    driver.start()

    driver.complete("a")
    assert driver.start() == []
    driver.complete("b")
    assert driver.start() == ["c"]


def test_refused_task_takes_none_of_its_claims() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"net": 2, "db": 2}),
        task("c", claims={"net": 3}),
    )

    assert driver.start() == ["a", "c"]


def test_claim_made_twice_is_given_back_twice() -> None:
    twice = Claim(thing="db", state=1)
    driver = Driver(Task(id="a", claims=(twice, twice)), task("b", claims={"db": 2}))
    driver.start()

    driver.complete("a")

    assert driver.start() == ["b"]


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.SKIPPED])
def test_claims_are_given_back_however_a_task_ends(status: Status) -> None:
    driver = Driver(task("a", claims={"db": 1}), task("b", claims={"db": 2}))
    driver.start()

    driver.fail("a", status)

    assert driver.start() == ["b"]


def test_ready_count_leaves_out_what_is_parked() -> None:
    driver = Driver(task("a", claims={"db": 1}), task("b", claims={"db": 2}))
    driver.start()
    while_parked = driver.dispatcher.ready_count

    driver.complete("a")

    assert (while_parked, driver.dispatcher.ready_count) == (0, 1)


def test_parked_task_belongs_to_its_slice() -> None:
    driver = Driver(
        task("a", claims={"db": 1}),
        task("b", claims={"db": 2}),
        *tasks("cd"),
        concurrency=2,
        schedule=BATCH,
    )

    assert driver.start() == ["a"]
    driver.complete("a")
    assert driver.start() == ["b"]
    driver.complete("b")
    assert driver.start() == ["c", "d"]


def test_parked_task_belongs_to_its_phase() -> None:
    driver = Driver(
        task("a", claims={"db": 1}), task("b", claims={"db": 2}), task("c", "a")
    )
    driver.start()
    driver.complete("a")

    assert driver.start() == ["b"]
    driver.complete("b")
    assert driver.start() == ["c"]


@every_schedule
def test_tasks_that_all_exclude_each_other_run_one_by_one(schedule: Schedule) -> None:
    driver = Driver(
        *[task(str(number), claims={"db": number}) for number in range(9)],
        schedule=schedule,
    )
    order = []

    while driver.dispatcher.is_active():
        (id,) = driver.start()
        order.append(id)
        driver.complete(id)

    assert order == list("012345678")
