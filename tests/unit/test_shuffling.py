"""The random order of names: by themselves, and by the seed."""

from __future__ import annotations

from pytest_phaserun.shuffling import rank

NAMES = [f"test_it.py::test_{letter}" for letter in "abcdefgh"]


def order(names: list[str], seed: int) -> list[str]:
    return [names[place] for place in rank(names, seed)]


def test_order_is_the_same_on_every_machine():
    letters = "".join(name[-1] for name in order(NAMES, 1))

    assert letters == "hdgaebcf"


def test_seeds_give_different_orders():
    assert len({tuple(order(NAMES, seed)) for seed in range(10)}) == 10


def test_no_name_is_lost():
    assert sorted(order(NAMES, 1)) == NAMES


def test_order_does_not_depend_on_the_one_before():
    assert order(NAMES[::-1], 1) == order(NAMES, 1)


def test_names_that_come_or_go_leave_the_order_of_the_others():
    whole = order(NAMES, 1)

    assert order(NAMES[1:], 1) == [name for name in whole if name != NAMES[0]]


def test_equal_names_keep_their_order():
    assert rank(["a", "a", "a"], 1) == [0, 1, 2]


def test_names_may_hold_what_cannot_be_encoded():
    assert rank(["test_it.py::test[\ud800]"], 1) == [0]
