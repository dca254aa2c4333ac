"""Things of which units are claimed, and the queue for them: rules 4, 12 and 13."""

from __future__ import annotations

import pytest
from hand import Hand

from pytest_phaserun.model import Claim, Schedule, Status, Task

every_schedule = pytest.mark.parametrize("schedule", list(Schedule))

READ = Claim(thing="table", state="read")
WRITE = Claim(thing="table", state="write", units=1)
A, B = Claim(thing="db", state="a"), Claim(thing="db", state="b")


def pool(units: int, name: str = "pool") -> Claim:
    return Claim(thing=name, state="use", units=units)


def task(
    id: str, *claims: Claim, after: str = "", exclusive: bool = False, priority: int = 0
) -> Task:
    return Task(
        id=id,
        dependencies=tuple(after),
        claims=claims,
        exclusive=exclusive,
        priority=priority,
    )


# What it is given


def test_claim_of_more_than_there_is_is_refused_at_once() -> None:
    text = "^task 'a' claims 3 units of 'pool', whose capacity is 2$"

    with pytest.raises(ValueError, match=text):
        Hand(task("a", pool(3)), capacities={"pool": 2})


def test_capacity_is_one_unless_given() -> None:
    with pytest.raises(ValueError, match="2 units of 'pool', whose capacity is 1"):
        Hand(task("a", pool(2)))


def test_claims_of_one_thing_count_together() -> None:
    with pytest.raises(ValueError, match="claims 4 units of 'pool'"):
        Hand(task("a", pool(2), pool(2)), capacities={"pool": 3})


def test_capacity_is_at_least_one() -> None:
    text = "^capacity of 'pool' must be at least 1, not 0$"

    with pytest.raises(ValueError, match=text):
        Hand(capacities={"pool": 0})


# Units


@every_schedule
def test_units_stay_within_the_capacity(schedule: Schedule) -> None:
    hand = Hand(
        *(task(id, pool(1)) for id in "abc"),
        task("d"),
        schedule=schedule,
        capacities={"pool": 2},
    )

    assert hand.start() == ["a", "b", "d"]
    hand.complete("a")
    assert hand.start() == ["c"]


def test_writers_exclude_all_and_readers_share() -> None:
    hand = Hand(*(task(id, READ) for id in "ab"), task("w", WRITE), task("v", WRITE))

    assert hand.start() == ["a", "b"]
    hand.complete("a", "b")
    assert hand.start() == ["w"]
    hand.complete("w")
    assert hand.start() == ["v"]


def test_claims_of_one_thing_are_given_back_together() -> None:
    hand = Hand(task("a", pool(1), pool(1)), task("b", pool(2)), capacities={"pool": 2})
    assert hand.start() == ["a"]

    hand.complete("a")

    assert hand.start() == ["b"]


def test_many_that_exclude_each_other_run_one_by_one() -> None:
    size = 5_000
    hand = Hand(*(task(str(number), WRITE) for number in range(size)))
    order = []

    while hand.dispatcher.is_active():
        (id,) = hand.start()
        order.append(int(id))
        hand.complete(id)

    assert order == list(range(size))


# The queue


@every_schedule
def test_writer_is_not_overtaken_by_readers(schedule: Schedule) -> None:
    hand = Hand(
        *(task("a", READ), task("w", WRITE), task("b", READ), task("c", READ)),
        task("free"),
        concurrency=5,
        schedule=schedule,
    )

    assert hand.start() == ["a", "free"]
    hand.complete("a")
    assert hand.start() == ["w"]
    hand.complete("w")
    assert hand.start() == ["b", "c"]


def test_reader_is_not_overtaken_by_writers_that_come_later() -> None:
    hand = Hand(
        *(task("w", WRITE), task("r", READ)),
        *(task("g"), task("v", WRITE, after="g", priority=-1)),
    )
    assert hand.start() == ["g", "w"]
    hand.complete("g")
    assert hand.start() == []

    hand.complete("w")

    assert hand.start() == ["r"]


def test_task_that_needs_much_is_not_overtaken_by_small_ones_that_keep_coming() -> None:
    hand = Hand(
        *(task("s", pool(1)), task("t", pool(2)), task("u", pool(1), after="s")),
        task("big", pool(3)),
        capacities={"pool": 4},
    )
    assert hand.start() == ["s", "t"]

    hand.complete("s")
    meanwhile = hand.start()
    hand.complete("t")

    assert meanwhile == []
    assert hand.start() == ["u", "big"]


def test_others_may_take_what_does_not_delay_the_oldest() -> None:
    hand = Hand(
        *(task("a", WRITE), task("both", WRITE, pool(1)), task("p", pool(1))),
        *(task("q", pool(1)), task("r", pool(0))),
        concurrency=5,
        capacities={"pool": 2},
    )

    assert hand.start() == ["a", "p", "r"]
    hand.complete("a")
    assert hand.start() == ["both"]
    hand.complete("p")
    assert hand.start() == ["q"]


def test_oldest_reserves_all_that_it_claims() -> None:
    hand = Hand(
        *(task("a", WRITE), task("both", WRITE, pool(1)), task("p", pool(1))),
        task("free"),
    )

    assert hand.start() == ["a", "free"]
    hand.complete("a")
    assert hand.start() == ["both"]
    hand.complete("both")
    assert hand.start() == ["p"]


def test_only_the_oldest_has_a_reservation() -> None:
    hand = Hand(
        *(task("a", WRITE), task("b", WRITE), task("c", WRITE, pool(1))),
        task("p", pool(1)),
    )

    assert hand.start() == ["a", "p"]


