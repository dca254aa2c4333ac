"""Slots that are gone, and tasks that have lost what they need."""

from __future__ import annotations

import pytest
from hand import SlotHand, reasons, task

from pytest_phaserun.model import Claim, Dependency, Require, Status, When

WRITE = Claim(thing="table", state="write", units=1)


# Slots that are gone


def test_what_was_bound_to_a_slot_that_is_gone_is_bound_to_who_comes_first() -> None:
    slots = SlotHand(task("a"), task("b", "a"), task("c", "b"))
    slots.start(0)
    slots.end("a")
    assert slots.start(1) is None

    slots.dispatcher.unbind(0)

    assert slots.slot_of("b") is None
    assert slots.start(1) == "b"
    assert slots.slot_of("c") == 1


def test_slot_on_which_a_task_runs_is_not_gone() -> None:
    slots = SlotHand(task("a"), task("b", "a"))
    slots.start(0)

    with pytest.raises(ValueError, match="slot 0 is not gone, a task runs there"):
        slots.dispatcher.unbind(0)

    assert slots.slot_of("b") == 0


def test_slot_that_never_ran_anything_may_go() -> None:
    slots = SlotHand(task("a"))

    slots.dispatcher.unbind(5)

    assert slots.start(0) == "a"


# Tasks that are refused


def test_refused_task_and_its_dependents_are_blocked() -> None:
    slots = SlotHand(
        task("a"), task("b", "a"), task("c", "b"), task("free"), max_fail=1
    )
    slots.start(0)
    slots.end("a")
    slots.start(0)

    blocked = slots.refuse("b", "its process was killed")

    assert reasons(blocked) == {
        "b": "its process was killed",
        "c": "depends on b (its process was killed)",
    }
    assert {each.root.id for each in blocked} == {"b"}
    assert slots.dispatcher.stopped is None
    assert slots.start(0) == "free"
    slots.end("free")
    assert not slots.dispatcher.is_active()


def test_refused_task_has_ended_but_neither_passed_nor_failed() -> None:
    either = Dependency(ids=("a", "b"), require=Require.ANY)
    slots = SlotHand(
        *(task("a"), task("b", "a"), task("any", either)),
        task("after", Dependency(ids=("a",), when=When.FINISHED)),
        task("cleanup", Dependency(ids=("a",), when=When.FAILED)),
    )
    slots.start(0)

    blocked = slots.refuse("a", "lost")

    assert reasons(blocked) == {
        "a": "lost",
        "b": "depends on a (lost)",
        "any": "depends on any of a and b; none passed: a (lost), b (blocked by a)",
        "cleanup": "runs only if a fails, and it did not (lost)",
    }
    assert slots.start(0) == "after"


def test_who_waits_for_a_task_that_is_refused_hears_that_it_is_blocked() -> None:
    slots = SlotHand(task("a"), task("waiting"))
    assert [slots.start(0), slots.start(1)] == ["a", "waiting"]

    slots.refuse("a", "lost")

    answer = slots.dispatcher.waits.ask(slots.leases["waiting"], 0)
    assert answer is Status.BLOCKED


def test_refused_task_gives_back_what_it_claims() -> None:
    slots = SlotHand(task("a", claims=(WRITE,)), task("b", claims=(WRITE,)))
    slots.start(0)
    assert slots.start(1) is None

    slots.refuse("a", "lost")

    assert slots.start(1) == "b"


def test_refused_exclusive_task_lets_others_go_on() -> None:
    slots = SlotHand(
        task("alone", exclusive=True),
        task("b", Dependency(ids=("alone",), when=When.FINISHED)),
    )
    slots.start_alone(0)

    slots.refuse("alone", "lost")

    assert slots.start(0) == "b"


def test_lease_that_is_no_longer_held_is_not_refused() -> None:
    slots = SlotHand(task("a"), task("b", "a"))
    slots.start(0)
    slots.end("a")

    assert slots.refuse("a", "lost") == []
    assert slots.start(0) == "b"


def test_confirmation_cannot_be_refused() -> None:
    slots = SlotHand(task("a"))
    slots.start(0)
    slots.fail("a")
    slots.start_alone(0)

    with pytest.raises(ValueError, match="it has run and failed, so it is done"):
        slots.refuse("a", "lost")

    assert slots.dispatcher.is_held(slots.leases["a"])
