"""When exclusive tasks run: rule 3 of the dispatcher."""

from __future__ import annotations

from driving import BATCH, GRAPH, Driver, every_schedule, task, tasks

from pytest_phaserun.model import Schedule


@every_schedule
def test_exclusive_task_waits_until_nothing_runs(schedule: Schedule) -> None:
    driver = Driver(task("alone", exclusive=True), *tasks("ab"), schedule=schedule)
    assert driver.start_exclusive() is None
    assert driver.start() == ["a", "b"]
    assert driver.start_exclusive() is None
    driver.complete("a")
    assert driver.start_exclusive() is None

    driver.complete("b")

    assert driver.start_exclusive() == "alone"


@every_schedule
def test_nothing_starts_beside_an_exclusive_task(schedule: Schedule) -> None:
    driver = Driver(
        task("alone", exclusive=True),
        task("again", exclusive=True),
        task("after", "alone"),
        schedule=schedule,
    )
    driver.start_exclusive()

    assert driver.start() == []
    assert driver.start_exclusive() is None
    assert driver.dispatcher.ready_count == 0


@every_schedule
def test_exclusive_tasks_run_though_there_are_no_others(schedule: Schedule) -> None:
    driver = Driver(
        task("a", exclusive=True), task("b", "a", exclusive=True), schedule=schedule
    )

    for id in "ab":
        assert driver.start() == []
        assert driver.start_exclusive() == id
        driver.complete(id)

    assert not driver.dispatcher.is_active()


@every_schedule
def test_exclusive_tasks_run_back_to_back(schedule: Schedule) -> None:
    driver = Driver(
        task("x", exclusive=True),
        *tasks("abc"),
        task("y", exclusive=True),
        concurrency=2,
        schedule=schedule,
    )
    order = []

    while driver.dispatcher.is_active():
        started = driver.start() or [driver.start_exclusive() or ""]
        order += started
        driver.complete(*started)

    assert order == ["a", "b", "c", "x", "y"]


def test_task_opened_by_an_exclusive_one_goes_before_the_next_exclusive_one() -> None:
    driver = Driver(
        task("x", exclusive=True),
        task("y", exclusive=True),
        task("a", "x"),
        schedule=GRAPH,
    )
    driver.start_exclusive()
    driver.complete("x")

    assert driver.start_exclusive() is None
    assert driver.start() == ["a"]


def test_exclusive_tasks_end_their_phase_before_the_next_one_opens() -> None:
    driver = Driver(task("x", exclusive=True), task("a"), task("b", "a"))
    driver.start()
    driver.complete("a")

    assert driver.start() == []
    assert driver.start_exclusive() == "x"
    driver.complete("x")
    assert driver.start() == ["b"]


def test_exclusive_task_comes_after_all_slices_of_its_phase() -> None:
    driver = Driver(
        task("x", exclusive=True), *tasks("abc"), concurrency=2, schedule=BATCH
    )
    driver.start()
    driver.complete("a", "b")

    assert driver.start_exclusive() is None
    assert driver.start() == ["c"]


@every_schedule
def test_exclusive_task_comes_after_what_is_parked(schedule: Schedule) -> None:
    driver = Driver(
        task("x", exclusive=True),
        task("a", claims={"db": 1}),
        task("b", claims={"db": 2}),
        schedule=schedule,
    )
    assert driver.start() == ["a"]

    driver.complete("a")

    assert driver.start_exclusive() is None
    assert driver.start() == ["b"]


def test_claims_of_an_exclusive_task_hold_nobody_up() -> None:
    driver = Driver(
        task("x", claims={"db": 1}, exclusive=True),
        task("b", "x", claims={"db": 2}),
        schedule=GRAPH,
    )
    driver.start_exclusive()
    driver.complete("x")

    assert driver.start() == ["b"]
