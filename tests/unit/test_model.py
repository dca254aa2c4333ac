from __future__ import annotations

import dataclasses
import math

import pytest

from pytest_phaserun.model import (
    Blocked,
    Claim,
    Dependency,
    Require,
    Schedule,
    Status,
    Task,
    TaskResult,
    When,
)


def test_task_has_defaults_for_all_but_its_id() -> None:
    task = Task(id="a")

    assert task.dependencies == ()
    assert task.timeout is None
    assert task.exclusive is False
    assert task.claims == ()
    assert task.estimate is None
    assert task.priority == 0


def test_values_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Task(id="a").id = "b"  # type: ignore[misc] # the point of the test


def test_equal_tasks_are_interchangeable() -> None:
    one = Task(id="a", dependencies=("b",), claims=(Claim(thing=1, state=2),))
    other = Task(id="a", dependencies=("b",), claims=(Claim(thing=1, state=2),))

    assert {one: "found"}[other] == "found"


def test_task_refuses_a_string_for_its_dependencies() -> None:
    with pytest.raises(TypeError) as caught:
        Task(id="a", dependencies="bc")  # type: ignore[arg-type] # likewise

    assert str(caught.value) == (
        "task 'a': dependencies must be a tuple of ids, not the string 'bc'"
    )


@pytest.mark.parametrize("timeout", [-1, -0.001, math.nan])
def test_task_refuses_a_timeout_below_zero(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout") as caught:
        Task(id="a", timeout=timeout)

    assert str(caught.value) == (
        f"task 'a': timeout must be at least 0 seconds, not {timeout}"
    )


@pytest.mark.parametrize("timeout", [None, 0, 0.5, math.inf])
def test_task_takes_any_other_timeout(timeout: float | None) -> None:
    assert Task(id="a", timeout=timeout).timeout == timeout


def test_task_cannot_claim_a_thing_in_two_states() -> None:
    claims = (Claim(thing="db", state="full"), Claim(thing="db", state="empty"))

    with pytest.raises(ValueError, match="db") as caught:
        Task(id="a", claims=claims)

    assert str(caught.value) == (
        "task 'a' claims 'db' in two states, 'full' and 'empty'"
    )


def test_task_may_claim_a_thing_twice_in_one_state() -> None:
    claim = Claim(thing="db", state="full")

    assert Task(id="a", claims=(claim, claim)).claims == (claim, claim)


def test_result_of_a_completed_task_has_no_error() -> None:
    result = TaskResult(task_id="a", status=Status.COMPLETED, duration=1.5)

    assert result.error is None


def test_reason_names_the_task_that_failed() -> None:
    failed, waiting = Task(id="a"), Task(id="b")

    blocked = Blocked(waiting, cause=failed, root=failed, error="ValueError: no")

    assert blocked.reason == "depends on a (ValueError: no)"


def test_reason_names_the_direct_and_the_root_cause() -> None:
    failed, between, waiting = Task(id="a"), Task(id="b"), Task(id="c")

    blocked = Blocked(waiting, cause=between, root=failed, error="timeout")

    assert blocked.reason == "depends on b, blocked by a (timeout)"


def test_closed_sets_have_stable_values() -> None:
    assert [status.value for status in Status] == [
        "completed",
        "failed",
        "timeout",
        "skipped",
        "blocked",
        "not run",
    ]
    assert [schedule.value for schedule in Schedule] == ["batch", "phase", "graph"]


def test_dependency_is_on_all_that_pass_unless_it_says_otherwise() -> None:
    dependency = Dependency(ids=("a",))

    assert (dependency.when, dependency.require) == (When.PASSED, Require.ALL)


def test_dependency_refuses_a_string_for_its_ids() -> None:
    text = "^ids of a dependency must be a tuple, not the string 'ab'$"

    with pytest.raises(TypeError, match=text):
        Dependency(ids="ab")  # type: ignore[arg-type] # the point of the test


def test_dependency_names_at_least_one_id() -> None:
    with pytest.raises(ValueError, match=r"^a dependency must name at least one id$"):
        Dependency(ids=())


@pytest.mark.parametrize("field", ["when", "require"])
def test_dependency_takes_members_alone(field: str) -> None:
    with pytest.raises(TypeError, match=f"^{field} must be a .*, not 'failed'$"):
        Dependency(ids=("a",), **{field: "failed"})  # type: ignore[arg-type] # the point


def test_units_are_not_negative() -> None:
    text = "^units of 'pool' must be at least 0, not -1$"

    with pytest.raises(ValueError, match=text):
        Claim(thing="pool", state="use", units=-1)


def test_reason_of_a_blocked_task_can_be_given() -> None:
    a = Task(id="a")

    assert Blocked(a, a, a, "passed", "not needed").reason == "not needed"
