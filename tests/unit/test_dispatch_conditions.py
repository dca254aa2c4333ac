"""Dependencies that are more than tasks that must complete: rules 1 and 7."""

from __future__ import annotations

import pytest
from hand import Hand, reasons

from pytest_phaserun.model import Dependency, Require, Schedule, Status, Task, When

MANY = 100_000
ANY = Require.ANY

every_schedule = pytest.mark.parametrize("schedule", list(Schedule))


def task(id: str, *dependencies: str | Dependency, exclusive: bool = False) -> Task:
    return Task(id=id, dependencies=dependencies, exclusive=exclusive)


def finished(*ids: str, require: Require = Require.ALL) -> Dependency:
    return Dependency(ids=ids, when=When.FINISHED, require=require)


def failed(*ids: str, require: Require = Require.ALL) -> Dependency:
    return Dependency(ids=ids, when=When.FAILED, require=require)


def any_of(*ids: str) -> Dependency:
    return Dependency(ids=ids, require=ANY)


# Finished


@every_schedule
@pytest.mark.parametrize(
    "status", [Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.SKIPPED]
)
def test_task_after_a_finished_one_runs_however_that_ends(
    status: Status, schedule: Schedule
) -> None:
    hand = Hand(task("a"), task("b", finished("a")), schedule=schedule)
    assert hand.start() == ["a"]

    assert hand.end("a", status) == []

    assert hand.start() == ["b"]


@every_schedule
def test_end_of_a_blocked_task_releases_what_runs_after_it(schedule: Schedule) -> None:
    hand = Hand(task("a"), task("b", "a"), task("c", finished("b")), schedule=schedule)
    hand.start()

    assert reasons(hand.fail("a")) == {"b": "depends on a (boom)"}

    assert hand.start() == ["c"]


def test_task_after_several_finished_ones_waits_for_the_last() -> None:
    hand = Hand(task("a"), task("b"), task("c", finished("a", "b")))
    hand.start()

    hand.fail("a")
    too_early = hand.start()
    hand.complete("b")

    assert too_early == []
    assert hand.start() == ["c"]


def test_task_after_any_finished_one_waits_for_the_first() -> None:
    hand = Hand(task("a"), task("b"), task("c", finished("a", "b", require=ANY)))
    hand.start()

    hand.fail("b")

    assert hand.start() == ["c"]
    assert hand.complete("a") == []


# Failed


@every_schedule
@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT])
def test_task_for_a_failure_runs_if_there_is_one(
    status: Status, schedule: Schedule
) -> None:
    hand = Hand(task("a"), task("b", failed("a")), schedule=schedule)
    hand.start()

    assert hand.end("a", status) == []

    assert hand.start() == ["b"]


@every_schedule
def test_task_for_a_failure_is_not_needed_if_there_is_none(schedule: Schedule) -> None:
    hand = Hand(task("a"), task("b", failed("a")), schedule=schedule)
    hand.start()

    (blocked,) = hand.complete("a")

    assert blocked.reason == "runs only if a fails, and it passed"
    assert (blocked.cause, blocked.root) == (task("a"), task("a"))
    assert (blocked.error, blocked.needless) == ("passed", True)
    assert not hand.dispatcher.is_active()


def test_task_for_a_failure_does_not_run_after_a_skip() -> None:
    hand = Hand(task("a"), task("b", failed("a")))
    hand.start()

    (blocked,) = hand.end("a", Status.SKIPPED, "no network")

    assert blocked.reason == "runs only if a fails, and it did not (no network)"
    assert not blocked.needless


def test_task_for_a_failure_does_not_run_after_a_blocked_one() -> None:
    hand = Hand(task("a"), task("b", "a"), task("c", failed("b")))
    hand.start()

    blocked = hand.fail("a")

    assert reasons(blocked) == {
        "b": "depends on a (boom)",
        "c": "runs only if b fails, and it was blocked by a (boom)",
    }
    assert [each.needless for each in blocked] == [False, False]


def test_what_depends_on_a_task_that_is_not_needed_is_not_needed() -> None:
    hand = Hand(
        *(task("a"), task("b", failed("a")), task("c", "b"), task("d", failed("c"))),
        task("e", any_of("b", "c")),
    )
    hand.start()

    blocked = hand.complete("a")

    assert reasons(blocked) == {
        "b": "runs only if a fails, and it passed",
        "c": "depends on b, not needed since a passed",
        "d": "runs only if c fails, and it was not needed since a passed",
        "e": ("depends on any of b and c; none passed: b (not needed), c (not needed)"),
    }
    assert all(each.needless for each in blocked)


def test_task_for_several_failures_needs_all() -> None:
    hand = Hand(task("a"), task("b"), task("c", failed("a", "b")))
    hand.start()

    hand.fail("a")

    assert reasons(hand.complete("b")) == {"c": "runs only if b fails, and it passed"}


# Any


def test_one_that_passes_is_enough_for_any() -> None:
    hand = Hand(task("a"), task("b"), task("c", any_of("a", "b")))
    hand.start()

    hand.complete("b")

    assert hand.start() == ["c"]
    assert hand.fail("a") == []


