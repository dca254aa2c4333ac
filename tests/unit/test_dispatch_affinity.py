"""Rule 15: connected tasks run on one slot."""

from __future__ import annotations

import random

import pytest
from hand import SlotHand, task

from pytest_phaserun.model import Claim, Dependency, Require, Schedule, When
from pytest_phaserun.scheduling.waits import Refusal

# Who runs where


def test_connected_tasks_run_on_the_slot_of_the_first() -> None:
    slots = SlotHand(task("a"), task("b", "a"), task("c", "a"), task("free"))

    assert slots.start(1) == "a"
    assert slots.start(0) == "free"
    slots.end("a")
    slots.end("free")

    assert slots.start(0) is None
    assert [slots.slot_of(id) for id in ("a", "b", "c", "free")] == [1, 1, 1, None]
    assert slots.start(1) == "b"


@pytest.mark.parametrize(
    "dependency",
    [
        Dependency(ids=("a",), when=When.FINISHED),
        Dependency(ids=("a",), when=When.FAILED),
        Dependency(ids=("a", "x"), require=Require.ANY),
    ],
)
def test_dependencies_of_every_kind_connect(dependency: Dependency) -> None:
    slots = SlotHand(task("a"), task("x"), task("b", dependency))

    slots.start(3)

    assert slots.slot_of("b") == 3


def test_tasks_that_depend_on_nothing_are_bound_with_those_that_need_them_too() -> None:
    slots = SlotHand(task("a"), task("b"), task("both", "a", "b"))

    assert slots.start(0) == "a"
    assert slots.start(1) is None
    slots.end("a")

    assert slots.start(0) == "b"


def test_slot_has_one_task_at_a_time() -> None:
    slots = SlotHand(task("a"), task("b"))

    assert slots.start(0) == "a"

    assert slots.start(0) is None
    assert slots.start(1) == "b"


def test_no_more_tasks_run_than_there_are_places() -> None:
    slots = SlotHand(*map(task, "abc"), concurrency=2)

    assert [slots.start(slot) for slot in range(3)] == ["a", "b", None]


def test_slots_are_any_numbers() -> None:
    slots = SlotHand(task("a"), task("b", "a"), concurrency=1)
    slots.start(17)

    slots.end("a")

    assert slots.start(17) == "b"


@pytest.mark.parametrize("schedule", list(Schedule))
@pytest.mark.parametrize("seed", range(5))
def test_every_component_has_one_slot_and_every_task_runs(
    seed: int, schedule: Schedule
) -> None:
    rng = random.Random(seed)
    tasks = [
        task(
            str(n),
            *(str(n - 1 - rng.randrange(4)),) if n > 4 and rng.random() < 0.6 else (),
        )
        for n in range(200)
    ]
    slots = SlotHand(*tasks, schedule=schedule, concurrency=3)

    ran = slots.run(3)

    assert len(ran) == len(tasks)
    for task_ in tasks:
        for other in task_.dependencies:
            assert ran[task_.id] == ran[str(other)]


# Balance


def test_component_with_most_work_goes_first() -> None:
    star = [task("hub"), *(task(f"leaf{n}", "hub") for n in range(4))]
    chain = [task("x"), task("y", "x"), task("z", "y")]
    slots = SlotHand(*chain, *star)

    assert [slots.start(0), slots.start(1)] == ["hub", "x"]


def test_estimates_are_work() -> None:
    slots = SlotHand(
        *(task("a", estimate=1.0), task("b", "a", estimate=1.0)),
        *(task("slow", estimate=1.5), task("slower", estimate=3.0)),
    )

    assert [slots.start(slot) for slot in range(3)] == ["slower", "a", "slow"]


def test_slot_ends_a_component_before_it_begins_another() -> None:
    chains = [
        task(f"{name}{n}", *[f"{name}{n - 1}"] * (n > 0))
        for name in "abc"
        for n in range(3)
    ]
    slots = SlotHand(*chains, concurrency=1)
    order = []

    while (id := slots.start(0)) is not None:
        order.append(id)
        slots.end(id)

    assert order == [each.id for each in chains]


def test_priority_goes_before_work() -> None:
    slots = SlotHand(task("a"), task("b", "a"), task("urgent", priority=-1))

    assert slots.start(0) == "urgent"


def test_urgent_task_goes_before_what_is_bound() -> None:
    urgent = task("urgent", "x", priority=-1)
    slots = SlotHand(task("a"), task("b", "a"), task("c", "b"), task("x"), urgent)
    assert [slots.start(0), slots.start(1)] == ["a", "x"]
    slots.end("a")
    assert slots.ready(0) == [0]
    slots.end("x")

    slots.dispatcher.unbind(1)

    assert slots.start(0) == "urgent"


def test_without_affinity_the_critical_path_goes_first() -> None:
    star = [task("hub"), *(task(f"leaf{n}", "hub") for n in range(4))]
    slots = SlotHand(*star, task("x"), task("y", "x"), task("z", "y"), affinity=False)

    assert slots.start(0) == "x"


# Which slots to wake


def test_slot_is_told_whether_there_is_something_for_it() -> None:
    slots = SlotHand(task("a"), task("b", "a"), task("c", "a"))
    assert slots.ready(0, 1) == [0, 1]

    slots.start(0)
    while_a_runs = slots.ready(0, 1)
    slots.end("a")

    assert while_a_runs == []
    assert slots.ready(0, 1) == [0]
    assert slots.dispatcher.ready_count == 1


