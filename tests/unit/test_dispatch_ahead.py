"""Rule 16: tasks that are started before the one on their slot has ended."""

from __future__ import annotations

from typing import Any

import pytest
from hand import Hand, SlotHand, task

from pytest_phaserun.dispatch import Lease
from pytest_phaserun.model import Claim, Task


def hand(*tasks: Task, **options: Any) -> Hand:
    """Return a driver that has one place, where the first task runs."""
    hand = Hand(*tasks, **{"concurrency": 1, "timeout": 5.0, **options})
    hand.start()
    return hand


def ahead(hand: Hand, slot: int = 0) -> Lease | None:
    return hand.dispatcher.get_ahead(1.0, slot)


def test_next_task_is_started_and_begins_when_that_before_it_has_ended() -> None:
    run = hand(*map(task, "abc"))

    lease = ahead(run)

    assert lease is not None
    assert lease.task.id == "b"
    assert lease.deadline is None
    assert [each.id for each in run.dispatcher.get_unstarted()] == ["b", "c"]
    assert run.start() == []
    run.complete("a")
    run.dispatcher.ahead.begin(lease, 7.0)
    assert lease.deadline == 12.0
    assert run.start() == []
    run.leases["b"] = lease
    run.complete("b")
    assert run.start() == ["c"]


def test_place_is_free_again_when_nothing_has_begun() -> None:
    run = hand(*map(task, "abc"))

    ahead(run)
    run.complete("a")

    assert run.start() == ["c"]


def test_task_that_is_given_back_is_open_where_it_was() -> None:
    run = hand(*map(task, "abc"))
    lease = ahead(run)
    assert lease is not None

    run.dispatcher.ahead.give_back(lease)

    assert lease not in run.dispatcher.running
    run.complete("a")
    assert run.start() == ["b"]


def test_slot_has_one_task_ahead() -> None:
    run = hand(*map(task, "abc"))

    assert ahead(run) is not None

    assert ahead(run) is None


def test_task_that_claims_something_is_not_started_ahead() -> None:
    run = hand(task("a"), task("b", claims=(Claim(thing="db", state="w"),)), task("c"))

    assert ahead(run) is None

    run.complete("a")
    assert run.start() == ["b"]


def test_task_that_would_bind_others_is_not_started_ahead() -> None:
    slots = SlotHand(task("a"), task("b"), task("c", "b"))
    # Most work is in b and c.
    assert slots.start(0) == "b"
    assert slots.start(1) == "a"
    assert slots.dispatcher.get_ahead(0.0, 1) is None

    slots = SlotHand(task("a", priority=-1), task("b"), task("c", "b"))
    assert slots.start(0) == "a"

    assert slots.dispatcher.get_ahead(0.0, 0) is None
    assert slots.start(1) == "b"


def test_task_that_is_bound_to_the_slot_is_started_ahead() -> None:
    slots = SlotHand(task("a"), task("b"), task("c", "a", "b"))
    assert slots.start(0) == "a"

    lease = slots.dispatcher.get_ahead(0.0, 0)

    assert lease is not None
    assert lease.task.id == "b"


def test_what_another_task_has_come_before_is_untimely() -> None:
    run = Hand(
        *(task("a"), task("b"), task("low"), task("top", "a", priority=-1)),
        concurrency=2,
    )
    assert run.start() == ["a", "b"]
    lease = ahead(run)
    assert lease is not None
    assert lease.task.id == "low"
    assert run.dispatcher.find_untimely() == []

    run.complete("a")

    assert run.dispatcher.find_untimely() == [lease]


def test_what_comes_first_on_another_slot_makes_nothing_untimely() -> None:
    slots = SlotHand(
        *(task("a", priority=-2), task("c", "a", priority=-2), task("b"), task("low")),
        concurrency=2,
    )
    assert [slots.start(0), slots.start(1)] == ["a", "b"]
    lease = slots.dispatcher.get_ahead(0.0, 1)
    assert lease is not None
    assert lease.task.id == "low"

    slots.end("a")

    assert slots.ready(0) == [0]
    assert slots.dispatcher.find_untimely() == []


