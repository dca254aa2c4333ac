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