def test_nothing_is_ready_while_only_busy_slots_could_start_it() -> None:
    slots = SlotHand(task("a"), task("b"), task("both", "a", "b"), concurrency=3)

    slots.start(0)

    assert slots.ready(0, 1, 2) == []
    assert slots.dispatcher.ready_count == 0
    assert slots.dispatcher.is_active()


def test_nothing_is_ready_for_anybody_once_all_places_are_taken() -> None:
    slots = SlotHand(task("a"), task("b"), concurrency=1)

    slots.start(0)

    assert slots.ready(0, 1) == []


def test_nothing_is_ready_for_anybody_after_a_stop() -> None:
    slots = SlotHand(task("a"))

    slots.dispatcher.stop("enough")

    assert slots.ready(0) == []


# Barriers


@pytest.mark.parametrize("schedule", [Schedule.PHASE, Schedule.BATCH])
def test_barrier_waits_for_what_another_slot_has_to_start(schedule: Schedule) -> None:
    slots = SlotHand(
        *(task("a"), task("b"), task("both", "a", "b"), task("x"), task("y", "x")),
        schedule=schedule,
        concurrency=3,
    )
    assert [slots.start(0), slots.start(1)] == ["a", "x"]

    slots.end("a")
    slots.end("x")
    early = slots.start(1)
    last = slots.start(0)
    slots.end("b")

    assert (early, last) == (None, "b")
    assert [slots.start(0), slots.start(1)] == ["both", "y"]


# What runs alone


def test_exclusive_task_runs_where_it_is_bound() -> None:
    slots = SlotHand(task("a"), task("alone", "a", exclusive=True))
    slots.start(2)

    slots.end("a")

    assert slots.start_alone(0) == ("alone", 2)


def test_exclusive_task_that_is_not_bound_binds_the_others() -> None:
    slots = SlotHand(task("alone", exclusive=True), task("b", "alone"))

    assert slots.start_alone(1) == ("alone", 1)
    slots.end("alone")

    assert slots.start(0) is None
    assert slots.start(1) == "b"


def test_exclusive_task_waits_for_what_another_slot_has_to_start() -> None:
    slots = SlotHand(
        *(task("a"), task("b"), task("both", "a", "b")), task("alone", exclusive=True)
    )
    slots.start(0)
    slots.end("a")

    assert slots.dispatcher.get_exclusive(0.0, slot=1) is None


def test_failure_is_confirmed_where_its_task_ran() -> None:
    slots = SlotHand(task("a"), task("b", "a"))
    slots.start(2)

    slots.fail("a")

    assert slots.start_alone(0) == ("a", 2)


# Things and waits


def test_state_that_a_busy_slot_waits_for_does_not_hold_up_others() -> None:
    old, new = (Claim(thing="fixture", state=state) for state in ("old", "new"))
    slots = SlotHand(
        *(task("mine", claims=(new,)), task("long"), task("end", "long", "mine")),
        *(task("first", claims=(old,), priority=-1), task("free", claims=(new,))),
    )
    assert slots.start(1) == "first"
    assert slots.start(2) == "long"
    assert slots.start(0) is None

    slots.end("first")

    assert slots.start(0) == "free"


def test_task_may_not_wait_for_one_that_its_own_slot_has_to_run() -> None:
    slots = SlotHand(task("a"), task("b"), task("both", "a", "b"))
    slots.start(0)

    answer = slots.dispatcher.waits.ask(slots.leases["a"], 1)

    reason = "b has to run where this test runs, not while it runs"
    assert answer == Refusal(reason=reason)


def test_task_may_wait_for_one_that_another_slot_runs() -> None:
    slots = SlotHand(task("a"), task("b"), concurrency=1)
    slots.start(0)

    answer = slots.dispatcher.waits.ask(slots.leases["a"], 1)

    assert answer is None
    assert slots.ready(0, 1) == [1]
    assert slots.start(1) == "b"


def test_tasks_that_wait_for_what_their_slots_have_to_run_are_stuck() -> None:
    slots = SlotHand(
        *(task("a"), task("b"), task("ab", "a", "b")),
        *(task("x"), task("y"), task("xy", "x", "y")),
    )
    assert [slots.start(0), slots.start(1)] == ["a", "x"]
    dispatcher, waits = slots.dispatcher, slots.dispatcher.waits

    answers = [waits.ask(slots.leases["a"], 4), waits.ask(slots.leases["x"], 1)]

    assert answers == [None, None]
    assert waits.is_stuck(slots.leases["x"], dispatcher.ready_count)


# Who asks


@pytest.mark.parametrize("verb", ["get_ready", "get_exclusive"])
def test_with_affinity_a_slot_has_to_be_named(verb: str) -> None:
    dispatcher = SlotHand(task("a")).dispatcher

    with pytest.raises(ValueError, match="with affinity a slot asks for itself; name"):
        getattr(dispatcher, verb)(0.0)


def test_without_affinity_slots_may_be_named_and_nothing_is_bound() -> None:
    slots = SlotHand(task("a"), task("b", "a"), affinity=False)
    assert slots.start(0) == "a"

    slots.end("a")
    slots.dispatcher.unbind(0)

    assert slots.slot_of("b") is None
    assert slots.ready(0, 1) == [0, 1]
    assert slots.start(1) == "b"


def test_many_that_wait_for_another_slot_are_asked_for_once() -> None:
    size = 3_000
    star = [task("hub"), *(task(f"leaf{n}", "hub") for n in range(size))]
    slots = SlotHand(*star, *(task(f"free{n}") for n in range(size)), concurrency=2)

    ran = slots.run(2)

    assert len(ran) == 2 * size + 1
    assert {ran[f"leaf{n}"] for n in range(size)} == {ran["hub"]}