def test_who_has_waited_goes_before_who_has_not() -> None:
    hand = Hand(
        *(task("a", WRITE), task("b", WRITE)),
        *(task("g"), task("x", after="g", priority=-1)),
        concurrency=3,
    )
    assert hand.start() == ["g", "a"]

    hand.complete("g", "a")

    assert hand.start() == ["b", "x"]


def test_state_without_units_is_used_up_before_it_changes() -> None:
    hand = Hand(
        *(task("a1", A), task("b1", B), task("a2", A), task("a3", A)), concurrency=2
    )

    assert hand.start() == ["a1", "a2"]
    hand.complete("a1")
    assert hand.start() == ["a3"]
    hand.complete("a2", "a3")
    assert hand.start() == ["b1"]


def test_ready_count_knows_of_those_that_come_to_be_tried() -> None:
    hand = Hand(*(task("w", WRITE), *(task(id, READ) for id in "abc")), concurrency=4)
    hand.start()
    while_parked = hand.dispatcher.ready_count

    hand.complete("w")

    assert (while_parked, hand.dispatcher.ready_count) == (0, 3)
    assert [hand.start(limit=1) for _ in "abc"] == [["a"], ["b"], ["c"]]


# Beside what is abandoned


def test_units_of_an_abandoned_task_stay_taken() -> None:
    hand = Hand(
        *(task(id, pool(1)) for id in "abcd"), task("e"), capacities={"pool": 2}
    )
    assert hand.start() == ["a", "b", "e"]

    hand.abandon("a")
    with_less = hand.start()
    hand.complete("b")

    assert with_less == []
    assert hand.start() == ["c"]
    hand.release("a")
    assert hand.start() == ["d"]
    assert hand.dispatcher.overruled == []


def test_who_waits_for_an_abandoned_task_reserves_nothing() -> None:
    hand = Hand(
        *(task("a", WRITE), task("both", WRITE, pool(1)), task("p", pool(1))),
        *(task("q", pool(1)), task("z")),
    )
    assert hand.start() == ["a", "z"]

    hand.abandon("a")

    assert hand.start() == ["p"]
    hand.complete("p")
    assert hand.start() == ["q"]
    assert hand.dispatcher.overruled == []
    hand.complete("q", "z")
    assert hand.start() == ["both"]
    (overruled,) = hand.dispatcher.overruled
    assert (overruled.holder.id, overruled.thing) == ("a", "table")
    assert [each.id for each in overruled.waiting] == ["both"]


def test_who_comes_later_to_what_is_kept_reserves_nothing_either() -> None:
    hand = Hand(
        *(task("a", WRITE), task("z")),
        *(task("both", WRITE, pool(1), after="z"), task("p", pool(1), after="z")),
    )
    hand.start()
    hand.abandon("a")

    hand.complete("z")

    assert hand.start() == ["p"]
    assert hand.dispatcher.overruled == []


def test_who_left_the_queue_joins_it_again_once_there_is_hope() -> None:
    hand = Hand(
        *(task("a", WRITE), task("b", WRITE), task("c", WRITE), task("g")),
        *(task(id, READ, after="g", priority=-1) for id in "xy"),
    )
    hand.start()
    hand.abandon("a")

    hand.release("a")
    assert hand.start() == ["b"]
    hand.complete("g")
    assert hand.start() == []
    hand.complete("b")

    assert hand.start() == ["c"]


def test_abandoned_units_are_overruled_when_nothing_else_could_run() -> None:
    hand = Hand(task("a", pool(1)), task("b", pool(2)), capacities={"pool": 2})
    assert hand.start() == ["a"]

    hand.abandon("a")

    assert hand.start() == ["b"]
    assert [each.thing for each in hand.dispatcher.overruled] == ["pool"]
    hand.release("a")
    hand.complete("b")
    assert not hand.dispatcher.is_active()


def test_exclusive_task_overrules_what_does_not_fit_beside_it() -> None:
    hand = Hand(
        *(task("a", pool(1)), task("x", pool(1), exclusive=True)),
        task("y", pool(2), exclusive=True),
        capacities={"pool": 2},
    )
    hand.start()
    hand.abandon("a")

    assert hand.start_alone() == "x"
    assert hand.dispatcher.overruled == []
    hand.complete("x")
    assert hand.start_alone() == "y"
    assert [each.thing for each in hand.dispatcher.overruled] == ["pool"]


def test_provisional_failure_gives_its_units_back() -> None:
    hand = Hand(task("a", WRITE), task("b", WRITE))
    hand.start()

    hand.dispatcher.done(hand.leases["a"], Status.FAILED, provisional=True)

    assert hand.start() == ["b"]


# Priorities: rule 6


@every_schedule
def test_lower_priority_number_goes_first(schedule: Schedule) -> None:
    hand = Hand(
        *(task("a"), task("b", priority=1), task("c", priority=-1)),
        concurrency=3,
        schedule=schedule,
    )

    assert hand.start() == ["c", "a", "b"]


def test_priority_goes_before_the_critical_path() -> None:
    hand = Hand(task("a"), task("z", after="a"), task("b", priority=-1), concurrency=1)

    assert hand.start() == ["b"]


def test_priority_orders_exclusive_tasks_too() -> None:
    hand = Hand(task("a", exclusive=True), task("b", exclusive=True, priority=-1))

    assert hand.start_alone() == "b"