def test_what_is_bound_to_a_slot_comes_first_there_alone() -> None:
    db = (Claim(thing="db", state="w", units=1),)
    slots = SlotHand(
        task("x", priority=-2),
        task("bound", "x", priority=-1, claims=db),
        task("b", priority=-2, claims=db),
        *map(task, ("c", "d", "low", "lower")),
        concurrency=3,
    )
    assert [slots.start(slot) for slot in range(3)] == ["x", "b", "c"]
    slots.end("x")
    # Its thing is in use.
    assert slots.start(0) == "d"
    leases = [slots.dispatcher.get_ahead(0.0, slot) for slot in (0, 2)]
    assert [lease and lease.task.id for lease in leases] == ["low", "lower"]
    assert slots.dispatcher.find_untimely() == []

    slots.end("b")

    assert slots.dispatcher.find_untimely() == leases[:1]


def test_all_is_untimely_once_nothing_may_be_started_ahead() -> None:
    stopped, waiting = hand(*map(task, "ab")), hand(*map(task, "abc"))
    leases = [ahead(stopped), ahead(waiting)]

    stopped.dispatcher.stop("enough")
    waiting.dispatcher.waits.ask(waiting.leases["a"], 2)

    assert [stopped.dispatcher.find_untimely(), waiting.dispatcher.find_untimely()] == [
        leases[:1],
        leases[1:],
    ]


def test_all_is_untimely_while_what_runs_alone_is_due() -> None:
    run = Hand(
        task("a", group="g"),
        task("alone", exclusive=True, group="g"),
        *map(task, "bcd"),
        concurrency=2,
    )
    assert run.start() == ["a", "b"]
    lease = ahead(run)

    run.complete("a")

    assert run.dispatcher.find_untimely() == [lease]


def test_another_slot_can_start_what_was_started_ahead() -> None:
    run = Hand(*map(task, "abcd"), concurrency=2)
    assert run.start() == ["a", "b"]
    leases = [ahead(run, 1), ahead(run, 0)]
    assert [lease and lease.task.id for lease in leases] == ["c", "d"]
    # All places are taken.
    assert run.dispatcher.find_stealable(2) == []

    run.complete("a")

    assert run.dispatcher.find_stealable(2) == leases


def test_what_is_bound_to_a_slot_cannot_be_started_on_another() -> None:
    slots = SlotHand(task("a"), task("b"), task("c", "a", "b"), concurrency=2)
    assert slots.start(0) == "a"
    lease = slots.dispatcher.get_ahead(0.0, 0)
    assert lease is not None
    assert lease.task.id == "b"

    assert slots.dispatcher.find_stealable(1) == []


def test_nothing_is_started_ahead_while_a_failure_may_stop_the_run() -> None:
    assert ahead(hand(*map(task, "ab"), max_fail=1)) is None


def test_nothing_is_started_ahead_after_the_run_was_stopped() -> None:
    run = hand(*map(task, "ab"))
    run.dispatcher.stop("enough")

    assert ahead(run) is None


def test_nothing_is_started_ahead_while_a_task_waits() -> None:
    run = hand(*map(task, "abc"))
    run.dispatcher.waits.ask(run.leases["a"], 2)

    assert ahead(run) is None


def test_nothing_is_started_ahead_of_what_runs_alone() -> None:
    run = Hand(task("a", exclusive=True), task("b", "a"), concurrency=1)
    assert run.start_alone() == "a"

    assert ahead(run) is None


def test_lease_begins_once() -> None:
    run = hand(*map(task, "ab"))
    lease = ahead(run)
    assert lease is not None
    run.dispatcher.ahead.begin(lease, 0.0)

    with pytest.raises(ValueError, match="not started ahead of its time: <Lease 2"):
        run.dispatcher.ahead.begin(lease, 0.0)
    with pytest.raises(ValueError, match="not started ahead of its time: <Lease 2"):
        run.dispatcher.ahead.give_back(lease)
