from __future__ import annotations

import copy
import pickle

import pytest

from pytest_phaserun.errors import (
    CycleError,
    DuplicateTaskError,
    PhaserunError,
    UnknownDependencyError,
    format_cycle,
)

ERRORS = [
    DuplicateTaskError("a"),
    UnknownDependencyError("a", "b", ["c", "d"]),
    CycleError([["a", "b"], ["c"]]),
]


def test_duplicate_id_is_named() -> None:
    error = DuplicateTaskError("a")

    assert str(error) == "duplicate task id 'a'; ids must be unique"
    assert error.task_id == "a"


def test_unknown_dependency_is_named_with_its_dependent() -> None:
    error = UnknownDependencyError("a", "b")

    assert str(error) == "'a' depends on unknown task 'b'"
    assert (error.task_id, error.dependency, error.nearest) == ("a", "b", ())


def test_unknown_dependency_offers_the_nearest_id() -> None:
    error = UnknownDependencyError("a", "stat", ["start", "stay"])

    assert str(error) == "'a' depends on unknown task 'stat'; did you mean 'start'?"
    assert error.nearest == ("start", "stay")


def test_cycle_is_shown_closed() -> None:
    error = CycleError([["a", "b", "c"]])

    assert str(error) == "cycle: a -> b -> c -> a"
    assert error.cycle == ("a", "b", "c")


def test_task_that_depends_on_itself_is_a_cycle() -> None:
    assert str(CycleError([["a"]])) == "cycle: a -> a"


def test_all_cycles_are_told_at_once() -> None:
    error = CycleError([["a", "b"], ["c"]])

    assert str(error) == "cycle: a -> b -> a; cycle: c -> c"
    assert error.cycles == (("a", "b"), ("c",))
    assert error.cycle == ("a", "b")


def test_more_than_ten_cycles_are_counted() -> None:
    error = CycleError([[str(number)] for number in range(12)])

    assert str(error).startswith("cycle: 0 -> 0; cycle: 1 -> 1; ")
    assert str(error).endswith("; cycle: 9 -> 9; 2 more")
    assert len(error.cycles) == 12


def test_cycle_of_ten_is_shown_whole() -> None:
    assert format_cycle("abcdefghij") == (
        "cycle: a -> b -> c -> d -> e -> f -> g -> h -> i -> j -> a"
    )


def test_middle_of_a_long_cycle_is_left_out() -> None:
    assert format_cycle("abcdefghijklm") == (
        "cycle: a -> b -> c -> d -> e -> ... 3 more ... -> i -> j -> k -> l -> m -> a"
    )


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_can_be_caught_as_one_of_ours(error: PhaserunError) -> None:
    assert isinstance(error, PhaserunError)


def test_errors_are_of_the_builtin_kind_too() -> None:
    assert issubclass(DuplicateTaskError, ValueError)
    assert issubclass(UnknownDependencyError, LookupError)
    assert issubclass(CycleError, ValueError)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling_and_copying(error: PhaserunError) -> None:
    twins = [pickle.loads(pickle.dumps(error)), copy.copy(error)]

    for twin in twins:
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)