@pytest.mark.parametrize("schedule", [Schedule.BATCH, Schedule.PHASE])
def test_phase_of_any_comes_after_all(schedule: Schedule) -> None:
    hand = Hand(task("a"), task("b"), task("c", any_of("a", "b")), schedule=schedule)
    hand.start()

    hand.complete("b")
    too_early = hand.start()
    hand.fail("a")

    assert too_early == []
    assert hand.start() == ["c"]


def test_any_is_blocked_when_the_last_did_not_pass() -> None:
    hand = Hand(task("a"), task("b"), task("c", any_of("a", "b")))
    hand.start()

    assert hand.fail("a") == []
    (blocked,) = hand.end("b", Status.SKIPPED)

    assert blocked.reason == (
        "depends on any of a and b; none passed: a (boom), b (skipped)"
    )
    assert (blocked.cause, blocked.root) == (task("a"), task("a"))
    assert not blocked.needless


def test_reason_names_only_the_first_of_many() -> None:
    many = "abcd"
    hand = Hand(task("x"), task("b", "x"), *map(task, "acd"), task("z", any_of(*many)))
    hand.start()
    hand.fail("x", "no disk")
    hand.start()
    hand.fail("a")
    hand.fail("c")

    (blocked,) = hand.fail("d")

    assert blocked.reason == (
        "depends on any of a, b and 2 more; none passed: "
        "a (boom), b (blocked by x), ..."
    )


def test_any_failure_is_enough() -> None:
    hand = Hand(task("a"), task("b"), task("c", failed("a", "b", require=ANY)))
    hand.start()

    hand.complete("a")
    hand.fail("b")

    assert hand.start() == ["c"]


def test_task_for_any_failure_is_not_needed_if_all_passed() -> None:
    hand = Hand(task("a"), task("b"), task("c", failed("a", "b", require=ANY)))
    hand.start()

    assert hand.complete("a") == []
    (blocked,) = hand.complete("b")

    assert blocked.reason == (
        "runs only if any of a and b fails; none did: a (passed), b (passed)"
    )
    assert blocked.cause == task("a")
    assert blocked.needless


def test_cause_of_any_is_one_for_which_something_went_wrong() -> None:
    hand = Hand(task("a"), task("b"), task("c", failed("a", "b", require=ANY)))
    hand.start()

    hand.complete("a")
    (blocked,) = hand.end("b", Status.SKIPPED)

    assert blocked.cause == task("b")
    assert not blocked.needless


def test_any_of_one_is_all_of_it() -> None:
    hand = Hand(task("a"), task("b", any_of("a", "a")))
    hand.start()

    assert reasons(hand.fail("a")) == {"b": "depends on a (boom)"}


# Together


def test_all_dependencies_have_to_come_true() -> None:
    hand = Hand(
        *map(task, "abcd"),
        task("z", "a", finished("b"), failed("c"), any_of("d", "a")),
    )
    hand.start()

    hand.complete("a")
    hand.fail("b")
    too_early = hand.start()
    hand.fail("c")

    assert too_early == []
    assert hand.start() == ["z"]


def test_task_may_wait_in_two_ways_for_one() -> None:
    hand = Hand(task("a"), task("b", "a", finished("a"), any_of("a")))
    hand.start()

    hand.complete("a")

    assert hand.start() == ["b"]


def test_provisional_failure_has_not_finished() -> None:
    hand = Hand(task("a"), task("b", finished("a")), task("c", failed("a")))
    hand.start()

    lease = hand.leases["a"]
    hand.dispatcher.done(lease, Status.FAILED, provisional=True)
    too_early = hand.start()
    assert hand.start_alone() == "a"

    assert reasons(hand.complete("a")) == {"c": "runs only if a fails, and it passed"}
    assert too_early == []
    assert hand.start() == ["b"]


def test_exclusive_task_may_have_conditions() -> None:
    hand = Hand(task("a"), task("b", finished("a"), exclusive=True))
    hand.start()

    hand.fail("a")

    assert hand.start() == []
    assert hand.start_alone() == "b"


def test_chain_of_all_kinds_is_walked_by_worklist() -> None:
    chain = [task("0"), task("1", "0")]
    for number in range(2, MANY):
        last, before = str(number - 1), str(number - 2)
        kinds = (last, any_of(last, before), failed(last))
        chain.append(task(str(number), kinds[number % 3]))
    hand = Hand(*chain, task("end", finished(str(MANY - 1))))
    hand.start()

    blocked = hand.fail("0")

    assert len(blocked) == MANY - 1
    assert hand.start() == ["end"]


def test_diamond_of_many_conditions_is_linear() -> None:
    size = 10_000
    middle = [task(str(number), finished("top")) for number in range(size)]
    ids = [each.id for each in middle]
    hand = Hand(
        *(task("top"), *middle, task("bottom", any_of(*ids))),
        task("after", finished(*ids)),
        concurrency=size,
    )
    hand.start()
    hand.fail("top")

    assert len(hand.start()) == size
    for id in ids[:-1]:
        assert hand.fail(id) == []
    assert hand.start() == []
    hand.complete(ids[-1])
    assert sorted(hand.start()) == ["after", "bottom"]
